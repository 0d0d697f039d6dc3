package network.iicp;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import network.iicp.client.CallOptions;
import network.iicp.client.ClientHealth;
import network.iicp.client.ClientSettings;
import network.iicp.client.ClientSettingsBuilder;
import network.iicp.client.Consumer;
import network.iicp.client.ConsumerTokenUse;
import network.iicp.client.CooperationOutcome;
import network.iicp.client.DirectorySettings;
import network.iicp.client.Encryption;
import network.iicp.client.Hedging;
import network.iicp.client.RouteDiscovery;
import network.iicp.client.RouteExplanation;
import network.iicp.client.RuntimeIdentity;
import network.iicp.client.TimeLimits;
import network.iicp.client.TypedOperations;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ServerErrorException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskEvent;
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
import network.iicp.protocol.registration.DiscoverQuery;
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
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.RoutingListener;
import network.iicp.spi.TraceSource;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * Consumes a mesh: every call is routed to a node that can serve it now, encrypted to that node, and tried elsewhere when it
 * fails. Every operation has a blocking form, a form that returns a {@link CompletableFuture} whose cancel aborts the
 * exchange, and where it can stream a {@link Flow.Publisher} form.
 *
 * <pre>{@code
 * try (IicpClient client = IicpClient.builder().directoryUrl("http://127.0.0.1:9480/api").build()) {
 *     ChatResult reply = client.chat(ChatRequest.of("Hello from IICP!"));
 *     System.out.println(reply.text() + " · " + reply.provenance());
 * }
 * }</pre>
 *
 * <p>All failures are {@link IicpException}s. Thread-safe; one client serves a whole application. Creating it touches no
 * network. A task may run on more than one node when an attempt fails after the node began (at least once).
 */
public final class IicpClient implements AutoCloseable {

    private final Consumer consumer;
    private final TypedOperations operations;

    private IicpClient(ClientSettings settings, List<RoutingListener> listeners) {
        this.consumer = new Consumer(settings, listeners);
        this.operations = new TypedOperations(consumer);
    }

    /** Returns a builder with the public directory and defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the settings this client works with. */
    public ClientSettings settings() {
        return consumer.settings();
    }

    // ---- chat

    /**
     * Continues a conversation.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public ChatResult chat(ChatRequest request) {
        return chat(request, CallOptions.DEFAULT);
    }

    /**
     * Continues a conversation.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public ChatResult chat(ChatRequest request, CallOptions options) {
        return await(chatAsync(request, options));
    }

    /** Continues a conversation without blocking. */
    public CompletableFuture<ChatResult> chatAsync(ChatRequest request) {
        return chatAsync(request, CallOptions.DEFAULT);
    }

    /** Continues a conversation without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<ChatResult> chatAsync(ChatRequest request, CallOptions options) {
        return operations.chat(request, options);
    }

    /** Continues a conversation and delivers the answer as it comes, see {@link #chatStream(ChatRequest, CallOptions)}. */
    public Flow.Publisher<ChatEvent> chatStream(ChatRequest request) {
        return chatStream(request, CallOptions.DEFAULT);
    }

    /**
     * Continues a conversation and delivers the answer as it comes: deltas, then one {@link ChatEvent.Completed}.
     *
     * <p>The publisher is cold; every subscriber starts a call of its own with its first request. Cancelling stops the node.
     * A failure before the first content goes to the next node; after it the stream ends in
     * {@link network.iicp.protocol.StreamInterruptedException}, which holds the text so far. Nothing is replayed. A lost connection to the
     * same node is replaced first, where the node offers that. With {@link CallOptions#continueInterrupted()} another node goes on instead,
     * marked by {@link ChatEvent.Continued}.
     */
    public Flow.Publisher<ChatEvent> chatStream(ChatRequest request, CallOptions options) {
        return operations.chatStream(request, options);
    }

    // ---- completion

