package network.iicp.spring.boot;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import org.jspecify.annotations.Nullable;

/** The model beans of one framework, as an engine. */
interface ServedModelBeans {

    /**
     * Returns an engine over the beans.
     *
     * @param input what models take besides text, by the name they are served under
     * @return empty if there are no beans but those that ask the mesh
     */
    Optional<InferenceBackend> engine(Map<String, Set<Modality>> input);

    /** Gives out names: that of the model, or that of the bean when there is none or it is taken. */
    final class Names<T> {
        private final Map<String, T> models = new LinkedHashMap<>();

        void add(String beanName, @Nullable String modelName, T model) {
            boolean named = modelName != null && !modelName.isBlank() && !models.containsKey(modelName);
            models.put(named && modelName != null ? modelName : beanName, model);
        }

        Map<String, T> models() {
            return models;
        }
    }

    /** Returns what a model takes besides text. */
    static Modality[] of(Map<String, Set<Modality>> input, String name) {
        return input.getOrDefault(name, Set.of()).toArray(Modality[]::new);
    }
}
