package network.iicp.client;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.classification.ClassificationRequest;
import network.iicp.protocol.classification.ClassificationResult;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.reranking.RerankRequest;
import network.iicp.protocol.reranking.RerankResult;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import network.iicp.protocol.summarization.SummaryRequest;
import network.iicp.protocol.summarization.SummaryResult;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;
import network.iicp.protocol.translation.TranslationRequest;
import network.iicp.protocol.translation.TranslationResult;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.ClassificationCodec;
import network.iicp.protocol.wire.CompletionCodec;
import network.iicp.protocol.wire.EmbeddingCodec;
import network.iicp.protocol.wire.ModerationCodec;
import network.iicp.protocol.wire.RerankCodec;
import network.iicp.protocol.wire.SpeechCodec;
import network.iicp.protocol.wire.SummaryCodec;
import network.iicp.protocol.wire.TranscriptionCodec;
import network.iicp.protocol.wire.TranslationCodec;
import org.jspecify.annotations.Nullable;

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
        Task task = Task.of(Intent.LLM_CHAT, ChatCodec.encode(request));
        return consumer.submit(task, withIdentity(options), ChatCodec::decodeResult);
    }

    /** Continues a conversation and delivers the answer as it comes, see {@link Consumer#chatStream}. */
    public Flow.Publisher<ChatEvent> chatStream(ChatRequest request, CallOptions options) {
        return consumer.chatStream(Task.of(Intent.LLM_CHAT, ChatCodec.encode(request)), withIdentity(options));
    }

    /** The setting of the client is for chats alone; see {@link #withoutIdentity}. */
    private CallOptions withIdentity(CallOptions options) {
        return options.runtimeIdentity() == null
                ? options.withRuntimeIdentity(consumer.settings().runtimeIdentity())
                : options;
    }

    /** What is not a chat of the application never gets the runtime identity, although it may be sent as a chat. */
    private static CallOptions withoutIdentity(CallOptions options) {
        return options.withRuntimeIdentity(RuntimeIdentity.DISABLED);
    }

    /** Continues a prompt and delivers the text as it comes, see {@link Consumer#completionStream}. */
    public Flow.Publisher<CompletionEvent> completeStream(CompletionRequest request, CallOptions options) {
        return consumer.completionStream(Task.of(Intent.LLM_COMPLETION, CompletionCodec.encode(request)), options);
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

    /** Shortens a text; a chat model may stand in. */
    public CompletableFuture<SummaryResult> summarize(SummaryRequest request, CallOptions options) {
        return callOrEmulate(
                task(Intent.LLM_SUMMARIZE, SummaryCodec.encode(request), request.model()),
                Emulation.of(request),
                options,
                SummaryCodec::decodeResult);
    }

    /** Sorts a text into categories; a chat model may stand in. */
    public CompletableFuture<ClassificationResult> classify(ClassificationRequest request, CallOptions options) {
        return callOrEmulate(
                task(Intent.LLM_CLASSIFY, ClassificationCodec.encode(request), request.model()),
                Emulation.of(request),
                options,
                answer -> ClassificationCodec.decodeResult(answer, request));
    }

    /** Puts texts into the order of how well they answer a query; a chat model may stand in. */
    public CompletableFuture<RerankResult> rerank(RerankRequest request, CallOptions options) {
        return callOrEmulate(
                task(Intent.LLM_RERANK, RerankCodec.encode(request), request.model()),
                Emulation.of(request),
                options,
                answer -> RerankCodec.decodeResult(answer, request));
    }

    /** Says a text in another language; a chat model may stand in. */
    public CompletableFuture<TranslationResult> translate(TranslationRequest request, CallOptions options) {
        return callOrEmulate(
                task(Intent.TRANSLATE, TranslationCodec.encode(request), request.model()),
                Emulation.of(request),
                options,
                TranslationCodec::decodeResult);
    }

    private static Task task(Intent intent, Map<String, Object> payload, @Nullable String model) {
        Task task = Task.of(intent, payload);
        return task.withConstraints(task.constraints().withModel(model));
    }

    private <T> CompletableFuture<T> callOrEmulate(
            Task task, Emulation emulation, CallOptions options, Function<TaskResult, T> reader) {
        Duration total = options.total() == null ? consumer.settings().limits().total() : options.total();
        CallOptions plain = withoutIdentity(options);
        return FallbackCall.run(
                total,
                left -> consumer.submit(task, plain.withTotal(left), reader),
                left -> consumer.settings().emulation()
                        ? emulate(emulation, plain.withTotal(left), reader)
                        : CompletableFuture.failedFuture(notEmulated(task.intent())));
    }

    private <T> CompletableFuture<T> emulate(Emulation emulation, CallOptions options, Function<TaskResult, T> reader) {
        Task chat = Task.of(Intent.LLM_CHAT, ChatCodec.encode(emulation.chat()));
        consumer.fellBackToEmulation(chat);
        return consumer.submit(chat, options, answer -> Emulation.read(ChatCodec.decodeResult(answer), reader));
    }

    private static IicpException notEmulated(Intent intent) {
        return Faults.error(
                ErrorCode.NO_PROVIDER,
                "nobody serves %s; allow emulation to ask a chat model instead".formatted(intent));
    }

    private <T> CompletableFuture<T> call(
            Intent intent, Map<String, Object> payload, CallOptions options, Function<TaskResult, T> reader) {
        return consumer.submit(Task.of(intent, payload), withoutIdentity(options), reader);
    }
}
