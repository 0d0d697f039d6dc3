package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The vectors of {@code runtime-identity-context-v0/fixture.json}, with facts turned into what a client really knows: the model the node
 * offers, the abilities it advertises, the reason it was chosen for. This client never runs in a browser, is off unless asked for, and names
 * itself.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeIdentityFixtureTest {

    private static final Map<String, String> REASONS = Map.of(
            "matched_intent_and_constraints", "first_choice",
            "fallback_after_unavailable_candidate", "failover");

    private static JsonObject fixture() throws Exception {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES is not set: the official vectors are not here");
        Path file = Path.of(folder, "sdk", "runtime-identity-context-v0", "fixture.json");
        assumeTrue(Files.exists(file), file + " is missing");
        return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }

    @Test
    void marker_profile_limit_and_modes_are_those_of_the_profile() throws Exception {
        JsonObject fixture = fixture();
        assertThat(fixture.string("context_marker")).isEqualTo(RuntimeCapsule.MARKER);
        assertThat(fixture.string("profile_id")).isEqualTo(RuntimeCapsule.PROFILE);
        assertThat(fixture.object("composition").raw("max_rendered_utf8_bytes"))
                .hasToString(String.valueOf(RuntimeCapsule.MAX_BYTES));
        assertThat(fixture.strings("modes"))
                .allSatisfy(word -> assertThat(RuntimeIdentity.of(word)).isPresent())
                .hasSize(RuntimeIdentity.values().length);
    }

    @TestFactory
    List<DynamicTest> cases() throws Exception {
        List<JsonObject> cases = fixture().objects("cases");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(20);
        return cases.stream()
                .map(vector -> dynamicTest(vector.string("name"), () -> check(vector)))
                .toList();
    }

    private static void check(JsonObject vector) {
        JsonObject request = vector.object("request");
        JsonObject expected = vector.object("expected");
        // The official clients compose unless told otherwise; raw tasks are told otherwise by this client.
        String mode =
                "raw_submit".equals(request.string("surface", null)) ? "disabled" : request.string("mode", "auto");
        Task task = task(request);
        if (vector.has("attempts")) {
            recomposed(vector, task, mode, expected);
            return;
        }
        NodeDescriptor node = node(vector, facts(vector));
        Task sent = RuntimeCapsule.compose(RuntimeIdentity.of(mode).orElseThrow(), task, node, reason(facts(vector)));
        switch (expected.string("action")) {
            case "no_change" -> assertThat(sent).isSameAs(task);
            case "refuse_before_dispatch" ->
                // The selector leaves such a node out before a task is made ready, see RuntimeIdentityIT.
                assertThat(RuntimeCapsule.isUnsupported(node, task.intent())).isTrue();
            case "reject_prohibited_facts_before_composition" ->
                assertThat(context(task, sent)).doesNotContain("private-node-id", "0.93");
            default -> composed(vector, expected, task, sent);
        }
    }

    private static void composed(JsonObject vector, JsonObject expected, Task task, Task sent) {
        String context = context(task, sent);
        assertThat(context)
                .startsWith("[" + RuntimeCapsule.MARKER + "]")
                .contains("you are not IICP", "- client: iicp-java ");
        if (expected.has("rendered_model")) {
            String model = expected.string("rendered_model", null);
            assertThat(context.contains("- selected model: ")).isEqualTo(model != null);
            assertThat(context).contains(model == null ? "" : "- selected model: " + model);
        }
        if (expected.has("rendered_capabilities")) {
            assertThat(context)
                    .contains("- effective capabilities: "
                            + String.join(", ", expected.strings("rendered_capabilities")));
        }
        if (expected.has("rendered_explanation")) {
            assertThat(context).contains("- selection: " + expected.string("rendered_explanation"));
        }
        if (expected.has("must_not_claim")) {
            assertThat(vector.string("name")).isEqualTo("local_browser_mode_is_not_described_as_remote_routing");
            assertThat(context).as("this client is no browser").contains("- connection: routed");
        }
    }

    private static void recomposed(JsonObject vector, Task task, String mode, JsonObject expected) {
        List<String> contexts = new ArrayList<>();
        for (JsonObject attempt : vector.objects("attempts")) {
            JsonObject facts = attempt.object("facts");
            contexts.add(context(
                    task,
                    RuntimeCapsule.compose(
                            RuntimeIdentity.of(mode).orElseThrow(), task, node(vector, facts), reason(facts))));
        }
        assertThat(contexts).hasSize(2);
        assertThat(contexts.get(1))
                .contains(expected.string("second_attempt_contains"), "after another one could not answer")
                .doesNotContain(expected.string("second_attempt_excludes"));
    }

    /** The text that was added; all other messages must be the ones of the application, instructions first. */
    private static String context(Task task, Task sent) {
        List<Object> messages = new ArrayList<>((List<?>) sent.payload().get("messages"));
        List<?> original = (List<?>) task.payload().get("messages");
        assertThat(messages).hasSize(original.size() + 1);
        int place = (int) original.stream()
                .takeWhile(message -> Set.of("system", "developer").contains(((Map<?, ?>) message).get("role")))
                .count();
        Map<?, ?> added = (Map<?, ?>) messages.remove(place);
        assertThat(added.get("role")).isEqualTo("system");
        assertThat(messages).isEqualTo(original);
        return (String) added.get("content");
    }

    private static Task task(JsonObject request) {
        Map<String, Object> payload = new LinkedHashMap<>();
        List<Object> messages = new ArrayList<>();
        if (request.has("messages")) {
            request.objects("messages").forEach(message -> messages.add(message.asMap()));
        } else {
            messages.add(Map.of("role", "user", "content", "What is this?"));
        }
        payload.put("messages", messages);
        return Task.of(Intent.parse(request.string("intent")), payload);
    }

    private static JsonObject facts(JsonObject vector) {
        return vector.has("facts") ? vector.object("facts") : JsonObject.of(Map.of());
    }

    private static String reason(JsonObject facts) {
        return facts.has("selection_reason")
                ? REASONS.get(facts.object("selection_reason").string("value"))
                : "first_choice";
    }

    private static NodeDescriptor node(JsonObject vector, JsonObject facts) {
        List<String> models = facts.has("selected_model")
                ? List.of(facts.object("selected_model").string("value"))
                : List.of();
        Capability capability = Capability.of(Intent.LLM_CHAT, models);
        if (facts.has("effective_capabilities")) {
            assertThat(facts.object("effective_capabilities").strings("value")).containsExactly("input_modality:image");
            capability = Capability.of(Intent.LLM_CHAT, List.of("a-model"))
                    .withInputModalities(Set.of(Modality.TEXT, Modality.IMAGE));
        }
        if (vector.has("provider")) {
            capability = capability.withExtensions(
                    Map.of(RuntimeCapsule.PROFILE, vector.object("provider").asMap()));
        }
        String id = facts.has("full_node_id") ? facts.object("full_node_id").string("value") : "a-node";
        return new NodeDescriptor(
                id,
                URI.create("http://127.0.0.1:9"),
                0.93,
                true,
                null,
                null,
                models,
                List.of(capability),
                null,
                null,
                null,
                List.of(),
                Map.of());
    }
}
