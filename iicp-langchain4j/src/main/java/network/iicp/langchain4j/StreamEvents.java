package network.iicp.langchain4j;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ToolCall;
import org.jspecify.annotations.Nullable;

/**
 * Turns the events of one streamed answer into LangChain4j's. A tool call is told as complete when the next one begins and its
 * arguments are a closed JSON text, else at the end: some engines send fragments of several calls in turns. One stream, not
 * thread-safe.
 */
final class StreamEvents {

    private final Map<Integer, StreamedToolCall> calls = new LinkedHashMap<>();
    private @Nullable StreamedToolCall latest;

    /**
     * Returns what an event says, in order; the last event of a stream gives a {@link CompleteResponse} last.
     *
     * @throws IicpRefusalException if the model gave nothing but a refusal
     */
    List<ChatModelStreamingEvent> of(ChatEvent event) {
        if (event instanceof ChatEvent.TextDelta text) {
            return List.of(new PartialResponse(text.text()));
        }
        if (event instanceof ChatEvent.ReasoningDelta thoughts) {
            return List.of(new PartialThinking(thoughts.text()));
        }
        if (event instanceof ChatEvent.ToolCallDelta delta) {
            return fragment(delta);
        }
        if (event instanceof ChatEvent.Completed completed) {
            return end(completed.result());
        }
        // That another node goes on is no part of the answer; the metadata of the last event say it.
        return List.of();
    }

    private List<ChatModelStreamingEvent> fragment(ChatEvent.ToolCallDelta delta) {
        List<ChatModelStreamingEvent> events = new ArrayList<>(2);
        StreamedToolCall call = calls.get(delta.index());
        if (call == null) {
            if (latest != null) {
                latest.completeIfWhole().ifPresent(events::add);
            }
            // Engines count from anywhere; LangChain4j counts from 0 without gaps.
            call = new StreamedToolCall(calls.size());
            calls.put(delta.index(), call);
        }
        latest = call;
        call.accept(delta).ifPresent(events::add);
        return events;
    }

    private List<ChatModelStreamingEvent> end(ChatResult result) {
        List<ChatModelStreamingEvent> events = new ArrayList<>();
        CompleteResponse response = new CompleteResponse(ChatResponses.response(result));
        List<StreamedToolCall> streamed = List.copyOf(calls.values());
        for (int i = 0; i < result.toolCalls().size(); i++) {
            if (i >= streamed.size() || !streamed.get(i).isCompleted()) {
                ToolCall whole = result.toolCalls().get(i);
                events.add(new CompleteToolCall(i, ChatResponses.toolCall(whole)));
            }
        }
        events.add(response);
        return events;
    }
}
