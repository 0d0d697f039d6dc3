package network.iicp.backend;

import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/** Anthropic's Messages API, version 2023-06-01. */
final class AnthropicDialect implements EngineDialect {

    private static final String PATH = "/messages";

    private final boolean sampling;

    /**
     * Makes the dialect.
     *
     * @param sampling whether requests may say how tokens are drawn
     */
    AnthropicDialect(boolean sampling) {
        this.sampling = sampling;
    }

    @Override
    public Optional<DialectOperation> operation(Intent intent) {
        return intent.equals(Intent.LLM_CHAT) ? Optional.of(DialectOperation.CHAT) : Optional.empty();
    }

    @Override
    public EngineRequest request(
            DialectOperation operation,
            JsonObject payload,
            ServedModels.Model model,
            boolean streaming,
            @Nullable Integer maxTokens) {
        AnthropicForm form = AnthropicForm.of(payload, model);
        Map<String, Object> body = new AnthropicPayload(payload, model, form, sampling).request(maxTokens);
        if (streaming) {
            body.put("stream", true);
        }
        return new Request(Json.bytes(body), form);
    }

    @SuppressWarnings("ArrayRecordComponent") // requests are not compared
    private record Request(byte[] body, AnthropicForm form) implements EngineRequest {

        @Override
        public String path() {
            return PATH;
        }

        @Override
        public Map<String, Object> answer(Map<String, Object> json) {
            return AnthropicAnswer.translate(json, form);
        }

        @Override
        public EventTranslation events() {
            return new AnthropicEvents(form);
        }
    }
}
