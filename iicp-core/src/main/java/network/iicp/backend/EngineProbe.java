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
import network.iicp.json.JsonException;
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
final class EngineProbe {

    /** Most models that are looked at. */
    static final int MOST_MODELS = 512;

    private static final Logger log = LoggerFactory.getLogger(EngineProbe.class);

    /** Statuses of servers that have no list of models. */
    private static final Set<Integer> NOT_OFFERED = Set.of(404, 405, 501);

    /**
     * A model the engine lists.
     *
     * @param name the engine's name of it
     * @param abilities what the engine says it can do, in Ollama's words; {@code null} if it says nothing
     */
    record Listed(String name, @Nullable Set<String> abilities) {

        boolean can(String ability) {
            return abilities != null && abilities.contains(ability);
        }
    }

    /**
     * What was found.
     *
     * @param flavour kind of engine
     * @param models its models
     * @param lists whether it can list its models at all
     */
    record Finding(EngineFlavour flavour, List<Listed> models, boolean lists) {}

    private final EngineUrl url;
    private final EngineCalls calls;
    private final LongSupplier nanos;

    /** What Ollama said about models, by name and digest. */
    private volatile Map<String, Set<String>> known = Map.of();

    EngineProbe(EngineUrl url, EngineCalls calls, LongSupplier nanos) {
        this.url = url;
        this.calls = calls;
        this.nanos = nanos;
    }

    /**
     * Asks.
     *
     * @param configured the kind of engine if the operator said, else {@code null}
     * @throws IicpException if the engine does not answer, or not as an engine does
     */
    Finding find(@Nullable EngineFlavour configured) {
        if (configured == EngineFlavour.OLLAMA) {
            Optional<List<Listed>> tags = tags();
            if (tags.isPresent()) {
                return new Finding(configured, tags.get(), true);
            }
        }
        HttpReply reply = calls.probe(url.dialect("/models"));
        EngineFlavour flavour = configured == null ? detect(reply) : configured;
        if (configured == null && flavour == EngineFlavour.OLLAMA) {
            Optional<List<Listed>> tags = tags();
            if (tags.isPresent()) {
                return new Finding(flavour, tags.get(), true);
            }
        }
        if (NOT_OFFERED.contains(reply.status())) {
            return new Finding(flavour, List.of(), false);
        }
        List<String> names = names(requireSuccess(reply), "data", "id");
        Set<String> abilities = flavour == EngineFlavour.LLAMA_CPP ? properties() : null;
        return new Finding(
                flavour, names.stream().map(name -> new Listed(name, abilities)).toList(), true);
    }

    private JsonObject requireSuccess(HttpReply reply) {
        int status = reply.status();
        if (status == 401 || status == 403) {
            throw BackendFaults.failed("the engine refuses the configured API key (HTTP status " + status + ")", null);
        }
        if (!reply.isSuccess()) {
            throw BackendFaults.failed(
                    "the engine answered HTTP status " + status + " to the question for its models", null);
        }
        return json(reply)
                .orElseThrow(() -> BackendFaults.failed(
                        "what answers at the engine's base URL is no server of the OpenAI dialect", null));
    }

    /** Reads an answer, empty if it is no JSON object. */
    Optional<JsonObject> json(HttpReply reply) {
        try {
            return Optional.of(JsonObject.parse(reply.body(), calls.bounds().response()));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    /** Returns usable names, each once, in the engine's order. */
    private static List<String> names(JsonObject json, String listName, String member) {
        List<String> names = new ArrayList<>();
        int unusable = 0;
        for (Object element : list(json, listName)) {
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

    static List<Object> list(JsonObject json, String name) {
        return json.raw(name) instanceof List<?> list ? new ArrayList<>(list) : List.of();
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
        return json(models)
                .map(json -> list(json, "data"))
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
        JsonObject json = requireSuccess(reply);
        Map<String, String> digests = new LinkedHashMap<>();
        for (Object element : list(json, "models")) {
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
            models.add(new Listed(name, abilities));
        }
        known = Map.copyOf(now);
        return Optional.of(models);
    }

    /** Returns what Ollama says a model can do; {@code null} if it does not say. */
    private @Nullable Set<String> abilities(String model) {
        try {
            HttpReply reply = calls.probe(url.nativePath("/api/show"), Map.of("model", model));
            Optional<JsonObject> json = reply.isSuccess() ? json(reply) : Optional.empty();
            return json.filter(shown -> shown.raw("capabilities") instanceof List<?>)
                    .map(shown -> words(list(shown, "capabilities")))
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
            Optional<JsonObject> json = reply.isSuccess() ? json(reply) : Optional.empty();
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
