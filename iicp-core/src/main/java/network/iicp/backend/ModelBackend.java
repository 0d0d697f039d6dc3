package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.wire.ChatPayload;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models of the application as an engine: functions that take typed requests and give typed answers. This class reads payloads,
 * finds the model, and writes results and parts in the OpenAI dialect. The adapters for Spring AI and LangChain4j are made of it.
 *
 * <p>Callers need a credential unless the node is told otherwise: the models are the application's own. Models are not closed
 * with the engine. Thread-safe as long as the functions are.
 */
public final class ModelBackend implements InferenceBackend {

    private static final Logger log = LoggerFactory.getLogger(ModelBackend.class);

    private final List<Capability> capabilities;
    private final Map<String, ChatFunction> chats;
    private final Map<String, EmbeddingFunction> embeddings;
    private volatile boolean closed;

    private ModelBackend(Builder builder) {
        capabilities = List.copyOf(builder.capabilities);
        chats = Map.copyOf(builder.chats);
        embeddings = Map.copyOf(builder.embeddings);
    }

    /** Returns a builder without models. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns {@code custom}. */
    @Override
    public String type() {
        return "custom";
    }

    @Override
    public List<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public State state() {
        return closed ? State.UNAVAILABLE : State.OK;
    }

    /** Returns {@code true}: the models are the application's own. */
    @Override
    public boolean requiresKnownCallers() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public Object handle(TaskContext context) throws InterruptedException {
        if (closed) {
            throw BackendFaults.unavailable("the engine is no longer served", null);
        }
        Intent intent = context.task().intent();
        JsonObject payload = JsonObject.of(context.task().payload());
        try {
            if (intent.equals(Intent.LLM_CHAT)) {
                return chat(payload, context);
            }
            if (intent.equals(Intent.LLM_EMBEDDING)) {
                return embed(payload, context);
            }
        } catch (JsonException e) {
            throw BackendFaults.invalidPayload(e);
        } catch (IicpException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw failed(e, context);
        }
        throw BackendFaults.unknownIntent(intent);
    }

    private static IicpException failed(Exception failure, TaskContext context) throws InterruptedException {
        if (context.isCancelled() || failure.getCause() instanceof InterruptedException) {
            throw new InterruptedException("the task was cancelled");
        }
        log.debug("a model of the application failed", failure);
        return BackendFaults.failed("the model failed", failure);
    }

    private Object chat(JsonObject payload, TaskContext context) throws Exception {
        if (payload.optionalInt("n").orElse(1) != 1) {
            throw payload.fault("n", Reason.OUT_OF_RANGE, "must be 1 for this model");
        }
        String model = model(Intent.LLM_CHAT, payload, context);
        ModelChat output = new ModelChat(context, model);
        ChatFunction function = required(chats.get(model));
        return output.end(function.answer(
                ChatPayload.read(payload).toBuilder().model(model).build(), output));
    }

    private Object embed(JsonObject payload, TaskContext context) throws Exception {
        String model = model(Intent.LLM_EMBEDDING, payload, context);
        List<String> texts = payload.raw("input") instanceof String text ? List.of(text) : payload.strings("input");
        if (texts.isEmpty()) {
            throw payload.fault("input", Reason.OUT_OF_RANGE, "must not be empty");
        }
        Integer dimensions =
                payload.optionalInt("dimensions").isPresent() ? Integer.valueOf(payload.integer("dimensions")) : null;
        if (dimensions != null && dimensions < 1) {
            throw payload.fault("dimensions", Reason.OUT_OF_RANGE, "must be at least 1");
        }
        VectorFormat format = VectorFormat.of(payload);
        EmbeddingFunction.Vectors made =
                required(embeddings.get(model)).embed(new EmbeddingRequest(texts, model, dimensions, null, Map.of()));
        if (made.vectors().size() != texts.size()) {
            throw BackendFaults.failed("the model did not make one vector for each text", null);
        }
        return format.result(made.vectors(), model, made.usage());
    }

    private static <T> T required(@Nullable T function) {
        if (function == null) {
            throw new IllegalStateException("every advertised model has its function");
        }
        return function;
    }

    private String model(Intent intent, JsonObject payload, TaskContext context) {
        Set<String> names = new LinkedHashSet<>();
        capabilities.stream()
                .filter(capability -> capability.intent().equals(intent))
                .forEach(capability -> names.addAll(capability.models()));
        if (names.isEmpty()) {
            throw BackendFaults.unknownIntent(intent);
        }
        String wanted = payload.optionalString("model")
                .orElse(context.task().constraints().model());
        Optional<String> found = wanted == null ? names.stream().findFirst() : ModelName.find(wanted, names);
        return found.orElseThrow(() -> BackendFaults.modelNotFound(String.valueOf(wanted), names));
    }

    /** Counts the models. */
    @Override
    public String toString() {
        return "ModelBackend[%d chat models, %d embedding models]".formatted(chats.size(), embeddings.size());
    }

    /** Collects models. Not thread-safe. */
    public static final class Builder {
        private final List<Capability> capabilities = new ArrayList<>();
        private final Map<String, ChatFunction> chats = new LinkedHashMap<>();
        private final Map<String, EmbeddingFunction> embeddings = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Serves a chat model. The first one answers requests that name none.
         *
         * @param capability intent chat; its models are the names the model is served under, and what it says of modalities,
         *     streaming, tools and tokens is what consumers are told
         * @throws ConfigurationException if the intent is another one, no model is named, or a name is taken or unusable
         */
        public Builder chat(Capability capability, ChatFunction function) {
            return add(capability, Intent.LLM_CHAT, chats, () -> function);
        }

        /**
         * Serves an embedding model. The first one answers requests that name none.
         *
         * @param capability intent embedding, with the names the model is served under
         * @throws ConfigurationException if the intent is another one, no model is named, or a name is taken or unusable
         */
        public Builder embedding(Capability capability, EmbeddingFunction function) {
            return add(capability, Intent.LLM_EMBEDDING, embeddings, () -> function);
        }

        private <T> Builder add(Capability capability, Intent intent, Map<String, T> models, Supplier<T> function) {
            if (!capability.intent().equals(intent) || capability.models().isEmpty()) {
                throw BackendFaults.invalidConfig(
                        "a model is served for %s and under a name, not as %s".formatted(intent.urn(), capability));
            }
            for (String name : capability.models()) {
                if (!ModelNames.isUsable(name) || models.putIfAbsent(name, function.get()) != null) {
                    throw BackendFaults.invalidConfig(
                            "model name %s is taken or cannot be used; give the model another one"
                                    .formatted(Quoted.of(name)));
                }
            }
            capabilities.add(capability);
            return this;
        }

        /**
         * Returns the engine.
         *
         * @throws ConfigurationException if there is no model
         */
        public ModelBackend build() {
            if (capabilities.isEmpty()) {
                throw BackendFaults.invalidConfig("there is no model to serve");
            }
            return new ModelBackend(this);
        }
    }
}
