package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.reranking.RerankRequest;
import network.iicp.protocol.reranking.RerankResult;
import network.iicp.protocol.reranking.RerankResult.Ranked;
import org.jspecify.annotations.Nullable;

/** Writes ranking payloads as the registry has them, and reads rankings in the forms that are usual. */
public final class RerankCodec {

    private RerankCodec() {}

    /** Returns the payload of a ranking task; scores are asked for. The model goes into the constraints of the task. */
    public static Map<String, Object> encode(RerankRequest request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("query", request.query());
        json.put("candidates", request.candidates());
        Members.put(json, "top_k", request.topK());
        json.put("return_scores", true);
        return json;
    }

    /**
     * Reads the result of a ranking: {@code results} or {@code data} with {@code index} and {@code relevance_score} or
     * {@code score}, else an array of numbers: one score for each candidate. Where there are scores, they decide the order.
     *
     * @param answer the answer of the task
     * @param request what was asked
     * @return the candidates in order, as many as were asked for
     * @throws ProtocolViolationException if a candidate is repeated or unknown, or there are fewer than asked for
     */
    public static RerankResult decodeResult(TaskResult answer, RerankRequest request) {
        List<?> list = LooseAnswer.list(answer.result(), "results", "data", "scores");
        List<Ranked> ranking = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        for (Object element : list) {
            Ranked ranked = element instanceof Number score
                    ? new Ranked(ranking.size(), score.doubleValue())
                    : ranked(ChatCodec.asMap(element));
            if (ranked == null || ranked.index() >= request.candidates().size() || !seen.add(ranked.index())) {
                throw WrongAnswer.of(
                        "the node ranked a candidate twice, or one that it was not given", answer.provenance());
            }
            ranking.add(ranked);
        }
        if (ranking.size() < request.expected()) {
            throw WrongAnswer.of(
                    "the node ranked %d of %d candidates".formatted(ranking.size(), request.expected()),
                    answer.provenance());
        }
        if (ranking.stream().allMatch(ranked -> ranked.score() != null)) {
            ranking.sort(Comparator.comparingDouble(RerankCodec::descending));
        }
        return new RerankResult(
                ranking.subList(0, request.expected()), answer.model(), answer.usage(), answer.provenance());
    }

    private static double descending(Ranked ranked) {
        return ranked.score() == null ? 0 : -ranked.score();
    }

    private static @Nullable Ranked ranked(Map<String, Object> json) {
        Integer index = UsageCodec.count(json.get("index"));
        return index == null ? null : new Ranked(index, LooseAnswer.number(json, "relevance_score", "score"));
    }
}
