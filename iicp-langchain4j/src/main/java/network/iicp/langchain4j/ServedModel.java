package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import network.iicp.backend.ChatAnswer;
import network.iicp.backend.ChatFunction;
import network.iicp.backend.ChatOutput;
import network.iicp.backend.EmbeddingFunction;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.embedding.EmbeddingRequest;
import org.jspecify.annotations.Nullable;

/**
 * Asks a LangChain4j model for a task of the mesh.
 *
 * @param whole answers whole, or {@code null}
 * @param streaming answers in parts, or {@code null}; one of the two is there
 */
record ServedModel(@Nullable ChatModel whole, @Nullable StreamingChatModel streaming) implements ChatFunction {

    @Override
    public ChatAnswer answer(ChatRequest request, ChatOutput output) throws Exception {
        dev.langchain4j.model.chat.request.ChatRequest asked = ServedRequests.request(request);
        try {
            if (whole != null && (streaming == null || !output.isStreaming())) {
                return answer(whole.chat(asked));
            }
            StreamingChatModel model = streaming;
            if (model == null) {
                throw new IllegalStateException("a served model answers whole or in parts");
            }
            ServedStream stream = new ServedStream(output);
            output.onCancel(stream::cancel);
            model.chat(asked, stream);
            return answer(stream.response().get());
        } catch (ExecutionException e) {
            throw ServedFailures.translate(e.getCause() == null ? e : e.getCause());
        } catch (RuntimeException e) {
            throw ServedFailures.translate(e);
        }
    }

    private static ChatAnswer answer(ChatResponse response) {
        AiMessage message = response.aiMessage();
        List<ToolCall> calls = new ArrayList<>();
        for (ToolExecutionRequest call : message.toolExecutionRequests()) {
            calls.add(call(call, calls.size()));
        }
        return new ChatAnswer(
                new ChatMessage.Assistant(
                        message.text() == null ? "" : message.text(), message.thinking(), null, calls),
                finishReason(response.finishReason()),
                usage(response.tokenUsage()),
                null);
    }

    /** Some models give their calls no ids; consumers need one to answer. */
    static ToolCall call(ToolExecutionRequest call, int position) {
        String id = call.id() == null || call.id().isBlank() ? "call_" + position : call.id();
        return new ToolCall(id, call.name(), call.arguments() == null ? "" : call.arguments());
    }

    private static network.iicp.protocol.chat.FinishReason finishReason(@Nullable FinishReason reason) {
        if (reason == null) {
            return network.iicp.protocol.chat.FinishReason.OTHER;
        }
        return switch (reason) {
            case STOP -> network.iicp.protocol.chat.FinishReason.STOP;
            case LENGTH -> network.iicp.protocol.chat.FinishReason.LENGTH;
            case TOOL_EXECUTION -> network.iicp.protocol.chat.FinishReason.TOOL_CALLS;
            case CONTENT_FILTER -> network.iicp.protocol.chat.FinishReason.CONTENT_FILTER;
            case OTHER -> network.iicp.protocol.chat.FinishReason.OTHER;
        };
    }

    private static Usage usage(@Nullable TokenUsage usage) {
        return usage == null
                ? Usage.UNKNOWN
                : new Usage(usage.inputTokenCount(), usage.outputTokenCount(), usage.totalTokenCount());
    }

    static EmbeddingFunction.Vectors embed(EmbeddingModel model, EmbeddingRequest request) {
        try {
            EmbeddingResponse response = model.embed(dev.langchain4j.model.embedding.request.EmbeddingRequest.builder()
                    .inputs(request.input().stream().map(EmbeddingInput::from).toList())
                    .dimensions(request.dimensions())
                    .build());
            return new EmbeddingFunction.Vectors(
                    response.embeddings().stream().map(Embedding::vector).toList(), usage(response.tokenUsage()));
        } catch (RuntimeException e) {
            throw ServedFailures.translate(e);
        }
    }
}
