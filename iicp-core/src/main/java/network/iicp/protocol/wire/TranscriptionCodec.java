package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;

/** Writes transcription payloads and reads transcription results. */
public final class TranscriptionCodec {

    private TranscriptionCodec() {}

    /** Returns the payload of a transcription task. */
    public static Map<String, Object> encode(TranscriptionRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.put("audio", request.audio());
        json.put("filename", request.filename());
        Members.put(json, "model", request.model());
        Members.put(json, "language", request.language());
        Members.put(json, "prompt", request.prompt());
        Members.put(json, "temperature", request.temperature());
        return json;
    }

    /**
     * Reads the result of a transcription: the text itself, or an object with it.
     *
     * @param answer the answer of the task
     * @return the text
     * @throws ProtocolViolationException if there is no text
     */
    public static TranscriptionResult decodeResult(TaskResult answer) {
        Object text = answer.result() instanceof String plain
                ? plain
                : ChatCodec.asMap(answer.result()).get("text");
        if (text instanceof String words) {
            return new TranscriptionResult(words, answer.model(), answer.usage(), answer.provenance());
        }
        throw WrongAnswer.of("the node answered a transcription without a text", answer.provenance());
    }
}
