package network.iicp.backend;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
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

    private final HttpEngine engine;
    private final boolean keyed;

    private OpenAiDialectBackend(Builder builder) {
        EngineFlavour flavour = builder.flavour;
        URI address = (flavour == null ? EngineFlavour.OLLAMA : flavour).defaultUrl();
        HttpEngine.Link link = HttpEngine.Link.of(builder.url(address), builder);
        EngineProbe probe = new EngineProbe(flavour, link.url(), link.calls(), builder.monotonic());
        engine = new HttpEngine(
                new OpenAiDialect(),
                link,
                new EngineCatalog(builder.wishes(), probe, builder.monotonic()),
                new EngineHealth(link.url(), link.calls(), probe::flavour),
                builder);
        keyed = builder.isKeyed();
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

    /** Ends running tasks if the engine has a transport of its own; a shared transport is left as it is. */
    @Override
    public void close() {
        engine.close();
    }

    @Override
    public Object handle(TaskContext context) throws InterruptedException {
        return engine.handle(context);
    }

    /** Names the kind of engine; never its address or key. */
    @Override
    public String toString() {
        return "OpenAiDialectBackend[" + type() + "]";
    }

    /** Collects the settings of an engine. The key is sent as {@code Authorization: Bearer}. Not thread-safe. */
    public static final class Builder extends EngineBuilder<Builder> {
        private @Nullable EngineFlavour flavour;
        private List<String> embedding = List.of();
        private @Nullable Set<Intent> intents;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        void authenticate(String key, Map<String, String> headers) {
            headers.put("Authorization", "Bearer " + key);
        }

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
         * Names models that make embeddings. Others are known by {@code embed} in their name, or because the engine says so.
         *
         * @throws ConfigurationException if a name is blank or longer than 128 characters
         */
        public Builder embeddingModels(String... names) {
            embedding = names(List.of(names));
            return this;
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

        @Override
        EngineCatalog.Wishes wishes() {
            EngineCatalog.Wishes general = super.wishes();
            return new EngineCatalog.Wishes(
                    general.preferred(),
                    general.only(),
                    general.excluded(),
                    embedding,
                    intents,
                    general.modalities(),
                    general.callsTools());
        }

        /**
         * Returns the engine. Nothing is sent.
         *
         * @throws ConfigurationException if the model for requests that name none is not among the models to serve
         */
        @Override
        public OpenAiDialectBackend build() {
            requireConsistent();
            return new OpenAiDialectBackend(this);
        }
    }
}
