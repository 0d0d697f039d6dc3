package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatResponsesTest {

    @Test
    void an_answer_carries_text_usage_and_where_it_came_from() {
        ChatResponse response = ChatResponses.response(Streams.result("Berlin"));

        assertThat(response.aiMessage()).isEqualTo(AiMessage.from("Berlin"));
        assertThat(response.metadata())
                .isEqualTo(IicpChatResponseMetadata.builder()
                        .id("answer-1")
                        .modelName("iicp-demo")
                        .tokenUsage(new TokenUsage(3, 5, 8))
                        .finishReason(dev.langchain4j.model.output.FinishReason.STOP)
                        .provenance(Streams.PROVENANCE)
                        .build());
        assertThat(response.metadata().toString()).contains("3f2a91c0");
    }

    @Test
    void metadata_can_be_changed_without_losing_the_provenance() {
        IicpChatResponseMetadata metadata = (IicpChatResponseMetadata)
                ChatResponses.response(Streams.result("Berlin")).metadata();

        IicpChatResponseMetadata changed = metadata.toBuilder().id("other").build();

        assertThat(changed.id()).isEqualTo("other");
        assertThat(changed.modelName()).isEqualTo("iicp-demo");
        assertThat(changed.provenance()).isEqualTo(Streams.PROVENANCE);
        assertThat(changed).isNotEqualTo(metadata);
        assertThat(metadata.toBuilder().build()).isEqualTo(metadata).hasSameHashCodeAs(metadata);
    }

    @Test
    void thoughts_are_told() {
        ChatResponse response = ChatResponses.response(Streams.result(
                new ChatMessage.Assistant("42", "six by seven", null, List.of()), FinishReason.STOP, Usage.UNKNOWN));

        assertThat(response.aiMessage().thinking()).isEqualTo("six by seven");
    }

    @Test
    void usage_that_nobody_counted_is_unknown_and_not_zero() {
        assertThat(ChatResponses.usage(Usage.UNKNOWN)).isNull();
        assertThat(ChatResponses.usage(new Usage(3, null, null))).isEqualTo(new TokenUsage(3, null, null));
        assertThat(ChatResponses.usage(new Usage(null, null, 9))).isEqualTo(new TokenUsage(null, null, 9));
    }

    @Test
    void a_message_that_only_asks_for_tools_has_no_text() {
        ChatResponse response = ChatResponses.response(Streams.result("", new ToolCall("call_1", "now", "")));

        assertThat(response.aiMessage().text()).isNull();
        assertThat(response.aiMessage().toolExecutionRequests())
                .containsExactly(ToolExecutionRequest.builder()
                        .id("call_1")
                        .name("now")
                        .arguments("{}")
                        .build());
    }

    @Test
    void a_message_that_says_nothing_has_an_empty_text() {
        assertThat(ChatResponses.response(Streams.result("")).aiMessage().text())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "STOP, false, STOP",
        "LENGTH, false, LENGTH",
        "TOOL_CALLS, true, TOOL_EXECUTION",
        "CONTENT_FILTER, false, CONTENT_FILTER",
        "OTHER, false, OTHER",
        // Some engines ask for tools and say they are done.
        "STOP, true, TOOL_EXECUTION",
        "OTHER, true, TOOL_EXECUTION",
        "LENGTH, true, LENGTH"
    })
    void finish_reasons_have_their_counterparts(
            FinishReason reason, boolean asksForTools, dev.langchain4j.model.output.FinishReason expected) {
        List<ToolCall> calls = asksForTools ? List.of(new ToolCall("call_1", "now", "{}")) : List.of();

        ChatResponse response = ChatResponses.response(
                Streams.result(new ChatMessage.Assistant("x", null, null, calls), reason, Usage.UNKNOWN));

        assertThat(response.finishReason()).isEqualTo(expected);
    }

    @Test
    void a_refusal_is_an_exception_that_keeps_the_words_out_of_its_message() {
        ChatMessage.Assistant refused =
                new ChatMessage.Assistant("", null, "I will not tell you how to pick locks", List.of());

        assertThatThrownBy(() -> ChatResponses.response(Streams.result(refused, FinishReason.STOP, Usage.UNKNOWN)))
                .isInstanceOf(ContentFilteredException.class)
                .isInstanceOfSatisfying(IicpRefusalException.class, e -> {
                    assertThat(e.refusal()).contains("pick locks");
                    assertThat(e.node()).isEqualTo("3f2a91c0");
                    assertThat(e).message().contains("3f2a91c0").doesNotContain("pick locks");
                });
    }

    @Test
    void a_refusal_beside_an_answer_is_no_exception() {
        ChatMessage.Assistant half = new ChatMessage.Assistant("In general, yes.", null, "not the rest", List.of());

        assertThat(ChatResponses.response(Streams.result(half, FinishReason.STOP, Usage.UNKNOWN))
                        .aiMessage()
                        .text())
                .isEqualTo("In general, yes.");
    }
}
