package network.iicp.backend;

import java.net.URI;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;

/**
 * A service that speaks Anthropic's Messages API: Anthropic's own, or an engine that offers {@code /v1/messages}. Serves chats.
 *
 * <p><b>Translation.</b> Payloads come and results go in the OpenAI dialect, like those of every other engine. System and
 * developer messages become the system prompt; text, pictures, tools, tool calls and their results pass both ways; the
 * model's shown thoughts are {@code reasoning_content}. Tokens of the prompt cache are told in the details of the usage and
 * not counted in its totals. An answer has at most {@value AnthropicPayload#DEFAULT_MAX_TOKENS} tokens unless the payload
 * says otherwise. A temperature above 1 is sent as 1; {@code top_p} is left out beside a temperature, because current models
 * refuse both together. What the API has no word for (penalties, seed, {@code logprobs}) has no effect; several choices and
 * sounds are refused.
 *
 * <p><b>Answers in JSON.</b> A strict schema is given to models whose description says that they keep to one. For all
 * others, and for {@code json_object}, the answer is asked for as the input of a tool that the model has to call; the schema
 * is then a strong hint and not a guarantee.
 *
 * <p>Streams, limits and failures are as with {@link OpenAiDialectBackend}. Nothing is sent before the first task or question.
 * Thread-safe.
 */
public final class AnthropicBackend implements InferenceBackend {

    private static final URI DEFAULT_URL = URI.create("https://api.anthropic.com/v1");

    private final HttpEngine engine;
    private final boolean keyed;

    private AnthropicBackend(Builder builder) {
        HttpEngine.Link link = HttpEngine.Link.of(builder.url(DEFAULT_URL), builder);
        engine = new HttpEngine(
                new AnthropicDialect(builder.sampling),
                link,
                new EngineCatalog(builder.wishes(), new AnthropicModels(link.url(), link.calls()), builder.monotonic()),
                new EngineHealth(link.url(), link.calls(), () -> EngineFlavour.CUSTOM),
                builder);
        keyed = builder.isKeyed();
    }

    /**
     * Returns Anthropic's own service.
     *
     * @param apiKey the key that is billed
     * @throws ConfigurationException if it is blank or no header can carry it
     */
    public static AnthropicBackend create(String apiKey) {
        return builder().apiKey(apiKey).build();
    }

    /** Returns a builder for Anthropic's own service. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns {@code anthropic}. */
    @Override
    public String type() {
        return engine.type();
    }

    @Override
    public List<Capability> capabilities() {
        return engine.capabilities();
    }

    @Override
    public State state() {
        return engine.state();
    }

    @Override
    public BackendStability stability() {
        return engine.stability();
    }

    @Override
    public List<ModelReport> models() {
        return engine.models();
    }

    /** Returns whether an API key is configured: its owner pays for what callers ask. */
    @Override
    public boolean requiresKnownCallers() {
        return keyed;
    }

    @Override
    public Object handle(TaskContext context) throws InterruptedException {
        return engine.handle(context);
    }

    /** Ends running tasks if the engine has a transport of its own; a shared transport is left as it is. */
    @Override
    public void close() {
        engine.close();
    }

    /** Names the kind of engine; never its address or key. */
    @Override
    public String toString() {
        return "AnthropicBackend[]";
    }

    /** Collects the settings of an engine. The key is sent as {@code x-api-key}. Not thread-safe. */
    public static final class Builder extends EngineBuilder<Builder> {

        private static final String VERSION = "2023-06-01";

        private boolean sampling = true;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        Map<String, String> headers() {
            Map<String, String> headers = super.headers();
            headers.putIfAbsent("anthropic-version", VERSION);
            return headers;
        }

        @Override
        void authenticate(String key, Map<String, String> headers) {
            headers.put("x-api-key", key);
        }

        /**
         * Leaves {@code temperature}, {@code top_p} and {@code top_k} out of all requests. Models released after Claude Opus
         * 4.6 refuse requests with them, so a node that serves these can answer callers who set them.
         */
        public Builder withoutSampling() {
            sampling = false;
            return this;
        }

        /**
         * Returns the engine. Nothing is sent.
         *
         * @throws ConfigurationException if the model for requests that name none is not among the models to serve
         */
        @Override
        public AnthropicBackend build() {
            requireConsistent();
            return new AnthropicBackend(this);
        }
    }
}
