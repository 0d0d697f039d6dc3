package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import java.util.ArrayList;
import java.util.List;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamEventsTest {

    @Test
    void text_and_thoughts_are_told_as_they_come_and_the_answer_at_the_end() {
        ChatResult result = Streams.result("Hello");

        assertThat(told(
                        new ChatEvent.ReasoningDelta("hm"),
                        new ChatEvent.TextDelta("Hel"),
                        new ChatEvent.TextDelta("lo"),
                        new ChatEvent.Completed(result)))
                .containsExactly(
                        new PartialThinking("hm"),
                        new PartialResponse("Hel"),
                        new PartialResponse("lo"),
                        new CompleteResponse(ChatResponses.response(result)));
    }

    @Test
    void a_tool_call_is_told_in_fragments_and_then_as_a_whole() {
        ToolCall call = new ToolCall("call_1", "weather", "{\"city\":\"Munich\"}");
        ChatResult result = Streams.result("", call);

        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, "call_1", "weather", ""),
                        new ChatEvent.ToolCallDelta(0, null, null, "{\"city\":"),
                        new ChatEvent.ToolCallDelta(0, null, null, "\"Munich\"}"),
                        new ChatEvent.Completed(result)))
                .containsExactly(
                        partial(0, "call_1", "weather", "{\"city\":"),
                        partial(0, "call_1", "weather", "\"Munich\"}"),
                        complete(0, call),
                        new CompleteResponse(ChatResponses.response(result)));
    }

    @Test
    void a_call_without_arguments_is_told_as_a_whole_only() {
        ToolCall call = new ToolCall("call_1", "now", "");
        ChatResult result = Streams.result("", call);

        assertThat(told(new ChatEvent.ToolCallDelta(0, "call_1", "now", ""), new ChatEvent.Completed(result)))
                .containsExactly(complete(0, call), new CompleteResponse(ChatResponses.response(result)));
    }

    @Test
    void a_call_is_complete_when_the_next_one_begins() {
        ToolCall first = new ToolCall("call_1", "weather", "{}");
        ToolCall second = new ToolCall("call_2", "time", "{\"a\":[1]}");

        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, "call_1", "weather", "{}"),
                        new ChatEvent.ToolCallDelta(1, "call_2", "time", "{\"a\":[1]}"),
                        new ChatEvent.Completed(Streams.result("", first, second))))
                .startsWith(
                        partial(0, "call_1", "weather", "{}"),
                        complete(0, first),
                        partial(1, "call_2", "time", "{\"a\":[1]}"),
                        complete(1, second))
                .hasSize(5);
    }

    @Test
    void calls_that_come_in_turns_are_complete_at_the_end() {
        ToolCall first = new ToolCall("call_1", "weather", "{\"city\":\"Bonn\"}");
        ToolCall second = new ToolCall("call_2", "time", "{\"zone\":1}");

        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, "call_1", "weather", "{\"city\":"),
                        new ChatEvent.ToolCallDelta(1, "call_2", "time", "{\"zone\":"),
                        new ChatEvent.ToolCallDelta(0, null, null, "\"Bonn\"}"),
                        new ChatEvent.ToolCallDelta(1, null, null, "1}"),
                        new ChatEvent.Completed(Streams.result("", first, second))))
                .startsWith(
                        partial(0, "call_1", "weather", "{\"city\":"),
                        partial(1, "call_2", "time", "{\"zone\":"),
                        partial(0, "call_1", "weather", "\"Bonn\"}"),
                        partial(1, "call_2", "time", "1}"),
                        complete(0, first),
                        complete(1, second))
                .hasSize(7);
    }

    /** Braces in strings, escaped quotes and an escaped backslash before a quote do not mislead. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"}\"}",
                "{\"a\":\"\\\"}\"}",
                "{\"a\":\"\\\\\"}",
                "{\"a\":{\"b\":[{}]}}",
                "{\"ü\":\"😀{\"}"
            })
    void the_end_of_arguments_is_found_however_they_are_cut(String arguments) {
        ToolCall first = new ToolCall("call_1", "weather", arguments);
        List<ChatEvent> events = new ArrayList<>();
        events.add(new ChatEvent.ToolCallDelta(0, "call_1", "weather", ""));
        arguments
                .chars()
                .forEach(c -> events.add(new ChatEvent.ToolCallDelta(0, null, null, String.valueOf((char) c))));
        events.add(new ChatEvent.ToolCallDelta(1, "call_2", "time", "{}"));

        List<ChatModelStreamingEvent> told = told(events.toArray(ChatEvent[]::new));

        assertThat(told.get(told.size() - 2)).isEqualTo(complete(0, first));
        assertThat(told.subList(0, told.size() - 2))
                .hasSize(arguments.length())
                .allMatch(PartialToolCall.class::isInstance);
    }

    @Test
    void what_comes_after_the_end_of_arguments_is_not_told() {
        ToolCall first = new ToolCall("call_1", "weather", "{}");
        ToolCall second = new ToolCall("call_2", "time", "{}");

        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, "call_1", "weather", "{}"),
                        new ChatEvent.ToolCallDelta(1, "call_2", "time", "{}"),
                        new ChatEvent.ToolCallDelta(0, null, null, "\n"),
                        new ChatEvent.Completed(Streams.result("", first, second))))
                .filteredOn(CompleteToolCall.class::isInstance)
                .containsExactly(complete(0, first), complete(1, second));
    }

    @Test
    void positions_count_from_zero_whatever_the_engine_counts_from() {
        ToolCall call = new ToolCall("call_1", "weather", "{}");

        assertThat(told(
                        new ChatEvent.ToolCallDelta(7, "call_1", "weather", "{}"),
                        new ChatEvent.Completed(Streams.result("", call))))
                .startsWith(partial(0, "call_1", "weather", "{}"), complete(0, call));
    }

    @Test
    void arguments_wait_for_the_name() {
        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, null, null, "{\"a\""),
                        new ChatEvent.ToolCallDelta(0, "call_1", null, ":"),
                        new ChatEvent.ToolCallDelta(0, null, "weather", "1}")))
                .containsExactly(partial(0, "call_1", "weather", "{\"a\":1}"));
    }

    @Test
    void a_call_without_an_id_gets_the_one_of_the_answer() {
        ToolCall call = new ToolCall("call_0", "weather", "{}");

        assertThat(told(
                        new ChatEvent.ToolCallDelta(0, null, "weather", "{}"),
                        new ChatEvent.ToolCallDelta(1, "call_2", "time", "{}"),
                        new ChatEvent.Completed(Streams.result("", call, new ToolCall("call_2", "time", "{}")))))
                .filteredOn(CompleteToolCall.class::isInstance)
                .first()
                .isEqualTo(complete(0, call));
    }

    @Test
    void calls_that_were_not_streamed_are_told_all_the_same() {
        ToolCall call = new ToolCall("call_1", "weather", "{}");

        assertThat(told(new ChatEvent.Completed(Streams.result("", call)))).startsWith(complete(0, call));
    }

    @Test
    void a_refusal_is_an_exception() {
        ChatMessage.Assistant refused = new ChatMessage.Assistant("", null, "no", List.of());
        ChatEvent end = new ChatEvent.Completed(Streams.result(refused, FinishReason.CONTENT_FILTER, Usage.UNKNOWN));

        assertThatThrownBy(() -> told(end)).isExactlyInstanceOf(IicpRefusalException.class);
    }

    private static List<ChatModelStreamingEvent> told(ChatEvent... events) {
        StreamEvents stream = new StreamEvents();
        List<ChatModelStreamingEvent> told = new ArrayList<>();
        for (ChatEvent event : events) {
            told.addAll(stream.of(event));
        }
        return told;
    }

    private static PartialToolCall partial(int index, String id, String name, String arguments) {
        return PartialToolCall.builder()
                .index(index)
                .id(id)
                .name(name)
                .partialArguments(arguments)
                .build();
    }

    private static CompleteToolCall complete(int index, ToolCall call) {
        return new CompleteToolCall(
                index,
                ToolExecutionRequest.builder()
                        .id(call.id())
                        .name(call.name())
                        .arguments(call.arguments())
                        .build());
    }
}