    /**
     * Continues a prompt.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public CompletionResult complete(CompletionRequest request) {
        return complete(request, CallOptions.DEFAULT);
    }

    /**
     * Continues a prompt.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public CompletionResult complete(CompletionRequest request, CallOptions options) {
        return await(completeAsync(request, options));
    }

    /** Continues a prompt without blocking. */
    public CompletableFuture<CompletionResult> completeAsync(CompletionRequest request) {
        return completeAsync(request, CallOptions.DEFAULT);
    }

    /** Continues a prompt without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<CompletionResult> completeAsync(CompletionRequest request, CallOptions options) {
        return operations.complete(request, options);
    }

    /**
     * Continues a prompt and delivers the text as it comes: deltas, then one {@link CompletionEvent.Completed}. What is said at
     * {@link #chatStream(ChatRequest, CallOptions)} holds here too.
     */
    public Flow.Publisher<CompletionEvent> completeStream(CompletionRequest request, CallOptions options) {
        return operations.completeStream(request, options);
    }

    // ---- embedding

    /**
     * Turns texts into vectors. More texts than the {@linkplain Builder#embeddingBatchSize batch size} go in several
     * tasks, one after the other, all to one model; the limits of the call hold for each of them.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public EmbeddingResult embed(EmbeddingRequest request) {
        return embed(request, CallOptions.DEFAULT);
    }

    /**
     * Turns texts into vectors. More texts than the {@linkplain Builder#embeddingBatchSize batch size} go in several
     * tasks, one after the other, all to one model; the limits of the call hold for each of them.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public EmbeddingResult embed(EmbeddingRequest request, CallOptions options) {
        return await(embedAsync(request, options));
    }

    /** Turns texts into vectors without blocking. */
    public CompletableFuture<EmbeddingResult> embedAsync(EmbeddingRequest request) {
        return embedAsync(request, CallOptions.DEFAULT);
    }

    /** Turns texts into vectors without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<EmbeddingResult> embedAsync(EmbeddingRequest request, CallOptions options) {
        return operations.embed(request, options);
    }

    // ---- moderation

    /**
     * Judges texts.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public ModerationResult moderate(ModerationRequest request) {
        return moderate(request, CallOptions.DEFAULT);
    }

    /**
     * Judges texts.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public ModerationResult moderate(ModerationRequest request, CallOptions options) {
        return await(moderateAsync(request, options));
    }

    /** Judges texts without blocking. */
    public CompletableFuture<ModerationResult> moderateAsync(ModerationRequest request) {
        return moderateAsync(request, CallOptions.DEFAULT);
    }

    /** Judges texts without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<ModerationResult> moderateAsync(ModerationRequest request, CallOptions options) {
        return operations.moderate(request, options);
    }

    // ---- transcription

    /**
     * Writes down recorded speech.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public TranscriptionResult transcribe(TranscriptionRequest request) {
        return transcribe(request, CallOptions.DEFAULT);
    }

    /**
     * Writes down recorded speech.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public TranscriptionResult transcribe(TranscriptionRequest request, CallOptions options) {
        return await(transcribeAsync(request, options));
    }

    /** Writes down recorded speech without blocking. */
    public CompletableFuture<TranscriptionResult> transcribeAsync(TranscriptionRequest request) {
        return transcribeAsync(request, CallOptions.DEFAULT);
    }

    /** Writes down recorded speech without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<TranscriptionResult> transcribeAsync(TranscriptionRequest request, CallOptions options) {
        return operations.transcribe(request, options);
    }

    // ---- speech

    /**
     * Speaks a text.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public SpeechResult speak(SpeechRequest request) {
        return speak(request, CallOptions.DEFAULT);
    }

    /**
     * Speaks a text.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public SpeechResult speak(SpeechRequest request, CallOptions options) {
        return await(speakAsync(request, options));
    }

    /** Speaks a text without blocking. */
    public CompletableFuture<SpeechResult> speakAsync(SpeechRequest request) {
        return speakAsync(request, CallOptions.DEFAULT);
    }

