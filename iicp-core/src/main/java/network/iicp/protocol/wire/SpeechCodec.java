package network.iicp.protocol.wire;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;

/** Writes speech payloads and reads speech results. */
public final class SpeechCodec {

    private SpeechCodec() {}

    /** Returns the payload of a speech task. */
    public static Map<String, Object> encode(SpeechRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.put("input", request.input());
        Members.put(json, "model", request.model());
        Members.put(json, "voice", request.voice());
        if (request.format() != null) {
            json.put("response_format", request.format().wireName());
        }
        Members.put(json, "speed", request.speed());
        return json;
    }

    /**
     * Reads the result of a speech task. A missing {@code content_type} follows from the format.
     *
     * @param answer the answer of the task
     * @return the sound
     * @throws ProtocolViolationException if there is no sound, or it is not base64
     */
    public static SpeechResult decodeResult(TaskResult answer) {
        Map<String, Object> json = ChatCodec.asMap(answer.result());
        byte[] audio = audio(ChatCodec.text(json.get("audio")), answer);
        String format = ChatCodec.text(json.get("format"));
        String contentType = ChatCodec.text(json.get("content_type"));
        if (contentType.isBlank()) {
            Optional<SpeechFormat> known = SpeechFormat.of(format);
            contentType = known.map(SpeechFormat::contentType).orElse("application/octet-stream");
        }
        return new SpeechResult(
                audio,
                contentType,
                format.isBlank() ? null : format,
                answer.model(),
                answer.usage(),
                answer.provenance());
    }

    private static byte[] audio(String base64, TaskResult answer) {
        byte[] audio;
        try {
            audio = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw WrongAnswer.of("the node answered with a sound that is not base64", answer.provenance());
        }
        if (audio.length == 0) {
            throw WrongAnswer.of("the node answered a speech task without a sound", answer.provenance());
        }
        return audio;
    }
}
