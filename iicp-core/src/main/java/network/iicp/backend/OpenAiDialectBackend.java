package network.iicp.backend;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.SseReply;
import org.jspecify.annotations.Nullable;

/**
 * An engine that speaks the OpenAI dialect: Ollama, vLLM, llama.cpp, LM Studio, a hosted service, or whatever else offers
 * {@code /v1/chat/completions}, {@code /v1/completions} and {@code /v1/embeddings}. Serves the intents chat, completion and
 * embedding.
 *
 * <p><b>Requests.</b> Payloads pass as they are, except for members that say how the answer travels or that reach into the
 * operator's machine ({@code stream}, {@code keep_alive}, {@code options}, {@code store} and the like). The model is the
 * payload's, else the task's constraint, else the configured one, else the only one there is; others than the served ones
 * are refused with {@code model_not_found}.
 *
 * <p><b>Streams.</b> A consumer that streams gets the engine's chunks as they come, no faster than it takes them; the last
 * chunk has finish reasons and usage. Blank ids, repeated names and missing indexes of tool call fragments are evened out.
 * A stream that ends before the answer does is a failure, never a short answer.
 *
 * <p><b>Limits.</b> The deadline of the task covers everything; an engine that falls silent in the middle of an answer is
 * given up after the idle limit. When the task is cancelled, the connection to the engine is closed at once, upon which
 * engines stop generating. There are no retries: the consumer's next node is the better second try.
 *
 * <p><b>Failures.</b> A busy engine gives {@code temporarily_unavailable} with a time to wait, a refused request
 * {@code backend_rejected}, everything else {@code backend_error}. Nothing that the engine wrote about it is passed on.
 *
 * <p>Nothing is sent before the first task or question. Thread-safe.
 */
public final class OpenAiDialectBackend implements InferenceBackend {

    /** Longest silence in the middle of an answer, unless set: 60 s. */
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(60);

    /** Longest wait for an answer about models or health, unless set: 2 s. */
    public static final Duration DEFAULT_PROBE_TIMEOUT = Duration.ofSeconds(2);

    /** Largest whole answer, unless set: 32 MiB. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 32 << 20;

    /** Largest event of a stream, unless set: 4 MiB. */
    public static final int DEFAULT_MAX_EVENT_BYTES = 4 << 20;

    private final EngineUrl url;
    private final EngineCalls calls;
    private final EngineCatalog catalog;
    private final EngineHealth health;
    private final @Nullable Integer maxTokens;
    private final boolean keyed;
    private final Clock clock;
    private final @Nullable HttpTransport ownTransport;
    private volatile boolean closed;

    private OpenAiDialectBackend(Builder builder) {
        ownTransport = builder.transport == null ? HttpTransport.builder().build() : null;
        HttpTransport transport = ownTransport == null ? Objects.requireNonNull(builder.transport) : ownTransport;
        url = EngineUrl.of(builder.address());
        calls = new EngineCalls(
                transport,
                builder.headers(),
                new EngineCalls.Bounds(
                        builder.idle, builder.probeTimeout, builder.maxResponseBytes, builder.maxEventBytes));
        EngineProbe probe = new EngineProbe(url, calls, builder.nanos);
        catalog = new EngineCatalog(builder.wishes(), probe, builder.nanos);
        health = new EngineHealth(url, calls, probe);
        maxTokens = builder.maxTokens;
        keyed = builder.apiKey != null;
        clock = builder.clock;
    }

    /** Returns the Ollama on this machine, port 11434, with all its models. */
    public static OpenAiDialectBackend ollama() {
        return builder().ollama().build();
    }

    /** Returns the vLLM on this machine, port 8000. */
    public static OpenAiDialectBackend vllm() {
        return builder().vllm().build();
    }

    /** Returns the {@code llama-server} on this machine, port 8080. */
    public static OpenAiDialectBackend llamaCpp() {
        return builder().llamaCpp().build();
    }

    /** Returns the LM Studio on this machine, port 1234. */
    public static OpenAiDialectBackend lmStudio() {
        return builder().lmStudio().build();
    }

    /**
     * Returns the engine at an address, whatever its kind.
     *
     * @param baseUrl such as {@code http://gpu-box:8000} or {@code https://host/v1}
     * @throws ConfigurationException if it is no {@code http} or {@code https} URL
     */
    public static OpenAiDialectBackend openAi(URI baseUrl) {
        return builder().baseUrl(baseUrl).build();
    }

