package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import network.iicp.documentation.Guide;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ScoreGuideTest {

    private static final List<String> PARTS =
            List.of("availability", "idleness", "room", "nearness", "reputation", "price", "model");

    /** A node that is as good as can be in one part, and as bad as can be in all others. */
    private static Score only(String part, boolean modelAsked) {
        Boolean model = modelAsked ? part.equals("model") : null;
        return new Score(
                part.equals("availability") ? 1 : 0,
                part.equals("idleness") ? 0 : 1,
                part.equals("room") ? 0 : 4,
                4,
                part.equals("nearness"),
                part.equals("reputation") ? 1 : 0,
                part.equals("price") ? 0.0 : 10.0,
                model,
                true,
                true);
    }

    private static String weight(String part, boolean modelAsked) {
        return "%.2f".formatted(only(part, modelAsked).value());
    }

    @Test
    void the_guide_gives_the_weights_that_are_used() {
        List<List<String>> expected = new ArrayList<>();
        for (String part : PARTS) {
            expected.add(List.of(part, weight(part, false), weight(part, true)));
        }

        assertThat(Guide.read("directory.md").table("Score").stream()
                        .map(row -> List.of(row.get(0), row.get(2), row.get(3))))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void the_guide_gives_the_thresholds_of_public_directories() {
        QosThresholds official = QosThresholds.OFFICIAL;

        assertThat(Guide.read("directory.md").table("Urgent queries"))
                .containsExactly(
                        List.of("interactive", String.valueOf(official.interactiveTasks()), ""),
                        List.of(
                                "realtime",
                                String.valueOf(official.realtimeTasks()),
                                String.valueOf(official.realtimeReputation())));
    }
}
