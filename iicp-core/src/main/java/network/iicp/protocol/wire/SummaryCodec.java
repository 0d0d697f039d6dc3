package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.summarization.SummaryRequest;
import network.iicp.protocol.summarization.SummaryResult;

/** Writes summary payloads as the registry has them, and reads summaries in the forms that are usual. */
public final class SummaryCodec {

    private SummaryCodec() {}

    /** Returns the payload of a summary task. The model is no member of it; it goes into the constraints of the task. */
    public static Map<String, Object> encode(SummaryRequest request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("text", request.text());
        Members.put(json, "max_length", request.maxLength());
        if (request.format() != null) {
            json.put("format", request.format().wireName());
        }
        Members.put(json, "language", request.language());
        return json;
    }

    /**
     * Reads the result of a summary: the text itself, a member {@code summary}, {@code text} or {@code result}, or the answer
     * of a chat.
     *
     * @param answer the answer of the task
     * @return the summary
     * @throws ProtocolViolationException if there is no text
     */
    public static SummaryResult decodeResult(TaskResult answer) {
        return LooseAnswer.text(answer.result(), "summary", "text", "result")
                .filter(text -> !text.isBlank())
                .map(text -> new SummaryResult(text, answer.model(), answer.usage(), answer.provenance()))
                .orElseThrow(() -> WrongAnswer.of("the node answered without a summary", answer.provenance()));
    }
}
