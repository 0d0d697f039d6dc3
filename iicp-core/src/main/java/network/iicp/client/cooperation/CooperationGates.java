package network.iicp.client.cooperation;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a call may ask several workers: first whether cooperation is on, then whether it can be paid, whether the question may leave, and
 * last whether it should be answered here. Whether there are enough workers is decided where workers are known. Keeps the account of the session.
 * Thread-safe. Source: IICP core, cooperative inference, gates.
 */
public final class CooperationGates {

    private static final double TOKENS_PER_CREDIT = 1_000;
    private static final int USUAL_TOKENS = 1_000;

    /** Intents that do something to a machine are never a worker's, whatever a node offers. */
    private static final Set<String> NOT_PURE =
            Set.of("mcp", "tool", "tools", "shell", "file", "files", "filesystem", "browser", "network", "system");

    private final CooperationSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private double spent;

    /** Creates gates with an empty account. */
    public CooperationGates(CooperationSettings settings) {
        this.settings = settings;
    }

    /** Where a call goes. */
    public enum Verdict {
        /** To workers. */
        REMOTE,
        /** To the application itself. */
        LOCAL,
        /** Nowhere: cooperation is off. */
        OFF,
        /** Nowhere: it wants more workers than the settings allow. */
        TOO_MANY,
        /** Nowhere: it would cost too much. */
        TOO_EXPENSIVE,
        /** Nowhere: the question must not leave this process, and the application does not answer itself. */
        SENSITIVE,
        /** Nowhere: the intent is none that workers may execute. */
        NOT_PURE
    }

    /**
     * Judges a call.
     *
     * @param intent what is wanted
     * @param payload the question, for the number of tokens it may cost
     * @param request how it wants to cooperate
     * @param hasLocal whether the application can answer itself
     */
    public Verdict judge(Intent intent, Map<String, Object> payload, CooperationRequest request, boolean hasLocal) {
        if (!settings.enabled()) {
            return Verdict.OFF;
        }
        if (!isPureInference(intent)) {
            return Verdict.NOT_PURE;
        }
        if (request.replicas() > settings.maxReplicas()) {
            return Verdict.TOO_MANY;
        }
        if (tooExpensive(estimate(payload, request.replicas()))) {
            return Verdict.TOO_EXPENSIVE;
        }
        if (request.sensitive() && !settings.sendSensitivePrompts()) {
            return hasLocal ? Verdict.LOCAL : Verdict.SENSITIVE;
        }
        boolean localFirst = settings.strategy() == CooperationSettings.Strategy.LOCAL_FIRST;
        return localFirst && hasLocal ? Verdict.LOCAL : Verdict.REMOTE;
    }

    /** Returns whether the intent only infers: it reads nothing but the question and touches nothing. */
    public static boolean isPureInference(Intent intent) {
        String[] segments = intent.urn().split(":", 5);
        return segments.length > 3 && !NOT_PURE.contains(segments[3]);
    }

    private static double estimate(Map<String, Object> payload, int replicas) {
        Object bound =
                payload.containsKey("max_tokens") ? payload.get("max_tokens") : payload.get("max_completion_tokens");
        double tokens =
                bound instanceof Number number && number.doubleValue() > 0 ? number.doubleValue() : USUAL_TOKENS;
        return Math.ceil(tokens / TOKENS_PER_CREDIT) * replicas;
    }

    private boolean tooExpensive(double estimate) {
        if (estimate > settings.maxCreditsPerTask()) {
            return true;
        }
        Double budget = settings.sessionCreditBudget();
        return budget != null && spent() + estimate > budget;
    }

    /** Notes what a worker's answer cost. */
    public void spend(long tokens) {
        lock.lock();
        try {
            spent += Math.max(0, tokens) / TOKENS_PER_CREDIT;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the credits that the answers of this session have cost. */
    public double spent() {
        lock.lock();
        try {
            return spent;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Judges a request as the published cases do, without a session.
     *
     * @param policy how answers become one, or {@code null} for a single answer
     * @param replicas workers that answer
     * @param quorum answers that must agree, or {@code null}
     * @param maxReplicas the operator's bound
     * @return the numeric code of the rule it breaks, empty when it may be executed
     */
    static Optional<String> fault(
            @Nullable CooperationPolicy policy, int replicas, @Nullable Integer quorum, int maxReplicas) {
        Optional<String> broken = CooperationRequest.envelopeFault(replicas, quorum)
                .or(() -> CooperationRequest.executionFault(policy, replicas))
                .map(CooperationRequest.Fault::code);
        return broken.isPresent() || replicas <= maxReplicas ? broken : Optional.of("IICP-E028");
    }
}
