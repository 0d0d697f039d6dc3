package network.iicp.client.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.spi.CandidateRanker;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The official vectors of candidate rankers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CandidateRankerFixtureTest {

    @Test
    void the_published_cases_hold() throws IOException {
        JsonObject fixture = fixture("candidate-ranker-v0.json");
        List<NodeDescriptor> eligible = eligible(fixture, fixture.strings("eligible_node_ids"));
        JsonObject request = fixture.object("request");
        List<JsonObject> cases = fixture.objects("cases");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(6);
        for (JsonObject one : cases) {
            AtomicReference<String> seen = new AtomicReference<>();
            ExternalRanking ranking = new ExternalRanking((requestRef, intent, candidates) -> {
                assertThat(requestRef).isEqualTo(request.string("request_ref"));
                assertThat(intent).isEqualTo(request.string("intent"));
                seen.set(Json.text(
                        candidates.stream().map(CandidateRanker.Evidence::toMap).toList()));
                return decision(one.object("ranker"));
            });
            if (one.has("expected_error_contains")) {
                assertThatThrownBy(() -> rank(ranking, request, eligible))
                        .as(one.string("id"))
                        .isInstanceOf(PolicyRefusedException.class)
                        .hasMessageContaining(one.string("expected_error_contains"))
                        .satisfies(
                                e -> assertThat(((IicpException) e).iicpCode()).contains(fixture.string("error_code")));
            } else {
                assertRanked(one, rank(ranking, request, eligible), eligible);
            }
            for (String secret : fixture.strings("excluded_evidence_terms")) {
                assertThat(seen.get()).as(one.string("id")).doesNotContain(secret);
            }
            assertThat(seen.get()).contains(fixture.string("evidence_schema"));
        }
    }

    @Test
    void candidates_are_named_by_the_published_hashes() throws IOException {
        JsonObject fixture = fixture("candidate-ranker-v0.json");
        for (JsonObject node : fixture.objects("nodes")) {
            CandidateRanker.Evidence evidence = ExternalRanking.evidence(node(node));
            assertThat(evidence.candidateRef()).isEqualTo(node.string("candidate_ref"));
            assertThat(evidence.models()).isEqualTo(node.strings("models"));
            assertThat(evidence.directoryScore())
                    .isEqualTo(node.optionalDouble("directory_score").orElseThrow());
            assertThat(evidence.load()).isEqualTo(node.optionalDouble("load").orElseThrow());
            assertThat(evidence.healthLabel()).isEqualTo(node.string("health_label"));
            assertThat(evidence.directoryObservedReachable()).isTrue();
        }
    }

    @Test
    void the_published_replay_of_decisions_holds() throws IOException {
        JsonObject fixture = fixture("candidate-ranker-benchmark-replay-v1.json");
        List<JsonObject> cases = fixture.objects("cases");
        assertThat(cases).isNotEmpty();
        for (JsonObject one : cases) {
            List<NodeDescriptor> eligible = eligible(fixture, one.strings("eligible_node_ids"));
            ExternalRanking ranking =
                    new ExternalRanking((requestRef, intent, candidates) -> Optional.of(new CandidateRanker.Decision(
                            one.string("selected_candidate_ref"),
                            fixture.string("policy_id"),
                            CandidateRanker.Mode.NORMAL)));
            ExternalRanking.Ranked ranked = ranking.rank(one.string("task_id"), Intent.LLM_CHAT, eligible)
                    .orElseThrow();
            assertThat(ranked.nodes().get(0).id()).isEqualTo(one.string("selected_node_id"));
            assertThat(ranked.receipt(true)).isEqualTo(one.string("expected_primary_receipt"));
            assertThat(ranked.receipt(false)).isEqualTo(one.string("expected_fallback_receipt"));
        }
    }

    private static Optional<ExternalRanking.Ranked> rank(
            ExternalRanking ranking, JsonObject request, List<NodeDescriptor> eligible) {
        return ranking.rank(request.string("task_id"), Intent.parse(request.string("intent")), eligible);
    }

    private static void assertRanked(
            JsonObject one, Optional<ExternalRanking.Ranked> ranked, List<NodeDescriptor> eligible) {
        List<NodeDescriptor> order = ranked.map(ExternalRanking.Ranked::nodes).orElse(eligible);
        assertThat(order)
                .as(one.string("id"))
                .extracting(NodeDescriptor::id)
                .containsExactlyElementsOf(one.strings("expected_order"));
        assertThat(ranked.map(r -> r.receipt(true)).orElse(null))
                .isEqualTo(one.optionalString("expected_primary_receipt").orElse(null));
        assertThat(ranked.map(r -> r.receipt(false)).orElse(null))
                .isEqualTo(one.optionalString("expected_fallback_receipt").orElse(null));
    }

    private static Optional<CandidateRanker.Decision> decision(JsonObject ranker) {
        return switch (ranker.string("outcome")) {
            case "select" ->
                Optional.of(new CandidateRanker.Decision(
                        ranker.string("candidate_ref"),
                        ranker.string("policy_id"),
                        CandidateRanker.Mode.valueOf(ranker.string("mode").toUpperCase(Locale.ROOT))));
            case "error" -> throw new IllegalStateException(ranker.string("message"));
            default -> Optional.empty();
        };
    }

    private static List<NodeDescriptor> eligible(JsonObject fixture, List<String> ids) {
        List<NodeDescriptor> nodes = new ArrayList<>();
        for (JsonObject node : fixture.objects("nodes")) {
            if (ids.contains(node.string("node_id"))) {
                nodes.add(node(node));
            }
        }
        return nodes;
    }

    private static NodeDescriptor node(JsonObject json) {
        return new NodeDescriptor(
                json.string("node_id"),
                URI.create(json.optionalString("endpoint").orElse("https://private.invalid")),
                json.optionalDouble("directory_score").orElse(0.5),
                true,
                null,
                json.has("load") ? json.optionalDouble("load").orElseThrow() : null,
                json.strings("models"),
                List.of(),
                null,
                null,
                json.optionalString("health_label").orElse(null),
                List.of(),
                json.has("directory_observed_reachable") ? Map.of("directory_observed_reachable", true) : Map.of());
    }

    private static JsonObject fixture(String name) throws IOException {
        String root = System.getenv("IICP_FIXTURES");
        assumeTrue(root != null, "official fixtures are not here: set IICP_FIXTURES to their folder");
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            Path file = files.filter(f -> f.endsWith(name)).findFirst().orElseThrow();
            return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
        }
    }
}
