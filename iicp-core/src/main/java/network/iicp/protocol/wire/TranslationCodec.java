package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.translation.TranslationRequest;
import network.iicp.protocol.translation.TranslationResult;

/** Writes translation payloads as the registry has them, and reads translations in the forms that are usual. */
public final class TranslationCodec {

    private TranslationCodec() {}

    /** Returns the payload of a translation task. The model is no member of it; it goes into the constraints of the task. */
    public static Map<String, Object> encode(TranslationRequest request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("text", request.text());
        Members.put(json, "source_language", request.sourceLanguage());
        json.put("target_language", request.targetLanguage());
        return json;
    }

    /**
     * Reads the result of a translation: the text itself, a member {@code translation}, {@code translated_text}, {@code text}
     * or {@code result}, or the answer of a chat.
     *
     * @param answer the answer of the task
     * @return the translation
     * @throws ProtocolViolationException if there is no text
     */
    public static TranslationResult decodeResult(TaskResult answer) {
        return LooseAnswer.text(answer.result(), "translation", "translated_text", "text", "result")
                .filter(text -> !text.isBlank())
                .map(text -> new TranslationResult(text, answer.model(), answer.usage(), answer.provenance()))
                .orElseThrow(() -> WrongAnswer.of("the node answered without a translation", answer.provenance()));
    }
}
