package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.ModelName;
import org.jspecify.annotations.Nullable;

/**
 * The models of an engine at one moment. Immutable.
 *
 * @param models the models, preferred ones first
 * @param open whether the engine cannot list its models, so that any name may be right
 */
record ServedModels(List<Model> models, boolean open) {

    /**
     * A model.
     *
     * @param name the name others are told
     * @param listed what the engine says of it
     * @param intents what it is for
     * @param modalities what its chats take
     * @param callsTools whether it is known to call tools
     */
    record Model(
            String name,
            ModelListing.Listed listed,
            Set<Intent> intents,
            Set<Modality> modalities,
            boolean callsTools) {

        /** Returns the name the engine knows. */
        String engineName() {
            return listed.name();
        }

        private static Model unknown(String name, Intent intent) {
            return new Model(name, ModelListing.Listed.named(name), Set.of(intent), Set.of(Modality.TEXT), false);
        }
    }

    ServedModels {
        models = List.copyOf(models);
    }

    /** Returns the names of the models that serve an intent. */
    List<String> names(Intent intent) {
        return serving(intent).stream().map(Model::name).toList();
    }

    private List<Model> serving(Intent intent) {
        return models.stream().filter(model -> model.intents().contains(intent)).toList();
    }

    /** Finds a model by the name others are told; see {@link ModelName}. */
    Optional<Model> find(Intent intent, String wanted) {
        Optional<Model> found = ModelName.find(wanted, names(intent)).flatMap(name -> serving(intent).stream()
                .filter(model -> model.name().equals(name))
                .findFirst());
        return found.isPresent() || !open ? found : Optional.of(Model.unknown(wanted, intent));
    }

    /** Finds the model for a request that names none: the first preferred one that serves the intent, else the only one. */
    Optional<Model> byDefault(Intent intent, List<String> preferred) {
        for (String name : preferred) {
            Optional<Model> found = find(intent, name);
            if (found.isPresent()) {
                return found;
            }
        }
        List<Model> serving = serving(intent);
        return serving.size() == 1 ? Optional.of(serving.get(0)) : Optional.empty();
    }

    /**
     * Returns what is served: one capability for each intent, set of modalities and set of features, in several pieces if
     * it has more than {@value Capability#MAX_MODELS} models.
     *
     * @param intents the intents in the order they are told
     * @param maxTokens most tokens of an answer, or {@code null}
     */
    List<Capability> capabilities(Set<Intent> intents, @Nullable Integer maxTokens) {
        List<Capability> capabilities = new ArrayList<>();
        for (Intent intent : intents) {
            Map<Capability, List<String>> groups = new LinkedHashMap<>();
            for (Model model : serving(intent)) {
                groups.computeIfAbsent(shape(intent, model, maxTokens), shape -> new ArrayList<>())
                        .add(model.name());
            }
            if (open && groups.isEmpty()) {
                groups.put(shape(intent, Model.unknown("", intent), maxTokens), List.of());
            }
            groups.forEach((shape, names) -> capabilities.addAll(pieces(shape, names)));
        }
        return capabilities;
    }

    private static Capability shape(Intent intent, Model model, @Nullable Integer maxTokens) {
        Capability plain = Capability.of(intent, List.of());
        if (intent.equals(Intent.LLM_EMBEDDING)) {
            return plain;
        }
        Capability streaming = plain.withMaxTokens(maxTokens).withStreaming();
        if (!intent.equals(Intent.LLM_CHAT)) {
            return streaming;
        }
        return streaming
                .withInputModalities(model.modalities())
                .withFeatures(model.callsTools() ? List.of("tool_calling") : List.of());
    }

    private static List<Capability> pieces(Capability shape, List<String> names) {
        List<Capability> pieces = new ArrayList<>();
        for (int from = 0; from == 0 || from < names.size(); from += Capability.MAX_MODELS) {
            int to = Math.min(names.size(), from + Capability.MAX_MODELS);
            pieces.add(new Capability(
                    shape.intent(),
                    names.subList(from, to),
                    shape.maxTokens(),
                    shape.inputModalities(),
                    shape.supportsStreaming(),
                    shape.supportedProfiles(),
                    shape.features(),
                    shape.extensions()));
        }
        return pieces;
    }
}
