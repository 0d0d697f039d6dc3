package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The vectors of {@code sdk-request-projection-v0.json}: what a call wants of its route reaches the directory and never the node. This client
 * names model and time limit in the task, the rest in the call; it has no browser-only routes, no profile requests, and a limit of its own.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RequestProjectionFixtureTest {

    private static final List<String> ROUTE_ONLY =
            List.of("region", "min_reputation", "browser_usable_only", "limit", "profile_request", "route_constraints");

    @TestFactory
    List<DynamicTest> cases() throws Exception {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES is not set: the official vectors are not here");
        Path file = Path.of(folder, "sdk", "sdk-request-projection-v0.json");
        assumeTrue(Files.exists(file), file + " is missing");
        List<JsonObject> cases =
                JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT).objects("cases");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(3);
        return cases.stream()
                .map(vector -> dynamicTest(vector.string("name"), () -> check(vector)))
                .toList();
    }

    private static void check(JsonObject vector) {
        JsonObject expected = vector.object("expected");
        JsonObject route = expected.object("route_options");
        JsonObject execution = expected.object("execution_constraints");
        try (FakeDirectory directory = new FakeDirectory();
                FakeNode node = new FakeNode("aaaaaaaa-1", job -> job.say("yes")).withoutKey()) {
            Map<String, Object> described = new java.util.LinkedHashMap<>(node.description(0.9));
            described.remove("models");
            described.remove("capabilities");
            described.put("reputation_score", 1);
            directory.withNode(described);
            try (IicpClient client = IicpClient.builder()
                    .directoryUrl(directory.url())
                    .region(vector.object("config").string("region", null))
                    .encryption(Encryption.PREFERRED)
                    .build()) {
                client.submit(task(execution), options(vector.object("task")));
            }
            Map<String, Object> asked =
                    Json.parseObject(directory.asked("dispatch/ticket").get(0).body(), JsonLimits.DEFAULT);
            assertThat(asked.get("region")).isEqualTo(route.string("region"));
            assertThat(asked.get("model")).isEqualTo(execution.string("model", null));
            if (route.has("min_reputation")) {
                assertThat(((Number) asked.get("min_reputation")).doubleValue())
                        .isEqualTo(route.optionalDouble("min_reputation").getAsDouble());
            } else {
                assertThat(asked).doesNotContainKey("min_reputation");
            }
            String sent = new String(node.server().requests().get(0).body(), StandardCharsets.UTF_8);
            JsonObject constraints =
                    JsonObject.of(Json.parseObject(sent, JsonLimits.DEFAULT)).object("constraints");
            assertThat(constraints.asMap()).doesNotContainKeys(ROUTE_ONLY.toArray(String[]::new));
            assertThat(constraints.string("model", null)).isEqualTo(execution.string("model", null));
            assertThat(constraints.optionalLong("timeout_ms").orElseThrow())
                    .isBetween(1L, execution.optionalLong("timeout_ms").orElseThrow());
            ROUTE_ONLY.forEach(name -> assertThat(sent).doesNotContain("\"" + name + "\""));
        }
    }

    private static Task task(JsonObject execution) {
        TaskConstraints constraints = TaskConstraints.NONE.withTimeout(
                Duration.ofMillis(execution.optionalLong("timeout_ms").orElseThrow()));
        if (execution.has("model")) {
            constraints = constraints.withModel(execution.string("model"));
        }
        return Task.of(Intent.LLM_CHAT, Map.of("messages", List.of())).withConstraints(constraints);
    }

    /** Route constraints go before those of the task, each value by itself. */
    private static CallOptions options(JsonObject task) {
        Optional<JsonObject> route = task.optionalObject("route_constraints");
        JsonObject legacy = task.object("constraints");
        CallOptions options = CallOptions.DEFAULT;
        JsonObject forRegion = route.filter(json -> json.has("region")).orElse(legacy);
        if (forRegion.has("region")) {
            options = options.withRegion(forRegion.string("region"));
        }
        JsonObject forReputation =
                route.filter(json -> json.has("min_reputation")).orElse(legacy);
        if (forReputation.has("min_reputation")) {
            options = options.withMinReputation(
                    forReputation.optionalDouble("min_reputation").getAsDouble());
        }
        return options;
    }
}
