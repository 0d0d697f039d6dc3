package network.iicp.springai;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.backend.ChatAnswer;
import network.iicp.backend.ChatFunction;
import network.iicp.backend.ChatOutput;
import network.iicp.backend.EmbeddingFunction;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.embedding.EmbeddingRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingResponse;

/**
 * Asks a Spring AI model for a task of the mesh.
 *
 * @param model the model
 */
record ServedChatModel(ChatModel model) implements ChatFunction {

    @Override
    public ChatAnswer answer(ChatRequest request, ChatOutput output) throws InterruptedException {
        Prompt prompt = ServedPrompts.prompt(request, model);
        Answer answer = new Answer();
        if (!output.isStreaming()) {
            answer.add(model.call(prompt));
            return answer.end();
        }
        // Closing the stream cancels the subscription; one element at a time is asked for.
        try (Stream<ChatResponse> parts = model.stream(prompt).toStream(1)) {
            for (Iterator<ChatResponse> each = parts.iterator(); each.hasNext(); ) {
                AssistantMessage said = answer.add(each.next());
                if (said != null) {
                    output.reasoning(Answer.property(said, Mapping.REASONING));
                    output.text(said.getText() == null ? "" : said.getText());
                }
            }
        }
        return answer.end();
    }

    /** Puts an answer together, whole or in parts. */
    private static final class Answer {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final Map<String, ToolCall> calls = new LinkedHashMap<>();
        private @Nullable String refusal;
        private FinishReason finish = FinishReason.OTHER;
        private Usage usage = Usage.UNKNOWN;
        private boolean any;

        static String property(AssistantMessage said, String key) {
            return said.getMetadata().get(key) instanceof String value ? value : "";
        }

        @Nullable
        AssistantMessage add(ChatResponse response) {
            readUsage(response.getMetadata());
            Generation generation = response.getResult();
            if (generation == null) {
                return null;
            }
            any = true;
            String reason = generation.getMetadata().getFinishReason();
            if (reason != null && !reason.isBlank()) {
                finish = FinishReason.of(reason.toLowerCase(Locale.ROOT));
            }
            AssistantMessage said = generation.getOutput();
            text.append(said.getText() == null ? "" : said.getText());
            reasoning.append(property(said, Mapping.REASONING));
            String declined = property(said, Mapping.REFUSAL);
            refusal = declined.isEmpty() ? refusal : declined;
            for (AssistantMessage.ToolCall call : said.getToolCalls()) {
                String id = call.id() == null || call.id().isBlank() ? "call_" + calls.size() : call.id();
                // Models tell a call whole; one that tells it again means the same call.
                calls.put(id, new ToolCall(id, call.name(), call.arguments() == null ? "" : call.arguments()));
            }
            return said;
        }

        private void readUsage(@Nullable ChatResponseMetadata metadata) {
            if (metadata != null && metadata.getUsage() != null) {
                Usage told = usage(metadata.getUsage());
                usage = told.isKnown() ? told : usage;
            }
        }

        ChatAnswer end() {
            if (!any) {
                throw failed("the model answered nothing", null);
            }
            return new ChatAnswer(
                    new ChatMessage.Assistant(
                            text.toString(),
                            reasoning.isEmpty() ? null : reasoning.toString(),
                            refusal,
                            new ArrayList<>(calls.values())),
                    finish,
                    usage,
                    null);
        }
    }

    /** Spring AI has no word for unknown: nothing but zeros means that nobody counted. */
    private static Usage usage(org.springframework.ai.chat.metadata.Usage usage) {
        Integer prompt = usage.getPromptTokens();
        Integer completion = usage.getCompletionTokens();
        Integer total = usage.getTotalTokens();
        boolean counted = Stream.of(prompt, completion, total).anyMatch(count -> count != null && count > 0);
        return counted ? new Usage(prompt, completion, total) : Usage.UNKNOWN;
    }

    static EmbeddingFunction.Vectors embed(EmbeddingModel model, EmbeddingRequest request) {
        EmbeddingOptions.Builder options = EmbeddingOptions.builder();
        if (request.dimensions() != null) {
            options.dimensions(request.dimensions());
        }
        EmbeddingResponse response =
                model.call(new org.springframework.ai.embedding.EmbeddingRequest(request.input(), options.build()));
        List<float[]> vectors =
                response.getResults().stream().map(Embedding::getOutput).toList();
        org.springframework.ai.chat.metadata.Usage counted =
                response.getMetadata() == null ? null : response.getMetadata().getUsage();
        Usage usage = counted == null ? Usage.UNKNOWN : usage(counted);
        return new EmbeddingFunction.Vectors(
                vectors, usage.isKnown() ? new Usage(usage.promptTokens(), null, usage.totalTokens()) : usage);
    }

    private static BackendException failed(String why, @Nullable Throwable cause) {
        return new BackendException(IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, why), cause);
    }
}
