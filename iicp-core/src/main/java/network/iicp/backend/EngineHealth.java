package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.BackendStability.Reason;
import network.iicp.protocol.registration.BackendStability.State;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/**
 * Asks an engine how it is, in the way its kind tells it best. Only reads.
 *
 * <table>
 *   <caption>Sources</caption>
 *   <tr><td>Ollama</td><td>{@code /api/ps}: cold while the preferred model is not in memory</td></tr>
 *   <tr><td>llama.cpp, vLLM</td><td>{@code /health}: loading, or unstable</td></tr>
 *   <tr><td>LM Studio</td><td>{@code /api/v1/models}, {@code /api/v0/models}: the preferred model is loading, broken or cold</td></tr>
 *   <tr><td>others</td><td>{@code /v1/models} answers</td></tr>
 * </table>
 */
final class EngineHealth {

    private static final Set<String> LOADING = Set.of("loading", "initializing", "starting", "warming");
    private static final Set<String> BROKEN = Set.of("error", "failed", "crashed", "unhealthy", "oom");

    private static final BackendStability COLD = new BackendStability(State.DEGRADED, Reason.BACKEND_COLD, null, null);
    private static final BackendStability UNREADABLE =
            new BackendStability(State.DEGRADED, Reason.OBSERVER_ERROR, null, null);
    private static final BackendStability LOADS =
            new BackendStability(State.DRAINING, Reason.BACKEND_LOADING, 30, null);
    private static final BackendStability BREAKS =
            new BackendStability(State.DRAINING, Reason.BACKEND_UNSTABLE, 60, null);

    private final EngineUrl url;
    private final EngineCalls calls;
    private final Supplier<EngineFlavour> flavour;

    /**
     * What an engine said.
     *
     * @param stability how it is
     * @param loaded the models in memory by the engine's names, each with its context length or 0 if that is not said;
     *     {@code null} if the engine does not say what is in memory
     */
    record Health(BackendStability stability, @Nullable Map<String, Integer> loaded) {

        static Health of(BackendStability stability) {
            return new Health(stability, null);
        }

        /** Returns the name under which a model is in memory. */
        Optional<String> inMemory(String model) {
            return loaded == null
                    ? Optional.empty()
                    : loaded.keySet().stream().filter(name -> same(model, name)).findFirst();
        }
    }

    /**
     * Makes the questions.
     *
     * @param flavour the kind of engine as far as it is known now
     */
    EngineHealth(EngineUrl url, EngineCalls calls, Supplier<EngineFlavour> flavour) {
        this.url = url;
        this.calls = calls;
        this.flavour = flavour;
    }

    /**
     * Asks.
     *
     * @param preferred the model that matters most, by the engine's name, or {@code null}
     */
    Health ask(@Nullable String preferred) {
        try {
            return switch (flavour.get()) {
                case OLLAMA -> ollama(preferred);
                case LM_STUDIO -> lmStudio(preferred);
                case LLAMA_CPP, VLLM -> Health.of(healthPage());
                case CUSTOM -> Health.of(modelList());
            };
        } catch (IicpException e) {
            return Health.of(BackendStability.UNAVAILABLE);
        }
    }

    private BackendStability modelList() {
        int status = calls.probe(url.dialect("/models")).status();
        // 404 and 405: it serves, but has no list.
        return status < 400 || status == 404 || status == 405 ? BackendStability.OK : BackendStability.UNAVAILABLE;
    }

    private BackendStability healthPage() {
        HttpReply reply = calls.probe(url.nativePath("/health"));
        if (reply.status() == 404) {
            return modelList();
        }
        if (reply.status() < 400) {
            return BackendStability.OK;
        }
        boolean loads = reply.status() == 503
                && calls.json(reply)
                        .flatMap(json -> json.optionalObject("error"))
                        .map(error -> error.string("message", "")
                                .toLowerCase(Locale.ROOT)
                                .contains("loading"))
                        .orElse(false);
        return loads ? LOADS : BackendStability.UNAVAILABLE;
    }

    private Health ollama(@Nullable String preferred) {
        HttpReply reply = calls.probe(url.nativePath("/api/ps"));
        if (reply.status() == 404) {
            return Health.of(modelList());
        }
        Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
        if (json.isEmpty()) {
            return Health.of(reply.status() >= 500 ? BackendStability.UNAVAILABLE : UNREADABLE);
        }
        Map<String, Integer> loaded = new LinkedHashMap<>();
        for (Object element : EngineCalls.list(json.get(), "models")) {
            if (element instanceof Map<?, ?> model && model.get("name") instanceof String name) {
                put(loaded, name, model.get("context_length"));
            }
        }
        Health health = new Health(BackendStability.OK, loaded);
        boolean cold = preferred != null && health.inMemory(preferred).isEmpty();
        return cold ? new Health(COLD, loaded) : health;
    }

    private static void put(Map<String, Integer> loaded, String name, @Nullable Object context) {
        Integer length = ModelListing.positive(context);
        if (loaded.size() < ModelListing.MOST_MODELS) {
            loaded.put(name, length == null ? 0 : length);
        }
    }

    private Health lmStudio(@Nullable String preferred) {
        Optional<List<Object>> models = LmStudioModels.list(url, calls);
        if (models.isEmpty()) {
            return Health.of(modelList());
        }
        Map<String, Integer> loaded = new LinkedHashMap<>();
        BackendStability stability = preferred == null ? BackendStability.OK : COLD;
        for (Object element : models.get()) {
            if (element instanceof Map<?, ?> model) {
                String name = LmStudioModels.name(model);
                List<LmStudioModels.Instance> instances = LmStudioModels.instances(model);
                for (LmStudioModels.Instance instance : instances) {
                    if (!LOADING.contains(instance.state()) && !BROKEN.contains(instance.state())) {
                        put(loaded, name, instance.contextLength());
                    }
                }
                if (preferred != null && same(preferred, name)) {
                    stability = preferred(instances);
                }
            }
        }
        return new Health(stability, loaded);
    }

    /** One instance that serves is enough. */
    private static BackendStability preferred(List<LmStudioModels.Instance> instances) {
        if (instances.isEmpty()) {
            return COLD;
        }
        BackendStability worst = BREAKS;
        for (LmStudioModels.Instance instance : instances) {
            if (LOADING.contains(instance.state())) {
                worst = LOADS;
            } else if (!BROKEN.contains(instance.state())) {
                return BackendStability.OK;
            }
        }
        return worst;
    }

    /** Names are the same whatever version they name. */
    private static boolean same(String preferred, String other) {
        return untagged(preferred).equals(untagged(other));
    }

    private static String untagged(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
    }
}
