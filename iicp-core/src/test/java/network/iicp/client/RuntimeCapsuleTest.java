package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.protocol.registration.Software;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeCapsuleTest {

    private static final Map<String, Object> QUESTION = Map.of("role", "user", "content", "What is this?");

    private static Map<String, Object> message(String role, Object content) {
        return Map.of("role", role, "content", content);
    }

    private static Task chat(Object... messages) {
        return Task.of(Intent.LLM_CHAT, Map.of("messages", List.of(messages), "temperature", 0.5));
    }

    private static NodeDescriptor node(Capability... capabilities) {
        return new NodeDescriptor(
                "secret-node-id",
                URI.create("https://203.0.113.9:9443/private"),
                0.937,
                true,
                "eu-secret",
                0.25,
                List.of(),
                List.of(capabilities),
                null,
                null,
                null,
                List.of(),
                Map.of());
    }

    private static NodeDescriptor serving(String... models) {
        return node(Capability.of(Intent.LLM_CHAT, List.of(models)));
    }

    private static List<?> messages(Task task) {
        return (List<?>) task.payload().get("messages");
    }

    private static Task composed(Task task, NodeDescriptor node, String reason) {
        return RuntimeCapsule.compose(RuntimeIdentity.AUTO, task, node, reason);
    }

    private static String text(Task task, NodeDescriptor node, String reason) {
        return (String) ((Map<?, ?>) messages(composed(task, node, reason)).get(0)).get("content");
    }

    private static String text(NodeDescriptor node) {
        return text(chat(QUESTION), node, "first_choice");
    }

    @Test
    void it_says_what_is_known_in_fixed_lines() {
        assertThat(text(serving("model-a")).lines())
                .startsWith("[IICP-RUNTIME-CONTEXT/1]")
                .element(1)
                .asString()
                .contains("IICP, the Intent-based Inter-agent Communication Protocol", "you are not IICP");
        assertThat(text(serving("model-a")).lines().skip(2))
                .containsExactly(
                        "Runtime facts:",
                        "- intent: urn:iicp:intent:llm:chat:v1",
                        "- client: iicp-java " + Software.iicpJava().version(),
                        "- connection: routed over IICP to a provider that fits the request.",
                        "- selected model: model-a",
                        "- selection: This service matched the requested intent and constraints.");
    }

    @Test
    void it_follows_the_leading_instructions_and_leaves_every_message_as_it_is() {
        Map<String, Object> tools = Map.of(
                "role",
                "assistant",
                "content",
                "",
                "tool_calls",
                List.of(Map.of("id", "1", "type", "function", "function", Map.of("name", "f", "arguments", "{}"))));
        Map<String, Object> reply = Map.of("role", "tool", "tool_call_id", "1", "content", "42");
        Map<String, Object> picture =
                message("user", List.of(Map.of("type", "image_url", "image_url", Map.of("url", "data:,"))));
        Map<String, Object> late = message("system", "Answer briefly.");
        Object[] original = {message("system", "a"), message("developer", "b"), picture, tools, reply, late};
        Task task = chat(original);

        Task sent = composed(task, serving("m"), "first_choice");

        assertThat(messages(sent)).hasSize(7);
        List<Object> others = new ArrayList<>(messages(sent));
        assertThat(others.remove(2)).extracting("role").isEqualTo("system");
        assertThat(others).containsExactly(original);
        assertThat(sent.payload()).containsEntry("temperature", 0.5).hasSize(2);
        assertThat(sent.id()).isEqualTo(task.id());
        assertThat(sent.constraints()).isEqualTo(task.constraints());
        assertThat(messages(task)).isEqualTo(List.of(original));
    }

    @Test
    void it_comes_first_where_there_are_no_instructions() {
        assertThat(messages(composed(chat(QUESTION), serving("m"), "first_choice")))
                .extracting("role")
                .containsExactly("system", "user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"system", "developer"})
    void it_is_not_repeated(String role) {
        Task text = chat(QUESTION, message(role, "[IICP-RUNTIME-CONTEXT/1] of the application"));
        Task parts = chat(message(
                role, List.of(Map.of("type", "text", "text", "so far: IICP-RUNTIME-CONTEXT/1, of the application"))));

        assertThat(composed(text, serving("m"), "first_choice")).isSameAs(text);
        assertThat(composed(parts, serving("m"), "first_choice")).isSameAs(parts);
    }

    @Test
    void a_user_who_writes_the_marker_does_not_keep_it_out() {
        Task task = chat(message("user", "IICP-RUNTIME-CONTEXT/1"));
        assertThat(messages(composed(task, serving("m"), "first_choice"))).hasSize(2);
    }

    @Test
    void nothing_is_added_unless_it_is_wanted() {
        Task task = chat(QUESTION);
        assertThat(RuntimeCapsule.compose(null, task, serving("m"), "first_choice"))
                .isSameAs(task);
        assertThat(RuntimeCapsule.compose(RuntimeIdentity.DISABLED, task, serving("m"), "first_choice"))
                .isSameAs(task);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "urn:iicp:intent:llm:completion:v1",
                "urn:iicp:intent:llm:embedding:v1",
                "urn:iicp:intent:audio:transcribe:v1",
                "urn:iicp:intent:mcp:tools/call:v1"
            })
    void other_intents_stay_as_they_are(String urn) {
        Task task = Task.of(Intent.parse(urn), Map.of("messages", List.of(QUESTION)));
        assertThat(composed(task, serving("m"), "first_choice")).isSameAs(task);
    }

    @Test
    void a_payload_without_messages_stays_as_it_is() {
        Task task = Task.of(Intent.LLM_CHAT, Map.of("prompt", "x"));
        assertThat(composed(task, serving("m"), "first_choice")).isSameAs(task);
    }

    @ParameterizedTest
    @EnumSource(names = "DISABLED", mode = EnumSource.Mode.EXCLUDE)
    void a_model_without_system_messages_gets_none(RuntimeIdentity mode) {
        Task task = chat(QUESTION);
        NodeDescriptor without = node(Capability.of(Intent.LLM_CHAT, List.of("m"))
                .withExtensions(Map.of(RuntimeCapsule.PROFILE, Map.of("instruction_channel", "unsupported"))));
        assertThat(RuntimeCapsule.isUnsupported(without, Intent.LLM_CHAT)).isTrue();
        assertThat(RuntimeCapsule.isUnsupported(without, Intent.LLM_COMPLETION)).isFalse();
        assertThat(RuntimeCapsule.isUnsupported(serving("m"), Intent.LLM_CHAT)).isFalse();
        assertThat(RuntimeCapsule.compose(mode, task, without, "first_choice")).isSameAs(task);
    }

    @Test
    void a_model_is_named_only_when_it_is_plain_which_one_it_is() {
        assertThat(text(serving("a", "b"))).doesNotContain("selected model");
        assertThat(text(node())).doesNotContain("selected model");
        assertThat(text(node(Capability.of(Intent.LLM_EMBEDDING, List.of("e")))))
                .doesNotContain("selected model");
        Task asked = chat(QUESTION);
        asked = asked.withConstraints(asked.constraints().withModel("b"));
        assertThat(text(asked, serving("a", "b"), "first_choice"))
                .contains(
                        "- selected model: b\n",
                        "- selection: This service matched the requested model and constraints.");
    }

    @ParameterizedTest
    @CsvSource({
        "first_choice, This service matched the requested intent and constraints.",
        "retry, This service matched the requested intent and constraints.",
        "hedge, This service matched the requested intent and constraints.",
        "failover, This service was chosen after another one could not answer.",
        "continuation, This service was chosen after another one could not answer.",
        "last_resort, This service was chosen after another one could not answer.",
        "exploration, This service was chosen on purpose to learn about it."
    })
    void the_choice_is_explained_in_fixed_sentences(String reason, String sentence) {
        assertThat(text(chat(QUESTION), serving("m"), reason)).endsWith("- selection: " + sentence);
    }

    @Test
    void abilities_are_those_the_node_says_of_the_model() {
        Capability seeing = Capability.of(Intent.LLM_CHAT, List.of("eyes"))
                .withInputModalities(Set.of(Modality.TEXT, Modality.IMAGE))
                .withFeatures(List.of("tool_calling"));
        assertThat(text(node(seeing)))
                .contains("- effective capabilities: feature:tool_calling, input_modality:image\n- selection");
        assertThat(text(node(seeing, Capability.of(Intent.LLM_CHAT, List.of("other")))))
                .doesNotContain("effective capabilities");
        assertThat(text(serving("m"))).doesNotContain("effective capabilities");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\nlines", "a\u007fb", "nul\u0000", " ", "next\u0085line"})
    void a_fact_that_is_not_plain_text_is_left_out(String model) {
        String text = text(serving(model));
        assertThat(text).doesNotContain("selected model").doesNotContain("two").contains("- selection: ");
    }

    @Test
    void a_fact_that_is_too_long_is_left_out() {
        String longest = "é".repeat(RuntimeCapsule.MAX_FACT_BYTES / 2);
        assertThat(text(serving(longest))).contains("- selected model: " + longest);
        assertThat(text(serving(longest + "e"))).doesNotContain("selected model");
    }

    @Test
    void the_whole_is_bounded_whatever_a_node_says() {
        List<String> few = IntStream.range(0, 100).mapToObj("f%03d"::formatted).toList();
        List<String> huge = IntStream.range(0, 100)
                .mapToObj(i -> "f%03d".formatted(i) + "x".repeat(140))
                .toList();
        Capability capability = Capability.of(Intent.LLM_CHAT, List.of("m"));

        String bounded = text(node(capability.withFeatures(few)));
        assertThat(bounded).contains("feature:f031").doesNotContain("feature:f032");
        String dropped = text(node(capability.withFeatures(huge)));
        assertThat(dropped).doesNotContain("effective capabilities").contains("- selection: ");
        assertThat(List.of(bounded, dropped)).allSatisfy(text -> assertThat(text.getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(RuntimeCapsule.MAX_BYTES));
    }

    @Test
    void nothing_private_is_in_it() {
        assertThat(text(serving("m")))
                .doesNotContain("secret", "203.0.113.9", "9443", "https", "0.93", "0.25", "What is this?");
    }

    @Test
    void modes_have_words() {
        assertThat(RuntimeIdentity.of(" Auto ")).contains(RuntimeIdentity.AUTO);
        assertThat(RuntimeIdentity.of("always")).isEmpty();
        assertThat(RuntimeIdentity.REQUIRED.wireName()).isEqualTo("required");
    }
}
