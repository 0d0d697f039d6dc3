package network.iicp.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.spi.InferenceBackend.State;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/**
 * Asks an engine how it is, in the way its kind tells it best. Only reads.
 *
 * <table>
 *   <caption>Sources</caption>
 *   <tr><td>Ollama</td><td>{@code /api/ps}: degraded while the preferred model is not in memory</td></tr>
 *   <tr><td>llama.cpp, vLLM</td><td>{@code /health}: unavailable while the model loads</td></tr>
 *   <tr><td>LM Studio</td><td>{@code /api/v1/models}: unavailable while the preferred model loads or is broken</td></tr>
 *   <tr><td>others</td><td>{@code /v1/models} answers</td></tr>
 * </table>
 */
final class EngineHealth {

    private static final Set<String> NOT_SERVING =
            Set.of("loading", "initializing", "starting", "warming", "error", "failed", "crashed", "unhealthy", "oom");

    private final EngineUrl url;
    private final EngineCalls calls;
    private final Supplier<EngineFlavour> flavour;

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
    State state(@Nullable String preferred) {
        try {
            return switch (flavour.get()) {
                case OLLAMA -> ollama(preferred);
                case LM_STUDIO -> lmStudio(preferred);
                case LLAMA_CPP, VLLM -> healthPage();
                case CUSTOM -> modelList();
            };
        } catch (IicpException e) {
            return State.UNAVAILABLE;
        }
    }

    private State modelList() {
        int status = calls.probe(url.dialect("/models")).status();
        // 404 and 405: it serves, but has no list.
        return status < 400 || status == 404 || status == 405 ? State.OK : State.UNAVAILABLE;
    }

    private State healthPage() {
        int status = calls.probe(url.nativePath("/health")).status();
        if (status == 404) {
            return modelList();
        }
        return status < 400 ? State.OK : State.UNAVAILABLE;
    }

    private State ollama(@Nullable String preferred) {
        HttpReply reply = calls.probe(url.nativePath("/api/ps"));
        if (reply.status() == 404) {
            return modelList();
        }
        Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
        if (json.isEmpty()) {
            return reply.status() >= 500 ? State.UNAVAILABLE : State.DEGRADED;
        }
        boolean resident = preferred == null
                || EngineCalls.list(json.get(), "models").stream()
                        .anyMatch(model -> model instanceof Map<?, ?> map && same(preferred, map.get("name")));
        return resident ? State.OK : State.DEGRADED;
    }

    private State lmStudio(@Nullable String preferred) {
        HttpReply reply = calls.probe(url.nativePath("/api/v1/models"));
        Optional<JsonObject> json = reply.isSuccess() ? calls.json(reply) : Optional.empty();
        if (json.isEmpty() || preferred == null) {
            return modelList();
        }
        List<String> states = new ArrayList<>();
        for (Object element : EngineCalls.list(json.get(), "models")) {
            if (element instanceof Map<?, ?> model
                    && (same(preferred, model.get("key")) || same(preferred, model.get("id")))) {
                states.addAll(instanceStates(model));
            }
        }
        if (states.isEmpty()) {
            return State.DEGRADED;
        }
        return NOT_SERVING.containsAll(states) ? State.UNAVAILABLE : State.OK;
    }

    private static List<String> instanceStates(Map<?, ?> model) {
        List<String> states = new ArrayList<>();
        if (model.get("loaded_instances") instanceof List<?> instances) {
            for (Object instance : instances) {
                Object state = instance instanceof Map<?, ?> map ? map.get("state") : null;
                states.add(state instanceof String word ? word.toLowerCase(Locale.ROOT) : "loaded");
            }
        }
        return states;
    }

    /** Names are the same whatever version they name. */
    private static boolean same(String preferred, @Nullable Object name) {
        return name instanceof String other && untagged(preferred).equals(untagged(other));
    }

    private static String untagged(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
    }
}
