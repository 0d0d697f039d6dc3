package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an engine who it is and what it has. Uses what engines offer besides the dialect: Ollama's list of models with
 * their abilities, and llama.cpp's properties. Thread-safe; concurrent probes do the same work twice and agree.
 */
final class EngineProbe implements ModelListing {

    private static final Logger log = LoggerFactory.getLogger(EngineProbe.class);

    /** Statuses of servers that have no list of models. */
    static final Set<Integer> NOT_OFFERED = Set.of(404, 405, 501);

    private final @Nullable EngineFlavour configured;
    private final EngineUrl url;
    private final EngineCalls calls;
    private final LongSupplier nanos;

    /** What Ollama said about models, by name and digest. */
    private volatile Map<String, Listed> known = Map.of();

    private volatile EngineFlavour flavour;
    private volatile boolean recognised;

    /**
     * Makes the questions.
     *
     * @param configured the kind of engine if the operator said, else {@code null}
     */
    EngineProbe(@Nullable EngineFlavour configured, EngineUrl url, EngineCalls calls, LongSupplier nanos) {
        this.configured = configured;
        this.flavour = configured == null ? EngineFlavour.CUSTOM : configured;
        this.url = url;
        this.calls = calls;
        this.nanos = nanos;
    }

    /** Returns the kind of engine as far as it is known. */
    EngineFlavour flavour() {
        return flavour;
    }

    @Override
    public EngineKind kind() {
        return flavour.kind();
    }

    @Override
    public Finding find() {
        if (configured == EngineFlavour.OLLAMA) {
            Optional<List<Listed>> tags = tags();
            if (tags.isPresent()) {
                return new Finding(kind(), tags.get(), true);
            }
        }
        HttpReply reply = calls.probe(url.dialect("/models"));
        if (configured == null) {
            flavour = recognise(reply);
            Optional<List<Listed>> tags = flavour == EngineFlavour.OLLAMA ? tags() : Optional.empty();
            if (tags.isPresent()) {
                return new Finding(kind(), tags.get(), true);
            }
        }
        if (NOT_OFFERED.contains(reply.status())) {
            return new Finding(kind(), List.of(), false);
        }
        return new Finding(kind(), listed(elements(calls.requireModels(reply), "data", "id")), true);
    }

    private List<Listed> listed(Map<String, Map<?, ?>> models) {
        Map<String, Map<?, ?>> details = flavour == EngineFlavour.LM_STUDIO ? lmStudio() : Map.of();
        Optional<JsonObject> properties = flavour == EngineFlavour.LLAMA_CPP ? ask("/props") : Optional.empty();
        List<Listed> listed = new ArrayList<>();
        models.forEach((name, json) -> listed.add(
                switch (flavour) {
                    case LM_STUDIO ->
                        details.containsKey(name) ? LmStudioModels.listed(name, details.get(name)) : Listed.named(name);
                    case LLAMA_CPP -> llamaCpp(name, json, properties.orElse(null));
                    case VLLM ->
                        Listed.named(name)
                                .holding(ModelListing.positive(json.get("max_model_len")))
                                .inMemory(true);
                    case OLLAMA, CUSTOM -> Listed.named(name);
                }));
        return listed;
    }

    private Map<String, Map<?, ?>> lmStudio() {
        Map<String, Map<?, ?>> details = new LinkedHashMap<>();
        try {
            for (Object element : LmStudioModels.list(url, calls).orElse(List.of())) {
                if (element instanceof Map<?, ?> model) {
                    details.put(LmStudioModels.name(model), model);
                }
            }
        } catch (IicpException e) {
            log.debug("LM Studio does not tell about its models: {}", e.getMessage());
        }
        return details;
    }

    /** A server with one model has it in memory; one with several says of each. */
    private static Listed llamaCpp(String name, Map<?, ?> json, @Nullable JsonObject properties) {
        Map<?, ?> status = json.get("status") instanceof Map<?, ?> map ? map : Map.of();
        Map<?, ?> meta = json.get("meta") instanceof Map<?, ?> map ? map : Map.of();
        Boolean loaded = status.get("value") instanceof String word ? word.equals("loaded") : Boolean.TRUE;
        Listed listed = Listed.named(name).inMemory(loaded).holding(ModelListing.positive(meta.get("n_ctx_train")));
        if (properties == null) {
            return listed;
        }
        Integer slot = properties
                .optionalObject("default_generation_settings")
                .map(settings -> ModelListing.positive(settings.raw("n_ctx")))
                .orElse(null);
        Listed held = slot == null ? listed : listed.holding(slot);
        return properties.raw("modalities") instanceof Map<?, ?> modalities ? held.able(present(modalities)) : held;
    }

    private static Set<String> present(Map<?, ?> modalities) {
        Set<String> abilities = new LinkedHashSet<>();
        modalities.forEach((name, present) -> {
            if (Boolean.TRUE.equals(present)) {
                abilities.add(String.valueOf(name));
            }
        });
        return abilities;
    }

