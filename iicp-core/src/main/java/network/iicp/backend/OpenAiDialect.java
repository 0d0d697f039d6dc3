package network.iicp.backend;

import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/** The language that payloads and results of the mesh are written in. */
final class OpenAiDialect implements EngineDialect {

    @Override
    public Optional<DialectOperation> operation(Intent intent) {
        return DialectOperation.of(intent);
    }

    @Override
    public EngineRequest request(
            DialectOperation operation,
            JsonObject payload,
            ServedModels.Model model,
            boolean streaming,
            @Nullable Integer maxTokens) {
        return new Request(
                operation.path(),
                DialectPayload.request(operation, payload, model.engineName(), streaming, maxTokens),
                Math.max(1, payload.optionalInt("n").orElse(1)));
    }

    @SuppressWarnings("ArrayRecordComponent") // requests are not compared
    private record Request(String path, byte[] body, int choices) implements EngineRequest {

        @Override
        public Map<String, Object> answer(Map<String, Object> json) {
            return json;
        }

        @Override
        public EventTranslation events() {
            return EventTranslation.NONE;
        }
    }
}
