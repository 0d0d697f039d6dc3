package network.iicp.client.selection;

import static network.iicp.client.selection.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.NodeDescriptor;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The official vectors of the weighted strategy, which all SDKs share. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SelectionFixtureTest {

    @Test
    void the_published_orders_and_distributions_hold() throws IOException {
        JsonObject fixture = fixture();
        int topK = fixture.integer("top_k");
        List<JsonObject> vectors = fixture.objects("vectors");
        assertThat(vectors).isNotEmpty();
        for (JsonObject vector : vectors) {
            double draw = vector.optionalDouble("random").orElseThrow();
            assertThat(order(draw, topK).order(nodes(vector)).nodes())
                    .as(vector.string("name"))
                    .extracting(NodeDescriptor::id)
                    .containsExactlyElementsOf(vector.strings("expected_order"));
        }
        for (JsonObject vector : fixture.objects("distribution_vectors")) {
            assertDistribution(vector);
        }
    }

    private static void assertDistribution(JsonObject vector) {
        int samples = vector.integer("sample_count");
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < samples; i++) {
            double draw = (i + 0.5) / samples;
            counts.merge(
                    order(draw, vector.integer("top_k"))
                            .order(nodes(vector))
                            .nodes()
                            .get(0)
                            .id(),
                    1,
                    Integer::sum);
        }
        JsonObject expected = vector.object("expected_first_counts");
        for (String id : expected.names()) {
            assertThat(counts.getOrDefault(id, 0))
                    .as(vector.string("name") + " " + id)
                    .isEqualTo(expected.integer(id));
        }
    }

    private static CandidateOrder order(double draw, int topK) {
        return new CandidateOrder(
                RoutingStrategy.WEIGHTED,
                0,
                topK,
                0.04,
                new RandomGenerator() {
                    @Override
                    public double nextDouble() {
                        return draw;
                    }

                    @Override
                    public long nextLong() {
                        return 0;
                    }
                },
                new NodeRecords(() -> 0));
    }

    private static List<NodeDescriptor> nodes(JsonObject vector) {
        return vector.objects("nodes").stream()
                .map(n -> node(
                        n.string("node_id"),
                        n.optionalDouble("score").orElseThrow(),
                        n.optionalDouble("load").orElseThrow()))
                .toList();
    }

    private static JsonObject fixture() throws IOException {
        String root = System.getenv("IICP_FIXTURES");
        assumeTrue(root != null, "official fixtures are not here: set IICP_FIXTURES to their folder");
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            Path file = files.filter(f -> f.endsWith("selection-v1.json"))
                    .findFirst()
                    .orElseThrow();
            return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
        }
    }
}