    /** Returns a builder for an engine at port 11434 of this machine whose kind is found out. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the configured kind, else the one that was found when the engine was last asked; {@code custom} before that. */
    @Override
    public String type() {
        return catalog.flavour().type();
    }

    @Override
    public List<Capability> capabilities() {
        return catalog.refresh().capabilities(catalog.intents(), maxTokens);
    }

    @Override
    public State state() {
        return closed
                ? State.UNAVAILABLE
                : health.state(catalog.flavour(), catalog.preferredEngineName().orElse(null));
    }

    /** Returns whether an API key is configured: its owner pays for what callers ask. */
    @Override
    public boolean requiresKnownCallers() {
        return keyed;
    }

    /** Ends running tasks if the engine has a transport of its own; a shared transport is left as it is. */
    @Override
    public void close() {
        closed = true;
        if (ownTransport != null) {
            ownTransport.close();
        }
    }

    @Override
    public Object handle(TaskContext context) throws InterruptedException {
        if (closed) {
            throw BackendFaults.unavailable("the engine is no longer served", null);
        }
        Intent intent = context.task().intent();
        DialectOperation operation = DialectOperation.of(intent).orElseThrow(() -> BackendFaults.unknownIntent(intent));
        JsonObject payload = JsonObject.of(context.task().payload());
        boolean streaming = context.isStreaming() && operation.streams();
        Exchange exchange;
        try {
            exchange = exchange(operation, payload, streaming, context);
        } catch (JsonException e) {
            throw BackendFaults.invalidPayload(e);
        } catch (BackendException e) {
            // The engine may have been asked for its models when the task was cancelled.
            if (context.isCancelled()) {
                throw new InterruptedException("the task was cancelled");
            }
            throw e;
        }
        return streaming ? stream(exchange, context) : whole(exchange, context);
    }

    private Exchange exchange(DialectOperation operation, JsonObject payload, boolean streaming, TaskContext context) {
        String wanted = payload.optionalString("model")
                .orElse(context.task().constraints().model());
        ServedModels.Model model = catalog.resolve(operation.intent(), wanted);
        return new Exchange(
                operation,
                DialectPayload.request(operation, payload, model.engineName(), streaming, maxTokens),
                Math.max(1, payload.optionalInt("n").orElse(1)),
                new DialectResult.Origin(context.task().id(), model),
                BackendFaults.modelNotFound(model.name(), List.of()));
    }

    /** A request on its way to the engine. */
    @SuppressWarnings("ArrayRecordComponent") // exchanges are not compared
    private record Exchange(
            DialectOperation operation,
            byte[] request,
            int choices,
            DialectResult.Origin origin,
            InvalidRequestException notFound) {}

    private Map<String, Object> whole(Exchange exchange, TaskContext context) throws InterruptedException {
        HttpReply reply = calls.post(url.dialect(exchange.operation().path()), exchange.request(), context);
        if (reply.status() != 200) {
            throw EngineFaults.refused(
                    reply.status(), reply.header("retry-after"), reply.body(), exchange.notFound(), clock.instant());
        }
        return result(exchange, reply.body());
    }

    private Map<String, Object> result(Exchange exchange, byte[] body) {
        return DialectResult.read(
                exchange.operation(), body, calls.bounds().response(), exchange.origin(), exchange.notFound());
    }

    private Map<String, Object> stream(Exchange exchange, TaskContext context) throws InterruptedException {
        try (SseReply reply = calls.open(url.dialect(exchange.operation().path()), exchange.request(), context)) {
            if (reply.isEventStream()) {
                StreamFold fold = new StreamFold(
                        exchange.operation(), exchange.origin(), exchange.choices(), exchange.notFound());
                return new EngineStream(reply, fold, context, calls.bounds().event()).run();
            }
            byte[] body = calls.await(reply.body(), context);
            if (reply.status() != 200) {
                throw EngineFaults.refused(
                        reply.status(), reply.header("retry-after"), body, exchange.notFound(), clock.instant());
            }
            // An engine that does not stream answers whole.
            return result(exchange, body);
        }
    }

    /** Names the kind of engine; never its address or key. */
    @Override
    public String toString() {
        return "OpenAiDialectBackend[" + type() + "]";
    }

