package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    private volatile Map<String, Set<String>> known = Map.of();

    private volatile EngineFlavour flavour;

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
            flavour = detect(reply);
            Optional<List<Listed>> tags = flavour == EngineFlavour.OLLAMA ? tags() : Optional.empty();
            if (tags.isPresent()) {
                return new Finding(kind(), tags.get(), true);
            }
        }
        if (NOT_OFFERED.contains(reply.status())) {
            return new Finding(kind(), List.of(), false);
        }
        List<String> names = names(calls.requireModels(reply), "data", "id");
        Set<String> abilities = flavour == EngineFlavour.LLAMA_CPP ? properties() : null;
        return new Finding(
                kind(),
                names.stream().map(name -> Listed.named(name).able(abilities)).toList(),
                true);
    }

    /** Returns usable names, each once, in the engine's order. */
    private static List<String> names(JsonObject json, String listName, String member) {
        List<String> names = new ArrayList<>();
        int unusable = 0;
        for (Object element : EngineCalls.list(json, listName)) {
            Object name = element instanceof Map<?, ?> model ? model.get(member) : null;
            if (name instanceof String text && ModelNames.isUsable(text) && names.size() < MOST_MODELS) {
                if (!names.contains(text)) {
                    names.add(text);
                }
            } else {
                unusable++;
            }
        }
        if (unusable > 0) {
            log.debug("{} of the engine's models are left out: no usable name, or beyond {}", unusable, MOST_MODELS);
        }
        return names;
    }

    private EngineFlavour detect(HttpReply models) {
        Optional<EngineFlavour> told = EngineFlavour.ofModelList(models.headers(), owner(models));
        if (told.isPresent()) {
            return told.get();
        }
        try {
            boolean ollama = calls.probe(url.nativePath("/api/version")).isSuccess();
            return ollama ? EngineFlavour.OLLAMA : EngineFlavour.CUSTOM;
        } catch (IicpException e) {
            return EngineFlavour.CUSTOM;
        }
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
        Map<String, String> digests = new LinkedHashMap<>();
        for (Object element : EngineCalls.list(json, "models")) {
            if (element instanceof Map<?, ?> model) {
                digests.put(String.valueOf(model.get("name")), String.valueOf(model.get("digest")));
            }
        }
        long start = nanos.getAsLong();
        Map<String, Set<String>> before = known;
        Map<String, Set<String>> now = new LinkedHashMap<>();
        List<Listed> models = new ArrayList<>();
        for (String name : names(json, "models", "name")) {
            String key = name + " " + digests.get(name);
            boolean inTime = nanos.getAsLong() - start < calls.bounds().probe().toNanos();
            Set<String> abilities = before.get(key);
            if (abilities == null && inTime) {
                abilities = abilities(name);
            }
            if (abilities != null) {
                now.put(key, abilities);
            }
            models.add(Listed.named(name).able(abilities));
        }
        known = Map.copyOf(now);
        return Optional.of(models);
    }

    /** Returns what Ollama says a model can do; {@code null} if it does not say. */
    private @Nullable Set<String> abilities(String model) {
        try {
            HttpReply reply = calls.probe(url.nativePath("/api/show"), Map.of("model", model));
            Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
            return json.filter(shown -> shown.raw("capabilities") instanceof List<?>)
                    .map(shown -> words(EngineCalls.list(shown, "capabilities")))
                    .orElse(null);
        } catch (IicpException e) {
            return null;
        }
    }

    private static Set<String> words(List<Object> list) {
        Set<String> words = new LinkedHashSet<>();
        for (Object word : list) {
            if (word instanceof String text) {
                words.add(text.toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }

    /** Returns what llama.cpp says about the input of its model, in Ollama's words; {@code null} if it says nothing. */
    private @Nullable Set<String> properties() {
        try {
            HttpReply reply = calls.probe(url.nativePath("/props"));
            Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
            if (json.isEmpty() || !(json.get().raw("modalities") instanceof Map<?, ?> modalities)) {
                return null;
            }
            Set<String> abilities = new LinkedHashSet<>();
            modalities.forEach((name, present) -> {
                if (Boolean.TRUE.equals(present)) {
                    abilities.add(String.valueOf(name));
                }
            });
            return abilities;
        } catch (IicpException e) {
            return null;
        }
    }
}