    /** Asks for a page outside the dialect; empty if it is no JSON object. */
    private Optional<JsonObject> ask(String path) {
        try {
            HttpReply reply = calls.probe(url.nativePath(path));
            return reply.isSuccess() ? calls.json(reply) : Optional.empty();
        } catch (IicpException e) {
            return Optional.empty();
        }
    }

    /** Returns the usable elements of a list by name, each once, in the engine's order. */
    private static Map<String, Map<?, ?>> elements(JsonObject json, String listName, String member) {
        Map<String, Map<?, ?>> elements = new LinkedHashMap<>();
        int unusable = 0;
        for (Object element : EngineCalls.list(json, listName)) {
            if (element instanceof Map<?, ?> model
                    && model.get(member) instanceof String name
                    && ModelNames.isUsable(name)
                    && elements.size() < MOST_MODELS) {
                elements.putIfAbsent(name, model);
            } else {
                unusable++;
            }
        }
        if (unusable > 0) {
            log.debug("{} of the engine's models are left out: no usable name, or beyond {}", unusable, MOST_MODELS);
        }
        return elements;
    }

    /** Whoever does not show who it is by its list is asked once more closely. */
    private EngineFlavour recognise(HttpReply models) {
        Optional<EngineFlavour> told = EngineFlavour.ofModelList(models.headers(), owner(models));
        if (told.isPresent()) {
            recognised = true;
            return told.get();
        }
        if (!recognised) {
            recognised = models.isSuccess() || NOT_OFFERED.contains(models.status());
            return byPages();
        }
        return flavour;
    }

    private EngineFlavour byPages() {
        if (ask("/api/version").filter(json -> json.has("version")).isPresent()) {
            return EngineFlavour.OLLAMA;
        }
        if (ask("/props")
                .filter(json -> json.has("default_generation_settings"))
                .isPresent()) {
            return EngineFlavour.LLAMA_CPP;
        }
        return lmStudio().isEmpty() ? EngineFlavour.CUSTOM : EngineFlavour.LM_STUDIO;
    }

    private String owner(HttpReply models) {
        if (!models.isSuccess()) {
            return "";
        }
        return calls.json(models)
                .map(json -> EngineCalls.list(json, "data"))
                .filter(list -> !list.isEmpty() && list.get(0) instanceof Map<?, ?>)
                .map(list -> String.valueOf(((Map<?, ?>) list.get(0)).get("owned_by")))
                .orElse("");
    }

    /** Returns Ollama's own list, with what it knows about each model; empty if there is no such list. */
    private Optional<List<Listed>> tags() {
        HttpReply reply = calls.probe(url.nativePath("/api/tags"));
        if (NOT_OFFERED.contains(reply.status())) {
            return Optional.empty();
        }
        JsonObject json = calls.requireModels(reply);
        long start = nanos.getAsLong();
        Map<String, Listed> before = known;
        Map<String, Listed> now = new LinkedHashMap<>();
        List<Listed> models = new ArrayList<>();
        elements(json, "models", "name").forEach((name, tag) -> {
            String key = name + " " + tag.get("digest");
            boolean inTime = nanos.getAsLong() - start < calls.bounds().probe().toNanos();
            Listed listed = before.get(key);
            if (listed == null && inTime) {
                listed = shown(name);
            }
            if (listed != null) {
                now.put(key, listed);
            }
            models.add(elsewhere(tag, listed == null ? Listed.named(name) : listed));
        });
        known = Map.copyOf(now);
        return Optional.of(models);
    }

    /** A model that is asked for through Ollama and runs at somebody else's. */
    private static Listed elsewhere(Map<?, ?> tag, Listed listed) {
        return tag.get("remote_host") instanceof String host && !host.isBlank() ? listed.passedOn() : listed;
    }

    /** Returns what Ollama says about a model; {@code null} if it does not say. */
    private @Nullable Listed shown(String model) {
        try {
            HttpReply reply = calls.probe(url.nativePath("/api/show"), Map.of("model", model));
            Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
            return json.map(shown -> Listed.named(model)
                            .able(shown.raw("capabilities") instanceof List<?> words ? words(words) : null)
                            .holding(contextLength(shown.raw("model_info"))))
                    .orElse(null);
        } catch (IicpException e) {
            return null;
        }
    }

    private static Set<String> words(List<?> list) {
        Set<String> words = new LinkedHashSet<>();
        for (Object word : list) {
            if (word instanceof String text) {
                words.add(text.toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }

    /** The member is called after the architecture, such as {@code llama.context_length}. */
    private static @Nullable Integer contextLength(@Nullable Object modelInfo) {
        if (!(modelInfo instanceof Map<?, ?> info)) {
            return null;
        }
        return info.entrySet().stream()
                .filter(entry -> String.valueOf(entry.getKey()).endsWith(".context_length"))
                .map(entry -> ModelListing.positive(entry.getValue()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