    /** Collects the settings of an engine. Not thread-safe. */
    public static final class Builder {
        private @Nullable EngineFlavour flavour;
        private @Nullable URI baseUrl;
        private @Nullable String apiKey;
        private final Map<String, String> extraHeaders = new LinkedHashMap<>();
        private List<String> preferred = List.of();
        private List<String> only = List.of();
        private List<String> embedding = List.of();
        private @Nullable Set<Intent> intents;
        private @Nullable Set<Modality> modalities;
        private boolean callsTools;
        private @Nullable Integer maxTokens;
        private Duration idle = DEFAULT_IDLE;
        private Duration probeTimeout = DEFAULT_PROBE_TIMEOUT;
        private int maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES;
        private int maxEventBytes = DEFAULT_MAX_EVENT_BYTES;
        private @Nullable HttpTransport transport;
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanos = System::nanoTime;

        private Builder() {}

        /** Says that the engine is an Ollama; its default address is {@code http://localhost:11434}. */
        public Builder ollama() {
            return flavour(EngineFlavour.OLLAMA);
        }

        /** Says that the engine is a vLLM; its default address is {@code http://localhost:8000}. */
        public Builder vllm() {
            return flavour(EngineFlavour.VLLM);
        }

        /** Says that the engine is a {@code llama-server}; its default address is {@code http://localhost:8080}. */
        public Builder llamaCpp() {
            return flavour(EngineFlavour.LLAMA_CPP);
        }

        /** Says that the engine is an LM Studio; its default address is {@code http://localhost:1234}. */
        public Builder lmStudio() {
            return flavour(EngineFlavour.LM_STUDIO);
        }

        /** Says what the engine is. Unless set, it is found out when the engine is asked for its models. */
        public Builder flavour(EngineFlavour kind) {
            flavour = Objects.requireNonNull(kind, "kind");
            return this;
        }

        /**
         * Sets the address. A path without a version gets {@code /v1}.
         *
         * @param address such as {@code http://localhost:11434} or {@code https://host/v1}
         * @throws ConfigurationException if it is no {@code http} or {@code https} URL, or carries a user name, query or fragment
         */
        public Builder baseUrl(URI address) {
            EngineUrl.of(address);
            baseUrl = address;
            return this;
        }

        /**
         * Sets the key that is sent as {@code Authorization: Bearer}. With a key, {@link #requiresKnownCallers} is true.
         *
         * @throws ConfigurationException if it is blank or no header can carry it
         */
        public Builder apiKey(String key) {
            if (key.isBlank() || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw BackendFaults.invalidConfig("the engine's API key must be printable ASCII without spaces");
            }
            apiKey = key;
            return this;
        }

        /**
         * Adds a header to every request, for services that want more than a key.
         *
         * @throws ConfigurationException if name or value cannot be sent
         */
        public Builder header(String name, String value) {
            boolean sendable = name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
                    && value.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '\t');
            if (!sendable) {
                throw BackendFaults.invalidConfig("header %s cannot be sent to the engine".formatted(Quoted.of(name)));
            }
            extraHeaders.put(name, value);
            return this;
        }

        /**
         * Names the model for requests that name none. The engine's other models are served too, unless {@link #models}
         * says otherwise.
         *
         * @throws ConfigurationException if the name is blank or longer than 128 characters
         */
        public Builder model(String name) {
            preferred = names(List.of(name));
            return this;
        }

        /**
         * Names the models to serve, and no others. The first one answers requests that name none, unless {@link #model} was set.
         *
         * @throws ConfigurationException if a name is blank or longer than 128 characters, or there are more than 512
         */
        public Builder models(List<String> names) {
            only = names(names);
            return this;
        }

        /** Names the models to serve, see {@link #models(List)}. */
        public Builder models(String... names) {
            return models(List.of(names));
        }

        /**
         * Names models that make embeddings. Others are known by {@code embed} in their name, or because the engine says so.
         *
         * @throws ConfigurationException if a name is blank or longer than 128 characters
         */
        public Builder embeddingModels(String... names) {
            embedding = names(List.of(names));
            return this;
        }

        private static List<String> names(List<String> names) {
            if (names.size() > EngineProbe.MOST_MODELS) {
                throw BackendFaults.invalidConfig(
                        "%d models are named; at most %d are served".formatted(names.size(), EngineProbe.MOST_MODELS));
            }
            for (String name : names) {
                if (!ModelNames.isUsable(name)) {
                    throw BackendFaults.invalidConfig("model %s must have 1 to %d printable characters"
                            .formatted(Quoted.of(name), ModelNames.LONGEST));
                }
            }
            return List.copyOf(names);
        }

