package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.moderation.Verdict;
import org.jspecify.annotations.Nullable;

/** Writes moderation payloads and reads moderation results in the OpenAI dialect. */
public final class ModerationCodec {

    private ModerationCodec() {}

    /** Returns the payload of a moderation task. One text is written as a string, several as an array. */
    public static Map<String, Object> encode(ModerationRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.put("input", request.input().size() == 1 ? request.input().get(0) : request.input());
        Members.put(json, "model", request.model());
        return json;
    }

    /**
     * Reads the result of a moderation. A verdict is never guessed: without {@code flagged} there is none, and there must be
     * as many as texts. Categories and scores of other types than expected are left out.
     *
     * @param answer the answer of the task
     * @param expected how many texts were sent
     * @return the verdicts
     * @throws ProtocolViolationException if there is not one verdict for each text
     */
    public static ModerationResult decodeResult(TaskResult answer, int expected) {
        List<?> results = ChatCodec.asList(ChatCodec.asMap(answer.result()).get("results"));
        if (results.size() != expected) {
            throw WrongAnswer.of(
                    "the node answered with %d verdicts on %d texts".formatted(results.size(), expected),
                    answer.provenance());
        }
        List<Verdict> verdicts = new ArrayList<>();
        for (Object element : results) {
            Map<String, Object> json = ChatCodec.asMap(element);
            if (!(json.get("flagged") instanceof Boolean flagged)) {
                throw WrongAnswer.of(
                        "the node answered a moderation without saying whether text %d is flagged"
                                .formatted(verdicts.size()),
                        answer.provenance());
            }
            verdicts.add(new Verdict(flagged, flags(json.get("categories")), scores(json.get("category_scores"))));
        }
        return new ModerationResult(verdicts, answer.model(), answer.usage(), answer.provenance());
    }

    private static Map<String, Boolean> flags(@Nullable Object json) {
        Map<String, Boolean> flags = new LinkedHashMap<>();
        ChatCodec.asMap(json).forEach((category, value) -> {
            if (value instanceof Boolean applies) {
                flags.put(category, applies);
            }
        });
        return flags;
    }

    private static Map<String, Double> scores(@Nullable Object json) {
        Map<String, Double> scores = new LinkedHashMap<>();
        ChatCodec.asMap(json).forEach((category, value) -> {
            if (value instanceof Number score && Double.isFinite(score.doubleValue())) {
                scores.put(category, score.doubleValue());
            }
        });
        return scores;
    }
}
