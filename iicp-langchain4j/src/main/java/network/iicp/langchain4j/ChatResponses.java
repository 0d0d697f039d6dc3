package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ToolCall;
import org.jspecify.annotations.Nullable;

/** Turns answers of the mesh into LangChain4j's. Pure functions. */
final class ChatResponses {

    private ChatResponses() {}

    /**
     * Returns the response.
     *
     * @throws IicpRefusalException if the model gave nothing but a refusal
     */
    static ChatResponse response(ChatResult result) {
        ChatMessage.Assistant message = result.message();
        String refusal = message.refusal();
        if (refusal != null && message.text().isEmpty() && message.toolCalls().isEmpty()) {
            throw new IicpRefusalException(refusal, result.provenance());
        }
        return ChatResponse.builder()
                .aiMessage(message(message))
                .metadata(IicpChatResponseMetadata.builder()
                        .id(result.id())
                        .modelName(result.model())
                        .tokenUsage(usage(result.usage()))
                        .finishReason(finishReason(result))
                        .provenance(result.provenance())
                        .build())
                .build();
    }

    /** A message that only asks for tool calls has no text; an answer that says nothing has an empty one. */
    private static AiMessage message(ChatMessage.Assistant message) {
        boolean textless = message.text().isEmpty() && !message.toolCalls().isEmpty();
        return AiMessage.builder()
                .text(textless ? null : message.text())
                .thinking(message.reasoning())
                .toolExecutionRequests(message.toolCalls().stream()
                        .map(ChatResponses::toolCall)
                        .toList())
                .build();
    }

    static ToolExecutionRequest toolCall(ToolCall call) {
        return ToolExecutionRequest.builder()
                .id(call.id())
                .name(call.name())
                .arguments(call.arguments())
                .build();
    }

    /** Returns the counts, {@code null} when the engine reported none. */
    static @Nullable TokenUsage usage(Usage usage) {
        return usage.isKnown()
                ? new TokenUsage(usage.promptTokens(), usage.completionTokens(), usage.totalTokens())
                : null;
    }

    /** Some engines say {@code stop} although they ask for tool calls; the calls decide. */
    private static FinishReason finishReason(ChatResult result) {
        boolean asksForTools = !result.toolCalls().isEmpty();
        return switch (result.finishReason()) {
            case STOP -> asksForTools ? FinishReason.TOOL_EXECUTION : FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case TOOL_CALLS -> FinishReason.TOOL_EXECUTION;
            case CONTENT_FILTER -> FinishReason.CONTENT_FILTER;
            case OTHER -> asksForTools ? FinishReason.TOOL_EXECUTION : FinishReason.OTHER;
        };
    }
}