        /**
         * Sets the intents to serve: chat, completion, embedding. Default: all three, without completion for engines of
         * unknown kind.
         *
         * @throws ConfigurationException if another one is named, or none
         */
        public Builder intents(Intent... served) {
            Set<Intent> wanted = new LinkedHashSet<>(List.of(served));
            if (wanted.isEmpty()
                    || wanted.stream()
                            .anyMatch(intent -> DialectOperation.of(intent).isEmpty())) {
                throw BackendFaults.invalidConfig("intents must be chat, completion or embedding, were " + wanted);
            }
            intents = wanted;
            return this;
        }

        /** Sets what chats take besides text. Unless set, the engine is asked, else names of models tell. */
        public Builder inputModalities(Modality... kinds) {
            Set<Modality> all = EnumSet.of(Modality.TEXT);
            all.addAll(List.of(kinds));
            modalities = all;
            return this;
        }

        /** Says that the chat models call tools. Unless set, only models are advertised so that the engine says it of. */
        public Builder toolCalling() {
            callsTools = true;
            return this;
        }

        /**
         * Bounds every answer, in tokens: advertised, and put into requests that ask for more or do not say. Default: the
         * engine's own bound.
         *
         * @throws ConfigurationException if it is below 1
         */
        public Builder maxTokens(int bound) {
            maxTokens = atLeastOne(bound, "maxTokens");
            return this;
        }

        /**
         * Sets the longest silence in the middle of an answer. Default: 60 s.
         *
         * @throws ConfigurationException if it is not positive
         */
        public Builder idle(Duration limit) {
            idle = positive(limit, "idle");
            return this;
        }

        /**
         * Sets the longest wait for an answer about models or health. Default: 2 s.
         *
         * @throws ConfigurationException if it is not positive
         */
        public Builder probeTimeout(Duration limit) {
            probeTimeout = positive(limit, "probeTimeout");
            return this;
        }

        /**
         * Sets the largest whole answer that is read. Default: 32 MiB.
         *
         * @throws ConfigurationException if it is below 1
         */
        public Builder maxResponseBytes(int bytes) {
            maxResponseBytes = atLeastOne(bytes, "maxResponseBytes");
            return this;
        }

        /**
         * Sets the largest event of a stream that is read. Default: 4 MiB.
         *
         * @throws ConfigurationException if it is below 1
         */
        public Builder maxEventBytes(int bytes) {
            maxEventBytes = atLeastOne(bytes, "maxEventBytes");
            return this;
        }

        /** Shares a transport, which the engine then does not close. Default: one of its own. */
        public Builder transport(HttpTransport shared) {
            transport = Objects.requireNonNull(shared, "shared");
            return this;
        }

        /** Sets the clock that reads dates in {@code Retry-After}. Default: the system's. */
        public Builder clock(Clock time) {
            clock = Objects.requireNonNull(time, "time");
            return this;
        }

        Builder nanos(LongSupplier monotonic) {
            nanos = monotonic;
            return this;
        }

        private static int atLeastOne(int value, String name) {
            if (value < 1) {
                throw BackendFaults.invalidConfig("%s must be at least 1, was %d".formatted(name, value));
            }
            return value;
        }

        private static Duration positive(Duration value, String name) {
            if (value.isZero() || value.isNegative()) {
                throw BackendFaults.invalidConfig("%s must be positive, was %s".formatted(name, value));
            }
            return value;
        }

        private URI address() {
            if (baseUrl != null) {
                return baseUrl;
            }
            return (flavour == null ? EngineFlavour.OLLAMA : flavour).defaultUrl();
        }

        private Map<String, String> headers() {
            Map<String, String> all = new LinkedHashMap<>(extraHeaders);
            if (apiKey != null) {
                all.put("Authorization", "Bearer " + apiKey);
            }
            return all;
        }

        private EngineCatalog.Wishes wishes() {
            List<String> defaults = new ArrayList<>(preferred);
            only.stream().filter(name -> !defaults.contains(name)).forEach(defaults::add);
            return new EngineCatalog.Wishes(flavour, defaults, only, embedding, intents, modalities, callsTools);
        }

        /**
         * Returns the engine. Nothing is sent.
         *
         * @throws ConfigurationException if the model for requests that name none is not among the models to serve
         */
        public OpenAiDialectBackend build() {
            if (!only.isEmpty() && !only.containsAll(preferred)) {
                throw BackendFaults.invalidConfig(
                        "model %s is not among the models to serve, %s".formatted(Quoted.of(preferred.get(0)), only));
            }
            return new OpenAiDialectBackend(this);
        }
    }
}
