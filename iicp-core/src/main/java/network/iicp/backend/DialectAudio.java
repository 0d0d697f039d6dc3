package network.iicp.backend;

import java.util.Base64;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;

/** Sound in payloads. */
final class DialectAudio {

    private DialectAudio() {}

    /**
     * Reads a recording: {@code audio}, or {@code audio_b64} as older consumers call it.
     *
     * @throws network.iicp.json.JsonException if there is none, or it is not base64
     */
    static byte[] recording(JsonObject payload) {
        String name = !payload.has("audio") && payload.has("audio_b64") ? "audio_b64" : "audio";
        String base64 = payload.string(name);
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "is not base64");
        }
        if (bytes.length == 0) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "must not be empty");
        }
        return bytes;
    }
}
