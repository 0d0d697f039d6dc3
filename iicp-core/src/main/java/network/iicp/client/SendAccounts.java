package network.iicp.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.spi.RoutingEvent;

/**
 * What becomes of the sends of one call: each is noted in its log, and each ends once for the breaker and the record of its node. Not
 * thread-safe; a call uses it from one callback at a time.
 */
final class SendAccounts {

    private final ConsumerContext context;
    private final Task task;
    private final AttemptLog log;
    private final Set<String> underWay = new HashSet<>();

    SendAccounts(ConsumerContext context, Task task, AttemptLog log) {
        this.context = context;
        this.task = task;
        this.log = log;
    }

    /** Notes that a node is about to be asked; returns the number of the attempt, 1 for the first. */
    int started(NodeDescriptor node) {
        underWay.add(node.id());
        context.records().started(node.id());
        return log.start();
    }

    /** Notes a send that failed. */
    void failed(NodeDescriptor node, String reason, IicpException fault, Duration elapsed) {
        log.failed(node, reason, fault, elapsed);
        if (!underWay.remove(node.id())) {
            return;
        }
        String before = context.breakers().state(node.id());
        if (RetryRule.blamesNode(fault)) {
            context.breakers().failed(node.id(), elapsed, fault);
            boolean slow = fault.error()
                    .knownCode()
                    .filter(c -> c == ErrorCode.TASK_TIMEOUT)
                    .isPresent();
            context.records().failed(node.id(), elapsed, slow);
        } else {
            context.breakers().released(node.id());
            context.records().released(node.id());
        }
        fault.retryAfter().ifPresent(wait -> rest(node, fault, wait));
        tellBreaker(node, before);
    }

    /** A node that names a time gets it: one that drains from every call, another as far as there are others. */
    private void rest(NodeDescriptor node, IicpException fault, Duration wait) {
        RetryRule rule = RetryRule.of(fault);
        if (rule != RetryRule.OTHER_NODE && rule != RetryRule.OTHER_NODE_ONCE) {
            return;
        }
        context.records().rest(node.id(), wait);
        boolean drains = fault.error()
                .knownCode()
                .filter(code -> code == ErrorCode.TEMPORARILY_UNAVAILABLE)
                .isPresent();
        if (drains || context.breakers().state(node.id()).equals("open")) {
            context.breakers().pause(node.id(), wait);
        }
    }

    /** Notes the send that answered. */
    void succeeded(NodeDescriptor node, String reason, Duration elapsed) {
        log.succeeded(node, reason, elapsed);
        if (underWay.remove(node.id())) {
            String before = context.breakers().state(node.id());
            context.breakers().succeeded(node.id(), elapsed);
            context.records().answered(node.id(), elapsed);
            tellBreaker(node, before);
        }
        context.tell(new RoutingEvent.Answered(task.id(), node.prefix(), elapsed));
    }

    /** Notes a send that was given up without blame: the caller cancelled. */
    void released(NodeDescriptor node) {
        if (underWay.remove(node.id())) {
            context.breakers().released(node.id());
            context.records().released(node.id());
        }
    }

    private void tellBreaker(NodeDescriptor node, String before) {
        String now = context.breakers().state(node.id());
        if (!now.equals(before)) {
            context.tell(new RoutingEvent.BreakerChanged(task.id(), node.prefix(), now));
        }
    }

    /** Notes a send that was given up without blame: the caller cancelled, or another node was faster. */
    void gaveUp(NodeDescriptor node, String reason, Duration elapsed) {
        log.gaveUp(node, reason, elapsed);
        context.tell(new RoutingEvent.GaveUp(task.id(), node.prefix(), elapsed));
        released(node);
    }
}
