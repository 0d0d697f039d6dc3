package network.iicp.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.LeftOut;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.spi.RoutingEvent;

/** What happened in one call: the sends that ended, in order, and who was left out. Bounded. Written by one thread at a time, read by any. */
final class AttemptLog {

    private static final int MAX_LEFT_OUT = 32;

    private final ConsumerContext context;
    private final Task task;
    private final long startNanos = System.nanoTime();
    private final List<Attempt> attempts = new CopyOnWriteArrayList<>();
    private final List<LeftOut> leftOut = new CopyOnWriteArrayList<>();
    private int started;

    AttemptLog(ConsumerContext context, Task task) {
        this.context = context;
        this.task = task;
    }

    /** Notes that one more send starts; returns its number, 1 for the first. */
    int start() {
        started++;
        return started;
    }

    /** Returns how many sends have started. */
    int started() {
        return started;
    }

    void failed(NodeDescriptor node, String reason, IicpException fault, Duration elapsed) {
        String code = fault.error().code();
        add(node, reason, code, elapsed);
        context.tell(new RoutingEvent.AttemptFailed(
                task.id(), node.prefix(), code, elapsed, fault.retryAfter().orElse(null)));
    }

    void succeeded(NodeDescriptor node, String reason, Duration elapsed) {
        add(node, reason, Attempt.SUCCESS, elapsed);
    }

    /** A send that is given up because another one answers. */
    record Loser(NodeDescriptor node, String reason, Duration elapsed) {}

    /** Returns the sends so far, those that lose, and one more that succeeded, without noting them. */
    List<Attempt> withSuccess(List<Loser> losers, NodeDescriptor node, String reason, Duration elapsed) {
        List<Attempt> all = new ArrayList<>(attempts);
        losers.forEach(loser -> all.add(attempt(
                all.size() + 1, loser.node(), loser.reason(), ErrorCode.TASK_CANCELLED.slug(), loser.elapsed())));
        all.add(attempt(all.size() + 1, node, reason, Attempt.SUCCESS, elapsed));
        return all;
    }

    /** Notes a send that was given up without blame. */
    void gaveUp(NodeDescriptor node, String reason, Duration elapsed) {
        add(node, reason, ErrorCode.TASK_CANCELLED.slug(), elapsed);
    }

    private void add(NodeDescriptor node, String reason, String outcome, Duration elapsed) {
        attempts.add(attempt(attempts.size() + 1, node, reason, outcome, elapsed));
    }

    private Attempt attempt(int number, NodeDescriptor node, String reason, String outcome, Duration elapsed) {
        Duration since = Duration.ofNanos(System.nanoTime() - startNanos).minus(elapsed);
        Duration start = since.isNegative() ? Duration.ZERO : since;
        return new Attempt(number, node.prefix(), reason, outcome, start, elapsed);
    }

    void leftOut(LeftOut candidate) {
        if (leftOut.size() < MAX_LEFT_OUT && !leftOut.contains(candidate)) {
            leftOut.add(candidate);
        }
    }

    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    List<LeftOut> leftOut() {
        return List.copyOf(leftOut);
    }

    String lastNode() {
        return attempts.isEmpty() ? "-" : attempts.get(attempts.size() - 1).node();
    }

    /** Returns the failure with all that is known of the call. */
    IicpException known(IicpException fault) {
        return fault.withError(
                fault.error().withAttempts(attempts).withLeftOut(leftOut).withTaskId(task.id()));
    }
}
