package network.iicp.protocol.wire;

import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;

/** Answers of tasks, as the client hands them to the codecs. */
final class Answers {

    static final Provenance PROVENANCE =
            new Provenance("550e8400-e29b-41d4-a716-446655440000", "abcdefgh", null, "m", true, false, "t", List.of());

    private Answers() {}

    /** An answer whose result is this JSON. */
    static TaskResult of(String json) {
        return of(json, PROVENANCE);
    }

    static TaskResult of(String json, Provenance provenance) {
        Object result = Json.parse(json, JsonLimits.DEFAULT);
        return new TaskResult(
                provenance.taskId(),
                result == null ? Map.of() : result,
                Usage.UNKNOWN,
                provenance.model(),
                Map.of(),
                provenance);
    }
}
