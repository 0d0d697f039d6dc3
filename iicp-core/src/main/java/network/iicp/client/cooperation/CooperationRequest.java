package network.iicp.client.cooperation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.TaskResult;
import network.iicp.spi.AnswerEquality;
import org.jspecify.annotations.Nullable;

/**
 * What a call wants of several workers. Immutable; the ranges are checked when it is made, with the codes {@code IICP-E025},
 * {@code IICP-E026} and {@code IICP-E028} of the protocol.
 *
 * @param policy how the answers become one
 * @param replicas workers that answer, 1 to 10; at least 2 for {@code best_of_n}, odd and at least 3 for {@code majority_vote}, the
 *     number of chunks for {@code map_reduce}
 * @param quorum answers that must agree in a vote, 1 to {@code replicas}; more than half unless set
 * @param sensitive whether the question is sensitive: then it leaves this process only if the settings allow that
 * @param chunks parts of the question for {@code map_reduce}, each a payload; empty for the others
 */
public record CooperationRequest(
        CooperationPolicy policy, int replicas, @Nullable Integer quorum, boolean sensitive, List<Chunk> chunks) {

    /** Most workers of one call. */
    public static final int MAX_REPLICAS = 10;

    private static final int LEAST_VOTERS = 3;

    /**
     * One part of a question.
     *
     * @param index its place, from 0; the answers are joined in this order
     * @param payload the intent's own members
     */
    public record Chunk(int index, Map<String, Object> payload) {
        /** Copies the payload. */
        public Chunk {
            payload = Map.copyOf(payload);
        }
    }

    /**
     * Checks the ranges and copies the chunks.
     *
     * @throws InvalidRequestException if a value is out of range; the numeric code says which rule it breaks
     */
    public CooperationRequest {
        Objects.requireNonNull(policy, "policy");
        chunks = List.copyOf(chunks);
        envelopeFault(replicas, quorum)
                .or(() -> executionFault(policy, replicas))
                .ifPresent(fault -> {
                    throw fault.exception();
                });
        requireCover(policy, replicas, chunks);
    }

    /** Returns a request in which the best of several answers counts. */
    public static CooperationRequest bestOf(int replicas) {
        return new CooperationRequest(CooperationPolicy.BEST_OF_N, replicas, null, false, List.of());
    }

    /** Returns a request in which the answer of more than half counts. */
    public static CooperationRequest majorityOf(int replicas) {
        return new CooperationRequest(CooperationPolicy.MAJORITY_VOTE, replicas, null, false, List.of());
    }

    /** Returns a request whose parts go to one worker each. */
    public static CooperationRequest mapReduce(List<Map<String, Object>> parts) {
        List<Chunk> chunks = new ArrayList<>();
        parts.forEach(part -> chunks.add(new Chunk(chunks.size(), part)));
        return new CooperationRequest(CooperationPolicy.MAP_REDUCE, parts.size(), null, false, chunks);
    }

    /** Returns a copy that needs this many equal answers. */
    public CooperationRequest withQuorum(int answers) {
        return new CooperationRequest(policy, replicas, answers, sensitive, chunks);
    }

    /** Returns a copy that says whether the question is sensitive. */
    public CooperationRequest withSensitive(boolean isSensitive) {
        return new CooperationRequest(policy, replicas, quorum, isSensitive, chunks);
    }

    /** Returns the part with this place. */
    public Chunk chunk(int index) {
        return chunks.stream()
                .filter(chunk -> chunk.index() == index)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no chunk " + index));
    }

    /**
     * Chooses among the answers that count, in the order of their workers.
     *
     * @param answers at least one
     * @param payload the question; its {@code response_format} says whether structure is wanted
     * @param equality the application's comparison of answers, or {@code null}
     * @return the answer to take; empty when there is none: no majority, or a part is missing
     */
    public Optional<AnswerChoice.Chosen> choose(
            List<TaskResult> answers, Map<String, Object> payload, @Nullable AnswerEquality equality) {
        return switch (policy) {
            case BEST_OF_N -> Optional.of(AnswerChoice.best(answers, schema(payload)));
            case MAJORITY_VOTE -> AnswerChoice.majority(answers, effectiveQuorum(), equality);
            case MAP_REDUCE ->
                answers.size() == replicas ? Optional.of(new AnswerChoice.Chosen(answers.get(0), 1)) : Optional.empty();
        };
    }

    private static @Nullable Map<?, ?> schema(Map<String, Object> payload) {
        Object format = payload.get("response_format") instanceof Map<?, ?> wish ? wish.get("json_schema") : null;
        return format instanceof Map<?, ?> named && named.get("schema") instanceof Map<?, ?> schema ? schema : null;
    }

    /** Returns how many equal answers a vote needs. */
    public int effectiveQuorum() {
        return quorum == null ? replicas / 2 + 1 : quorum;
    }

    /**
     * A rule that a request breaks.
     *
     * @param code {@code IICP-E025}, {@code IICP-E026} or {@code IICP-E028}
     * @param message what is wrong
     */
    record Fault(String code, String message) {
        InvalidRequestException exception() {
            IicpError error = IicpError.of(ErrorCode.VALIDATION_ERROR, ErrorComponent.CLIENT, message);
            return new InvalidRequestException(new IicpError(
                    error.code(), code, message, error.component(), false, 422, null, null, null, List.of()));
        }
    }

    /** The rules of every request, whoever executes it. */
    static Optional<Fault> envelopeFault(int replicas, @Nullable Integer quorum) {
        if (replicas < 1 || replicas > MAX_REPLICAS) {
            return Optional.of(
                    new Fault("IICP-E028", "replicas is %d; it must be between 1 and 10".formatted(replicas)));
        }
        if (quorum != null && (quorum < 1 || quorum > replicas)) {
            return Optional.of(
                    new Fault("IICP-E028", "quorum is %d; it must be between 1 and %d".formatted(quorum, replicas)));
        }
        return Optional.empty();
    }

    /** The rules of the policies. */
    static Optional<Fault> executionFault(@Nullable CooperationPolicy policy, int replicas) {
        if (policy == CooperationPolicy.BEST_OF_N && replicas < 2) {
            return Optional.of(new Fault("IICP-E028", "best_of_n needs at least 2 replicas"));
        }
        if (policy == CooperationPolicy.MAJORITY_VOTE && (replicas < LEAST_VOTERS || replicas % 2 == 0)) {
            return Optional.of(new Fault(
                    "IICP-E025", "majority_vote needs an odd number of replicas, at least 3; was " + replicas));
        }
        return Optional.empty();
    }

    private static void requireCover(CooperationPolicy policy, int replicas, List<Chunk> chunks) {
        boolean whole = chunks.isEmpty();
        for (int i = 0; i < chunks.size(); i++) {
            int place = i;
            if (chunks.stream().filter(chunk -> chunk.index() == place).count() != 1) {
                throw new Fault(
                                "IICP-E026",
                                "the chunks must have the indexes 0 to %d, each once".formatted(chunks.size() - 1))
                        .exception();
            }
        }
        if ((policy == CooperationPolicy.MAP_REDUCE) == whole || (!whole && chunks.size() != replicas)) {
            throw new Fault("IICP-E026", "map_reduce needs one chunk for each replica, and only map_reduce has chunks")
                    .exception();
        }
    }
}
