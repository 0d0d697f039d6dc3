package network.iicp.spring.boot;

/** Kinds of engines that {@code iicp.node.backend.type} can name. */
public enum BackendType {
    /** Any server that speaks the OpenAI dialect; what it is, is found out by asking it. */
    OPENAI_COMPAT,
    /** Ollama. */
    OLLAMA,
    /** vLLM. */
    VLLM,
    /** {@code llama-server} of llama.cpp. */
    LLAMACPP,
    /** LM Studio. */
    LMSTUDIO,
    /** Anthropic, or another server of its Messages API. */
    ANTHROPIC,
    /** No engine: fixed answers that say they are a demonstration. */
    DEMO
}
