package network.iicp.client;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.CompletionCodec;
import network.iicp.protocol.wire.EmbeddingCodec;
import network.iicp.protocol.wire.ModerationCodec;
import network.iicp.protocol.wire.SpeechCodec;
import network.iicp.protocol.wire.TranscriptionCodec;

/**
 * The intents of the protocol with requests and results of their own: the request becomes a task, the task's answer the
 * result. An answer that cannot be read counts as a failure of the node, so that another one is asked. Every future fails with
 * an {@link IicpException}; cancelling it aborts the exchange and tells the node. Thread-safe.
 */
public final class TypedOperations {

    private final Consumer consumer;

    /** Makes the operations of a consumer. */
    public TypedOperations(Consumer consumer) {
        this.consumer = Objects.requireNonNull(consumer, "consumer");
    }

    /** Continues a conversation. */
    public CompletableFuture<ChatResult> chat(ChatRequest request, CallOptions options) {
        return call(Intent.LLM_CHAT, ChatCodec.encode(request), options, ChatCodec::decodeResult);
    }

    /** Continues a conversation and delivers the answer as it comes, see {@link Consumer#chatStream}. */
    public Flow.Publisher<ChatEvent> chatStream(ChatRequest request, CallOptions options) {
        return consumer.chatStream(Task.of(Intent.LLM_CHAT, ChatCodec.encode(request)), options);
    }

    /** Continues a prompt. */
    public CompletableFuture<CompletionResult> complete(CompletionRequest request, CallOptions options) {
        return call(Intent.LLM_COMPLETION, CompletionCodec.encode(request), options, CompletionCodec::decodeResult);
    }

    /**
     * Turns texts into vectors. More texts than the batch size go in several tasks, one after the other, all to the same
     * model; the limits of the call hold for each of them.
     */
    public CompletableFuture<EmbeddingResult> embed(EmbeddingRequest request, CallOptions options) {
        int size = request.batchSize() == null ? consumer.settings().embeddingBatchSize() : request.batchSize();
        return EmbeddingBatches.run(
                request,
                size,
                (batch, reader) -> call(Intent.LLM_EMBEDDING, EmbeddingCodec.encode(batch), options, reader));
    }

    /** Judges texts. */
    public CompletableFuture<ModerationResult> moderate(ModerationRequest request, CallOptions options) {
        int texts = request.input().size();
        return call(
                Intent.SAFETY_MODERATE,
                ModerationCodec.encode(request),
                options,
                answer -> ModerationCodec.decodeResult(answer, texts));
    }

    /** Writes down recorded speech. */
    public CompletableFuture<TranscriptionResult> transcribe(TranscriptionRequest request, CallOptions options) {
        return call(
                Intent.AUDIO_TRANSCRIBE, TranscriptionCodec.encode(request), options, TranscriptionCodec::decodeResult);
    }

    /** Speaks a text. */
    public CompletableFuture<SpeechResult> speak(SpeechRequest request, CallOptions options) {
        return call(Intent.AUDIO_SPEECH, SpeechCodec.encode(request), options, SpeechCodec::decodeResult);
    }

    private <T> CompletableFuture<T> call(
            Intent intent, Map<String, Object> payload, CallOptions options, Function<TaskResult, T> reader) {
        return consumer.submit(Task.of(intent, payload), options, reader);
    }
}
