package network.iicp.backend;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.transport.HttpTransport;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all engines behind HTTP have. Not thread-safe.
 *
 * @param <B> the builder itself
 */
public abstract sealed class EngineBuilder<B extends EngineBuilder<B>>
        permits OpenAiDialectBackend.Builder, AnthropicBackend.Builder {

    /** Longest silence in the middle of an answer, unless set: 60 s. */
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(60);

    /** Longest wait for an answer about models or health, unless set: 2 s. */
    public static final Duration DEFAULT_PROBE_TIMEOUT = Duration.ofSeconds(2);

    /** Largest whole answer, unless set: 32 MiB. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 32 << 20;

    /** Largest event of a stream, unless set: 4 MiB. */
    public static final int DEFAULT_MAX_EVENT_BYTES = 4 << 20;

    private final Map<String, String> extraHeaders = new LinkedHashMap<>();
    private @Nullable URI baseUrl;
    private @Nullable String apiKey;
    private List<String> preferred = List.of();
    private List<String> only = List.of();
    private List<String> excluded = List.of();
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

    EngineBuilder() {}

    /**
     * Returns a builder for a kind of engine by the word that configuration uses for it.
     *
     * @param type {@code openai_compat} for any server of the OpenAI dialect, whose kind is found out by asking it;
     *     {@code ollama}, {@code vllm}, {@code llamacpp}, {@code lmstudio} or {@code anthropic}; upper and lower case are the same
     * @throws ConfigurationException if there is no such kind
     */
    public static EngineBuilder<?> ofType(String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "openai_compat" -> OpenAiDialectBackend.builder();
            case "ollama" -> OpenAiDialectBackend.builder().ollama();
            case "vllm" -> OpenAiDialectBackend.builder().vllm();
            case "llamacpp" -> OpenAiDialectBackend.builder().llamaCpp();
            case "lmstudio" -> OpenAiDialectBackend.builder().lmStudio();
            case "anthropic" -> AnthropicBackend.builder();
            default ->
                throw BackendFaults.invalidConfig(
                        "engine type %s is not known; use openai_compat, ollama, vllm, llamacpp, lmstudio or anthropic"
                                .formatted(Quoted.of(type)));
        };
    }

    abstract B self();

    /**
     * Returns the engine. Nothing is sent.
     *
     * @throws ConfigurationException if the settings do not go together
     */
    public abstract InferenceBackend build();

    /**
     * Sets the address. A path without a version gets {@code /v1}.
     *
     * @param address such as {@code http://localhost:11434} or {@code https://host/v1}
     * @throws ConfigurationException if it is no {@code http} or {@code https} URL, or carries a user name, query or fragment
     */
    public B baseUrl(URI address) {
        EngineUrl.of(address);
        baseUrl = address;
        return self();
    }

    /**
     * Sets the key that every request carries. With a key, the node asks callers for a credential unless it is told otherwise.
     *
     * @throws ConfigurationException if it is blank or no header can carry it
     */
    public B apiKey(String key) {
        if (key.isBlank() || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw BackendFaults.invalidConfig("the engine's API key must be printable ASCII without spaces");
        }
        apiKey = key;
        return self();
    }

    /**
     * Adds a header to every request, for services that want more than a key.
     *
     * @throws ConfigurationException if name or value cannot be sent
     */
    public B header(String name, String value) {
        boolean sendable = name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
                && value.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '\t');
        if (!sendable) {
            throw BackendFaults.invalidConfig("header %s cannot be sent to the engine".formatted(Quoted.of(name)));
        }
        extraHeaders.put(name, value);
        return self();
    }

    /**
     * Names the model for requests that name none. The engine's other models are served too, unless {@link #models(List)}
     * says otherwise.
     *
     * @throws ConfigurationException if the name is blank or longer than 128 characters
     */
    public B model(String name) {
        preferred = names(List.of(name));
        return self();
    }

    /**
     * Names the models to serve, and no others. The first one answers requests that name none, unless {@link #model} was set.
     *
     * @throws ConfigurationException if a name is blank or longer than 128 characters, or there are more than 512
     */
    public B models(List<String> names) {
        only = names(names);
        return self();
    }

    /** Names the models to serve, see {@link #models(List)}. */
    public B models(String... names) {
        return models(List.of(names));
    }

    /**
     * Names models that are not served although the engine has them.
     *
     * @throws ConfigurationException if a name is blank or longer than 128 characters, or there are more than 512
     */
    public B excludedModels(List<String> names) {
        excluded = names(names);
        return self();
    }

    static List<String> names(List<String> names) {
        if (names.size() > ModelListing.MOST_MODELS) {
            throw BackendFaults.invalidConfig(
                    "%d models are named; at most %d are served".formatted(names.size(), ModelListing.MOST_MODELS));
        }
        for (String name : names) {
            if (!ModelNames.isUsable(name)) {
                throw BackendFaults.invalidConfig("model %s must have 1 to %d printable characters"
                        .formatted(Quoted.of(name), ModelNames.LONGEST));
            }
        }
        return List.copyOf(names);
    }

    /** Sets what chats take besides text. Unless set, the engine is asked, else names of models tell. */
    public B inputModalities(Modality... kinds) {
        Set<Modality> all = EnumSet.of(Modality.TEXT);
        all.addAll(List.of(kinds));
        modalities = all;
        return self();
    }

    /** Says that the chat models call tools. Unless set, only models are advertised so that are known to. */
    public B toolCalling() {
        callsTools = true;
        return self();
    }

    /**
     * Bounds every answer, in tokens: advertised, and put into requests that ask for more or do not say. Default: the
     * engine's own bound.
     *
     * @throws ConfigurationException if it is below 1
     */
    public B maxTokens(int bound) {
        maxTokens = atLeastOne(bound, "maxTokens");
        return self();
    }

    /**
     * Sets the longest silence in the middle of an answer. Default: 60 s.
     *
     * @throws ConfigurationException if it is not positive
     */
    public B idle(Duration limit) {
        idle = positive(limit, "idle");
        return self();
    }

    /**
     * Sets the longest wait for an answer about models or health. Default: 2 s.
     *
     * @throws ConfigurationException if it is not positive
     */
    public B probeTimeout(Duration limit) {
        probeTimeout = positive(limit, "probeTimeout");
        return self();
    }

    /**
     * Sets the largest whole answer that is read. Default: 32 MiB.
     *
     * @throws ConfigurationException if it is below 1
     */
    public B maxResponseBytes(int bytes) {
        maxResponseBytes = atLeastOne(bytes, "maxResponseBytes");
        return self();
    }

    /**
     * Sets the largest event of a stream that is read. Default: 4 MiB.
     *
     * @throws ConfigurationException if it is below 1
     */
    public B maxEventBytes(int bytes) {
        maxEventBytes = atLeastOne(bytes, "maxEventBytes");
        return self();
    }

    /** Shares a transport, which the engine then does not close. Default: one of its own. */
    public B transport(HttpTransport shared) {
        transport = Objects.requireNonNull(shared, "shared");
        return self();
    }

    /** Sets the clock that reads dates in {@code Retry-After}. Default: the system's. */
    public B clock(Clock time) {
        clock = Objects.requireNonNull(time, "time");
        return self();
    }

    B nanos(LongSupplier monotonic) {
        nanos = monotonic;
        return self();
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

    EngineUrl url(URI unlessSet) {
        return EngineUrl.of(baseUrl == null ? unlessSet : baseUrl);
    }

    boolean isKeyed() {
        return apiKey != null;
    }

    /** Returns the headers of every request. */
    Map<String, String> headers() {
        Map<String, String> all = new LinkedHashMap<>();
        if (apiKey != null) {
            authenticate(apiKey, all);
        }
        all.putAll(extraHeaders);
        return all;
    }

    /** Adds the headers that carry the key. */
    abstract void authenticate(String key, Map<String, String> headers);

    EngineCalls.Bounds bounds() {
        return new EngineCalls.Bounds(idle, probeTimeout, maxResponseBytes, maxEventBytes);
    }

    @Nullable
    Integer maxTokens() {
        return maxTokens;
    }

    @Nullable
    HttpTransport sharedTransport() {
        return transport;
    }

    Clock time() {
        return clock;
    }

    LongSupplier monotonic() {
        return nanos;
    }

    EngineCatalog.Wishes wishes() {
        List<String> defaults = new ArrayList<>(preferred);
        only.stream().filter(name -> !defaults.contains(name)).forEach(defaults::add);
        return new EngineCatalog.Wishes(defaults, only, excluded, List.of(), null, modalities, callsTools);
    }

    /**
     * Checks what only the whole shows.
     *
     * @throws ConfigurationException if the model for requests that name none is not among the models to serve
     */
    void requireConsistent() {
        if (!only.isEmpty() && !only.containsAll(preferred)) {
            throw BackendFaults.invalidConfig(
                    "model %s is not among the models to serve, %s".formatted(Quoted.of(preferred.get(0)), only));
        }
        for (String name : excluded) {
            if (preferred.contains(name) || only.contains(name)) {
                throw BackendFaults.invalidConfig(
                        "model %s is both to be served and excluded".formatted(Quoted.of(name)));
            }
        }
    }
}
