package network.iicp.backend;

import java.util.Optional;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/** The language of a kind of engine. Thread-safe. */
interface EngineDialect {

    /** Returns the operation that serves an intent, if such engines have one. */
    Optional<DialectOperation> operation(Intent intent);

    /**
     * Makes a request.
     *
     * @param payload the payload of the task
     * @param model the model that answers
     * @param streaming whether the answer is wanted in parts
     * @param maxTokens most tokens of an answer, or {@code null}
     * @throws JsonException if a member of the payload is missing or of the wrong kind
     * @throws IicpException if the engine cannot do what the payload asks for
     */
    EngineRequest request(
            DialectOperation operation,
            JsonObject payload,
            ServedModels.Model model,
            boolean streaming,
            @Nullable Integer maxTokens);
}
