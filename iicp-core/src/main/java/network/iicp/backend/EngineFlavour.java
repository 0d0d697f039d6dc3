package network.iicp.backend;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Intent;

/** Kinds of engines that speak the OpenAI dialect. */
public enum EngineFlavour {
    /** Ollama. */
    OLLAMA("ollama", "http://localhost:11434/v1"),
    /** LM Studio. */
    LM_STUDIO("lmstudio", "http://localhost:1234/v1"),
    /** vLLM. */
    VLLM("vllm", "http://localhost:8000/v1"),
    /** {@code llama-server} of llama.cpp. */
    LLAMA_CPP("llamacpp", "http://localhost:8080/v1"),
    /** Any other server. */
    CUSTOM("custom", "http://localhost:11434/v1");

    private final String type;
    private final URI defaultUrl;

    EngineFlavour(String type, String defaultUrl) {
        this.type = type;
        this.defaultUrl = URI.create(defaultUrl);
    }

    /** Returns the word that directories know it by. */
    public String type() {
        return type;
    }

    /** Returns where it listens unless it was told otherwise. */
    public URI defaultUrl() {
        return defaultUrl;
    }

    EngineKind kind() {
        List<Intent> intents = this == CUSTOM
                // Hosted services have given up completions.
                ? List.of(Intent.LLM_CHAT, Intent.LLM_EMBEDDING)
                : List.of(Intent.LLM_CHAT, Intent.LLM_COMPLETION, Intent.LLM_EMBEDDING);
        boolean checksNames = this == OLLAMA || this == VLLM || this == LM_STUDIO;
        return new EngineKind(type, checksNames, this == LLAMA_CPP, intents);
    }

    /**
     * Recognises an engine by how it lists its models.
     *
     * @param headers headers of the answer, names in lower case
     * @param owner who owns the first model, or empty
     */
    static Optional<EngineFlavour> ofModelList(Map<String, List<String>> headers, String owner) {
        String server = first(headers, "server");
        if (owner.equals("vllm")) {
            return Optional.of(VLLM);
        }
        if (owner.equals("llamacpp") || server.contains("llama.cpp") || server.contains("llama-server")) {
            return Optional.of(LLAMA_CPP);
        }
        if (first(headers, "x-powered-by").contains("express")) {
            return Optional.of(LM_STUDIO);
        }
        return server.contains("uvicorn") || server.contains("vllm") ? Optional.of(VLLM) : Optional.empty();
    }

    private static String first(Map<String, List<String>> headers, String name) {
        List<String> values = headers.getOrDefault(name, List.of());
        return values.isEmpty() ? "" : values.get(0).toLowerCase(Locale.ROOT);
    }
}