    /** Speaks a text without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<SpeechResult> speakAsync(SpeechRequest request, CallOptions options) {
        return operations.speak(request, options);
    }

    // ---- summary

    /**
     * Shortens a text, see {@link #summarizeAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public SummaryResult summarize(SummaryRequest request) {
        return summarize(request, CallOptions.DEFAULT);
    }

    /**
     * Shortens a text, see {@link #summarizeAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public SummaryResult summarize(SummaryRequest request, CallOptions options) {
        return await(summarizeAsync(request, options));
    }

    /**
     * Shortens a text without blocking. When nobody serves the intent, a chat model stands in for it if
     * {@linkplain Builder#emulation that is allowed}, and the provenance says so.
     */
    public CompletableFuture<SummaryResult> summarizeAsync(SummaryRequest request, CallOptions options) {
        return operations.summarize(request, options);
    }

    // ---- classification

    /**
     * Sorts a text into categories, see {@link #classifyAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public ClassificationResult classify(ClassificationRequest request) {
        return classify(request, CallOptions.DEFAULT);
    }

    /**
     * Sorts a text into categories, see {@link #classifyAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public ClassificationResult classify(ClassificationRequest request, CallOptions options) {
        return await(classifyAsync(request, options));
    }

    /**
     * Sorts a text into categories without blocking. When nobody serves the intent, a chat model stands in for it if
     * {@linkplain Builder#emulation that is allowed}, and the provenance says so.
     */
    public CompletableFuture<ClassificationResult> classifyAsync(ClassificationRequest request, CallOptions options) {
        return operations.classify(request, options);
    }

    // ---- ranking

    /**
     * Puts texts into the order of how well they answer a query, see {@link #rerankAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public RerankResult rerank(RerankRequest request) {
        return rerank(request, CallOptions.DEFAULT);
    }

    /**
     * Puts texts into the order of how well they answer a query, see {@link #rerankAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public RerankResult rerank(RerankRequest request, CallOptions options) {
        return await(rerankAsync(request, options));
    }

    /**
     * Puts texts into the order of how well they answer a query without blocking. When nobody serves the intent, a chat model stands in for it if
     * {@linkplain Builder#emulation that is allowed}, and the provenance says so.
     */
    public CompletableFuture<RerankResult> rerankAsync(RerankRequest request, CallOptions options) {
        return operations.rerank(request, options);
    }

    // ---- translation

    /**
     * Says a text in another language, see {@link #translateAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public TranslationResult translate(TranslationRequest request) {
        return translate(request, CallOptions.DEFAULT);
    }

    /**
     * Says a text in another language, see {@link #translateAsync}.
     *
     * @throws IicpException if nobody answers inside the time limit
     */
    public TranslationResult translate(TranslationRequest request, CallOptions options) {
        return await(translateAsync(request, options));
    }

    /**
     * Says a text in another language without blocking. When nobody serves the intent, a chat model stands in for it if
     * {@linkplain Builder#emulation that is allowed}, and the provenance says so.
     */
    public CompletableFuture<TranslationResult> translateAsync(TranslationRequest request, CallOptions options) {
        return operations.translate(request, options);
    }

    // ---- any intent

    /**
     * Sends a task of any intent.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public TaskResult submit(Task task) {
        return submit(task, CallOptions.DEFAULT);
    }

    /**
     * Sends a task of any intent.
     *
     * @throws IicpException if no node answers inside the time limit
     */
    public TaskResult submit(Task task, CallOptions options) {
        return await(submitAsync(task, options));
    }

    /** Sends a task of any intent without blocking. Cancelling the future aborts the exchange and tells the node. */
    public CompletableFuture<TaskResult> submitAsync(Task task, CallOptions options) {
        return consumer.submit(task, options);
    }

    /**
     * Sends a task of any intent and delivers the parts of its result as they come, in the shape that the intent defines; then one
     * {@link TaskEvent.Completed}. What is said at {@link #chatStream(ChatRequest, CallOptions)} holds here too, except that a stream that
     * is cut off is never continued, and the exception holds no text.
     */
    public Flow.Publisher<TaskEvent> submitStream(Task task, CallOptions options) {
        return consumer.submitStream(task, options);
    }

    // ---- cooperation

