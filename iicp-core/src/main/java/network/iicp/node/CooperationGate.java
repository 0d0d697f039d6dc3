package network.iicp.node;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/**
 * What a node asks of sub-tasks of cooperative inference, and of tasks that run tools. Messages say nothing about how the node is set up.
 * Thread-safe. Source: IICP cooperative inference, worker gates.
 */
final class CooperationGate {

    /** What a worker never does for a coordinator, whatever its policy says. */
    private static final Set<String> NEVER_REMOTE = Set.of("tool", "mcp", "file", "shell", "browser", "network");

    private static final int ASKED_PER_MINUTE = 100;

    private final CooperationPolicy policy;
    private final Slots places;
    private final Quotas asking;

    CooperationGate(CooperationPolicy policy, LongSupplier nanos) {
        this.policy = policy;
        this.places = new Slots(policy.maxConcurrentRemote());
        this.asking = new Quotas(new Quotas.Limits(ASKED_PER_MINUTE, 0, 0), nanos);
    }

    /**
     * Refuses tasks of the domain {@code tool} unless they are allowed.
     *
     * @throws network.iicp.protocol.PolicyRefusedException with {@code tool_execution_denied}
     */
    void requireToolsAllowed(Intent intent) {
        if (intent.domain().equals("tool") && !policy.toolExecution()) {
            throw Refusal.of(ErrorCode.TOOL_EXECUTION_DENIED, "this node does not run tools for others");
        }
    }

    /**
     * Refuses a sub-task that the node does not take.
     *
     * @param source who sends it, as far as is known
     * @throws network.iicp.protocol.IicpException with {@code rate_limited} or {@code forbidden}
     */
    void requireAllowed(Intent intent, @Nullable String source) {
        asking.admit(source == null ? "" : source);
        boolean never = Arrays.stream(intent.urn().split("[:/]", -1)).anyMatch(NEVER_REMOTE::contains);
        if (never || !policy.worker()) {
            throw Refusal.of(ErrorCode.FORBIDDEN, "this node does not take this sub-task");
        }
    }

    /**
     * Takes a place for a sub-task, besides the one every task needs.
     *
     * @throws network.iicp.protocol.CapacityException with {@code capacity_exhausted} if none is free
     */
    Slots.Permit place() {
        return places.tryAcquire()
                .orElseThrow(() -> IicpException.of(IicpError.of(
                                ErrorCode.CAPACITY_EXHAUSTED,
                                ErrorComponent.NODE,
                                "all places of this node for sub-tasks are taken")
                        .withIicpCode(ErrorCode.CAPACITY_EXCEEDED.iicpCode().orElse(null))
                        .withRetryAfter(Duration.ofSeconds(1))));
    }

    /** Returns how many sub-tasks are worked on. */
    int active() {
        return places.active();
    }

    /** Returns the time a sub-task gets that would get this one. */
    Duration bound(Duration limit) {
        return limit.compareTo(policy.maxWorkerTimeout()) > 0 ? policy.maxWorkerTimeout() : limit;
    }
}
