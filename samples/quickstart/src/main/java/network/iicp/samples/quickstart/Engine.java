package network.iicp.samples.quickstart;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.OpenAiDialectBackend;
import network.iicp.protocol.Capability;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.spi.InferenceBackend;

/** What the nodes of the local mesh serve: the Ollama on this machine if it has a model for chats, else the demo engine. */
final class Engine {

    /** About the pace of a model on a small machine, so that a stream looks like one. */
    private static final Duration DEMO_PACE = Duration.ofMillis(20);

    private final String model;
    private final List<String> explanation;
    private final Supplier<InferenceBackend> opener;

    private Engine(String model, List<String> explanation, Supplier<InferenceBackend> opener) {
        this.model = model;
        this.explanation = List.copyOf(explanation);
        this.opener = opener;
    }

    static Engine find(URI ollama) {
        try (OpenAiDialectBackend engine =
                OpenAiDialectBackend.builder().ollama().baseUrl(ollama).build()) {
            return engine.capabilities().stream()
                    .filter(capability -> capability.intent().equals(Intent.LLM_CHAT))
                    .map(Capability::models)
                    .flatMap(List::stream)
                    .findFirst()
                    .map(model -> served(ollama, model))
                    .orElseGet(() -> demo("The Ollama at %s has no model for chats.".formatted(ollama)));
        } catch (IicpException e) {
            return demo("No Ollama answers at %s.".formatted(ollama));
        }
    }

    private static Engine served(URI ollama, String model) {
        return new Engine(
                model,
                List.of("Both nodes serve the model %s of the Ollama at %s.".formatted(model, ollama)),
                () -> OpenAiDialectBackend.builder()
                        .ollama()
                        .baseUrl(ollama)
                        .model(model)
                        .build());
    }

    private static Engine demo(String reason) {
        return new Engine(
                DemoBackend.MODEL,
                List.of(
                        reason + " Both nodes serve the demo engine instead.",
                        "It is no language model: its answers follow fixed rules."),
                () -> DemoBackend.builder().tokenDelay(DEMO_PACE).build());
    }

    /** Returns the model that answers questions. */
    String model() {
        return model;
    }

    /** Returns what is served and why, for a person. */
    List<String> explanation() {
        return explanation;
    }

    /** Returns a new connection to the engine; a node closes its own. */
    InferenceBackend open() {
        return opener.get();
    }
}
