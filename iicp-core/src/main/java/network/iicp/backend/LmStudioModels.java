package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.json.JsonObject;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/** LM Studio's own list of models: {@code /api/v1/models} since 0.4, {@code /api/v0/models} before. */
final class LmStudioModels {

    /**
     * A model in memory, or on the way there.
     *
     * @param state the engine's word, in lower case; {@code loaded} if it says none
     * @param contextLength tokens that fit into it, or {@code null}
     */
    record Instance(String state, @Nullable Integer contextLength) {}

    private LmStudioModels() {}

    /** Asks for the models; empty if there is no such list. */
    static Optional<List<Object>> list(EngineUrl url, EngineCalls calls) {
        Optional<List<Object>> current = list(calls.probe(url.nativePath("/api/v1/models")), calls, "models");
        return current.isPresent() ? current : list(calls.probe(url.nativePath("/api/v0/models")), calls, "data");
    }

    private static Optional<List<Object>> list(HttpReply reply, EngineCalls calls, String member) {
        Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
        return json.filter(object -> object.raw(member) instanceof List<?>)
                .map(object -> EngineCalls.list(object, member));
    }

    /** Returns the name of a model, the same as in the dialect; empty if it has none. */
    static String name(Map<?, ?> model) {
        Object name = model.get("key") == null ? model.get("id") : model.get("key");
        return name instanceof String text ? text : "";
    }

    /** Returns the instances of a model. */
    static List<Instance> instances(Map<?, ?> model) {
        List<Instance> instances = new ArrayList<>();
        if (model.get("loaded_instances") instanceof List<?> list) {
            for (Object element : list) {
                Map<?, ?> instance = element instanceof Map<?, ?> map ? map : Map.of();
                Map<?, ?> config = instance.get("config") instanceof Map<?, ?> map ? map : Map.of();
                instances.add(new Instance(
                        word(instance.get("state"), "loaded"), ModelListing.positive(config.get("context_length"))));
            }
        } else {
            String state = word(model.get("state"), "not-loaded");
            if (!state.equals("not-loaded")) {
                instances.add(new Instance(state, ModelListing.positive(model.get("loaded_context_length"))));
            }
        }
        return instances;
    }

    private static String word(@Nullable Object value, String unless) {
        return value instanceof String text ? text.toLowerCase(Locale.ROOT) : unless;
    }

    /** Returns what is known of a model. */
    static ModelListing.Listed listed(String name, Map<?, ?> model) {
        Set<String> abilities = new LinkedHashSet<>();
        String type = word(model.get("type"), "");
        if (type.startsWith("embedding")) {
            abilities.add("embedding");
        }
        Map<?, ?> told = model.get("capabilities") instanceof Map<?, ?> map ? map : Map.of();
        List<?> words = model.get("capabilities") instanceof List<?> list ? list : List.of();
        if (type.equals("vlm") || Boolean.TRUE.equals(told.get("vision"))) {
            abilities.add("vision");
        }
        if (Boolean.TRUE.equals(told.get("trained_for_tool_use")) || words.contains("tool_use")) {
            abilities.add("tools");
        }
        return ModelListing.Listed.named(name)
                .able(abilities)
                .holding(ModelListing.positive(model.get("max_context_length")))
                .inMemory(!instances(model).isEmpty());
    }
}