    /**
     * Asks several workers and makes one answer of theirs, see {@link CooperationRequest}. Must be turned on with
     * {@link Builder#cooperation}. Every outcome, a failure too, says how it was decided.
     *
     * @throws IicpException if the client is closed, or the calling thread was interrupted
     */
    public CooperationOutcome cooperate(Task task, CooperationRequest request, CallOptions options) {
        return await(cooperateAsync(task, request, options));
    }

    /** Asks several workers and makes one answer of theirs, without blocking. Cancelling the future tells the workers. */
    public CompletableFuture<CooperationOutcome> cooperateAsync(
            Task task, CooperationRequest request, CallOptions options) {
        return consumer.cooperate(task, request, options);
    }

    // ---- explanation

    /**
     * Says who would be asked to continue a conversation, in which order, and who would not and why. Sends nothing to any node.
     *
     * @throws IicpException if no routes can be had from the directory
     */
    public RouteExplanation explain(ChatRequest request) {
        return explain(request, CallOptions.DEFAULT);
    }

    /**
     * Says who would be asked to continue a conversation, in which order, and who would not and why. Sends nothing to any node.
     *
     * @throws IicpException if no routes can be had from the directory
     */
    public RouteExplanation explain(ChatRequest request, CallOptions options) {
        return explain(Task.of(Intent.LLM_CHAT, ChatCodec.encode(request)), options);
    }

    /**
     * Says who would be asked for a task, in which order, and who would not and why. Sends nothing to any node.
     *
     * @throws IicpException if no routes can be had from the directory
     */
    public RouteExplanation explain(Task task, CallOptions options) {
        return await(explainAsync(task, options));
    }

    /** Says who would be asked for a task, in which order, and who would not and why, without blocking. */
    public CompletableFuture<RouteExplanation> explainAsync(Task task, CallOptions options) {
        return consumer.explain(task, options);
    }

    // ---- discovery

    /**
     * Asks the directory which nodes serve an intent, best first.
     *
     * @throws IicpException if the directory does not answer
     */
    public List<NodeDescriptor> discover(Intent intent) {
        return await(discoverAsync(DiscoverQuery.builder(intent).build()));
    }

    /**
     * Asks the directory which nodes fit a query, best first.
     *
     * @throws IicpException if the directory does not answer
     */
    public List<NodeDescriptor> discover(DiscoverQuery query) {
        return await(discoverAsync(query));
    }

    /** Asks the directory which nodes fit a query, without blocking. */
    public CompletableFuture<List<NodeDescriptor>> discoverAsync(DiscoverQuery query) {
        return consumer.discover(query).thenApply(reply -> reply.nodes());
    }

    /** Returns how the client sees its mesh now, from what it has noticed itself; asks nobody. */
    public ClientHealth health() {
        return consumer.health();
    }

    /** Returns the consumer behind the typed operations. */
    public Consumer consumer() {
        return consumer;
    }

    /** Refuses new calls, aborts running ones, closes connections and stops threads. Safe to call twice. */
    @Override
    public void close() {
        consumer.close();
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new TaskCancelledException(
                    IicpError.of(
                            ErrorCode.TASK_CANCELLED,
                            ErrorComponent.CLIENT,
                            "the calling thread was interrupted; the task was cancelled"),
                    e);
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    /** The stack of the caller is worth more than that of the thread that completed the future. */
    private static IicpException rethrown(@Nullable Throwable cause) {
        if (cause instanceof IicpException known) {
            IicpException here = known.withError(known.error());
            here.setStackTrace(new Throwable().getStackTrace());
            here.addSuppressed(known);
            return here;
        }
        return new ServerErrorException(
                IicpError.of(ErrorCode.INTERNAL_ERROR, ErrorComponent.CLIENT, "the call failed inside the client")
                        .withHttpStatus(0),
                cause);
    }

    /**
     * Sets up a client. Setters check at once; {@link #build()} checks combinations. Not thread-safe.
     */
    public static final class Builder {
        private final ClientSettingsBuilder settings = ClientSettings.builder();
        private final List<RoutingListener> listeners = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the base URL of the directory; default {@code https://iicp.network/api}. The word {@code public} names that one.
         *
         * @throws ConfigurationException if it is not a URL
         */
        public Builder directoryUrl(String url) {
            settings.directoryUrl(url);
            return this;
        }

        /** Sets the base URL of the directory. */
        public Builder directoryUrl(URI url) {
            settings.directoryUrl(url);
            return this;
        }

        /**
         * Sets what the environment variables of the official clients say, such as {@code IICP_DIRECTORY_URL}; see
         * {@code docs/configuration.md}. Nothing is read unless this is called. What is set afterwards wins.
         *
         * @throws ConfigurationException if a value cannot be read; the message names the variable
         */
        public Builder fromEnvironment() {
            return fromEnvironment(System.getenv());
        }

        /**
         * Sets what these environment variables say, see {@link #fromEnvironment()}.
         *
         * @throws ConfigurationException if a value cannot be read; the message names the variable
         */
        public Builder fromEnvironment(Map<String, String> variables) {
            settings.fromEnvironment(variables);
            return this;
        }

        /**
         * Sets the directories in the order they are asked: the next one answers while those before it fail (no connection, no answer in 5 s,
         * HTTP 429 or 5xx, no JSON) and for 30 s after. Each has its own key, issuers and credential.
         *
         * @throws ConfigurationException if there is none, or one is named twice
         */
        public Builder directories(List<DirectorySettings> ordered) {
            settings.directories(ordered);
            return this;
        }

        /** Sets whether all directories are asked at once and what they name is joined, best first; default false. */
        public Builder mergeDirectories(boolean join) {
            settings.mergeDirectories(join);
            return this;
        }

        /** Sets how directories are asked for nodes; default {@link RouteDiscovery#AUTO}. */
        public Builder routeDiscovery(RouteDiscovery mode) {
            settings.routeDiscovery(mode);
            return this;
        }

        /** Sets how long known routes are used while no directory answers, 0 to 24 hours; default 10 minutes. */
        public Builder staleRoutes(Duration longest) {
            settings.staleRoutes(longest);
            return this;
        }

        /** Sets whether tasks carry consumer tokens; default {@link ConsumerTokenUse#OPTIONAL}: where a directory has a node token. */
        public Builder consumerTokens(ConsumerTokenUse use) {
            settings.consumerTokens(use);
            return this;
        }

        /** Sets the encryption keys that nodes must have, as ids of keys by ids of nodes; default none. */
        public Builder pinnedKeys(Map<String, String> keyIdsByNode) {
            settings.pinnedKeys(keyIdsByNode);
            return this;
        }

        /** Sets the region to prefer; default none. */
        public Builder region(@Nullable String name) {
            settings.region(name);
            return this;
        }

        /** Sets the time limits; default {@link TimeLimits#DEFAULT}. */
        public Builder timeLimits(TimeLimits timeLimits) {
            settings.timeLimits(timeLimits);
            return this;
        }

        /** Sets how often a task is sent in total, at least 1; default 3. With 1 nothing is tried again. */
        public Builder maxAttempts(int sends) {
            settings.maxAttempts(sends);
            return this;
        }

        /**
         * Sets whether a stream that was cut off is continued by another node, which is given the text so far; default false: the stream ends
         * in {@link network.iicp.protocol.StreamInterruptedException}. See {@code docs/consumer.md} for what that cannot promise.
         */
        public Builder continueInterrupted(boolean allowed) {
            settings.continueInterrupted(allowed);
            return this;
        }

        /** Sets how candidates are ordered; default {@link RoutingStrategy#EPSILON}. */
        public Builder routingStrategy(RoutingStrategy routingStrategy) {
            settings.routingStrategy(routingStrategy);
            return this;
        }

        /** Sets the chance of exploring, 0 to 1; default 0.05. */
        public Builder routingEpsilon(double chance) {
            settings.routingEpsilon(chance);
            return this;
        }

        /** Sets how many of the best candidates take part in a draw by score, at least 1; default 3. */
        public Builder routingTopK(int candidates) {
            settings.routingTopK(candidates);
            return this;
        }

        /** Sets how sharply {@link RoutingStrategy#SOFTMAX_TOP_K} prefers the best, at least 0.001; default 0.04. Less is sharper. */
        public Builder routingSoftmaxTau(double tau) {
            settings.routingSoftmaxTau(tau);
            return this;
        }

        /** Sets which nodes may see tasks; default {@link RoutingPolicy#STANDARD}. A call may have its own. */
        public Builder routingPolicy(RoutingPolicy policy) {
            settings.routingPolicy(policy);
            return this;
        }

        /** Sets whether a second node is asked when the first takes long; default {@link Hedging#OFF}. */
        public Builder hedging(Hedging wish) {
            settings.hedging(wish);
            return this;
        }

        /** Sets whether and how several workers may make one answer; default {@link CooperationSettings#OFF}. */
        public Builder cooperation(CooperationSettings wish) {
            settings.cooperation(wish);
            return this;
        }

        /** Sets who chooses among the candidates in place of the strategy; default nobody. */
        public Builder candidateRanker(@Nullable CandidateRanker ranker) {
            settings.candidateRanker(ranker);
            return this;
        }

        /** Sets whether tasks must be encrypted; default {@link Encryption#REQUIRED}. */
        public Builder encryption(Encryption wish) {
            settings.encryption(wish);
            return this;
        }

        /**
         * Sets which endpoints may be connected to. Default: local with a directory on this machine, private when
         * {@linkplain #privateNetworks private networks} are given, else public.
         */
        public Builder scope(@Nullable EndpointScope endpoints) {
            settings.scope(endpoints);
            return this;
        }

        /** Sets networks ({@code 10.0.0.0/8}) and name suffixes ({@code *.lan}) whose endpoints are allowed. */
        public Builder privateNetworks(List<String> networks) {
            settings.privateNetworks(networks);
            return this;
        }

        /** Sets the most bytes of an answer, at least 1024; default 16 MiB. */
        public Builder maxResponseBytes(int bytes) {
            settings.maxResponseBytes(bytes);
            return this;
        }

        /**
         * Sets whether summaries, classifications, rankings and translations are asked of a chat model when nobody serves their
         * intent; default no.
         */
        public Builder emulation(boolean allowed) {
            settings.emulation(allowed);
            return this;
        }

        /**
         * Sets whether payloads are checked, before anything is sent, against all that the intent registry says of their
         * intent; default no. Intents that it does not know pass.
         */
        public Builder validatePayloads(boolean check) {
            settings.validatePayloads(check);
            return this;
        }

        /**
         * Sets whether chats tell the model, in one system message, that they came over IICP and how; default
         * {@link RuntimeIdentity#DISABLED}. It is about {@code chat} and {@code chatStream} alone. A call may say otherwise.
         */
        public Builder runtimeIdentity(RuntimeIdentity mode) {
            settings.runtimeIdentity(mode);
            return this;
        }

        /** Sets how many texts go into one embedding task, at least 1; default 128. A request may say otherwise. */
        public Builder embeddingBatchSize(int texts) {
            settings.embeddingBatchSize(texts);
            return this;
        }

        /** Sets a credential that is sent to every node; for private meshes that share one. Default none. */
        public Builder nodeCredential(@Nullable String token) {
            settings.nodeCredential(token);
            return this;
        }

        /** Measures calls, attempts and routes into this sink; may be called several times. Nothing is measured without one. */
        public Builder metrics(MetricsSink sink) {
            settings.metrics(sink);
            return this;
        }

        /** Asks this source which trace a call continues; every call begins a trace of its own without one. */
        public Builder traceSource(@Nullable TraceSource source) {
            settings.traceSource(source);
            return this;
        }

        /** Adds someone who hears of routing steps. */
        public Builder listener(RoutingListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Returns the client. No network is touched.
         *
         * @throws ConfigurationException if a value cannot work; the message names it
         */
        public IicpClient build() {
            return new IicpClient(settings.build(), listeners);
        }
    }
}
