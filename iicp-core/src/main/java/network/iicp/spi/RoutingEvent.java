package network.iicp.spi;

import java.time.Duration;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** A step on the way of a task through the mesh. Never holds payloads or credentials. */
public sealed interface RoutingEvent {

    /** Returns the task the step belongs to. */
    String taskId();

    /**
     * A call begins. Told on the thread that makes it.
     *
     * @param taskId the task
     * @param intent what is wanted
     * @param model the model asked for, or {@code null} for any
     * @param streaming whether the caller takes the answer as it comes
     */
    record Started(String taskId, Intent intent, @Nullable String model, boolean streaming) implements RoutingEvent {}

    /**
     * A call that asks several nodes at once sends one of them a task of its own. What is told of that task belongs to the call; it has no
     * beginning and no end of its own.
     *
     * @param taskId the task of the call
     * @param part the task that is sent
     */
    record PartStarted(String taskId, String part) implements RoutingEvent {}

    /**
     * A call has ended. Told once for each one that began. Only the sends that end with it may be told of later.
     *
     * @param taskId the task
     * @param intent what was wanted
     * @param outcome {@code success}, {@code cancelled} by the caller, or the code of the failure
     * @param elapsed from the beginning of the call
     * @param attempts how many sends led to the outcome
     * @param model the model that answered, or {@code null}
     * @param usage tokens the engine counted
     */
    record Ended(
            String taskId,
            Intent intent,
            String outcome,
            Duration elapsed,
            int attempts,
            @Nullable String model,
            Usage usage)
            implements RoutingEvent {

        /** The outcome of a call that was answered. */
        public static final String SUCCESS = "success";

        /** The outcome of a call that its caller gave up. */
        public static final String CANCELLED = "cancelled";
    }

    /**
     * The directory does not answer, and routes it named earlier are used.
     *
     * @param taskId the task
     * @param age how old they are
     */
    record StaleRoutesUsed(String taskId, Duration age) implements RoutingEvent {}

    /**
     * Something that was wanted is not to be had, and the next best is done.
     *
     * @param taskId the task
     * @param node prefix of the node's id, or {@code null} before one is chosen
     * @param to {@code buffered}: a stream is served by one whole answer; {@code emulated}: nobody serves the intent, and this task for a
     *     chat model stands in, told when its call begins
     */
    record FellBack(String taskId, @Nullable String node, String to) implements RoutingEvent {

        /** A stream is served by one whole answer. */
        public static final String BUFFERED = "buffered";

        /** A chat model does what nobody serves. */
        public static final String EMULATED = "emulated";
    }

    /**
     * The directory, or the route cache, named candidates.
     *
     * @param taskId the task
     * @param intent what is wanted
     * @param candidates how many nodes may be tried
     * @param source {@code directory} for a list, {@code ticket}, {@code cache}, {@code standby} for the list beside a ticket, or
     *     {@code stale_cache} while no directory answers
     */
    record Discovered(String taskId, Intent intent, int candidates, String source) implements RoutingEvent {}

    /**
     * A candidate was left out.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param reason for example {@code unavailable}, {@code breaker_open}, {@code missing_encryption_key}
     */
    record Rejected(String taskId, String node, String reason) implements RoutingEvent {}

    /**
     * A node was chosen for the next send.
     *
     * @param taskId the task
     * @param node the chosen node
     * @param attempt 1 for the first send
     * @param reason {@code first_choice}, {@code exploration}, {@code failover}, {@code retry}, {@code hedge}, {@code continuation}
     *     where another node was cut off, or {@code last_resort} when the breaker of every candidate is open
     */
    record Selected(String taskId, NodeDescriptor node, int attempt, String reason) implements RoutingEvent {}

    /**
     * A node shows another encryption key than when it was last encrypted to. That is what a node does that was set up anew, and what an
     * attacker would do who speaks for the directory. The task is sent; keys can be pinned.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param before name of the key before, {@code cx-} and 16 digits
     * @param now name of the key now
     */
    record KeyChanged(String taskId, String node, String before, String now) implements RoutingEvent {}

    /**
     * The task was sent.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param encrypted whether it was encrypted to the node
     * @param streaming whether events were asked for
     */
    record Submitted(String taskId, String node, boolean encrypted, boolean streaming) implements RoutingEvent {}

    /**
     * A send failed.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param code the failure
     * @param elapsed how long the send took
     * @param retryAfter how long the node asked to wait, or {@code null}
     */
    record AttemptFailed(
            String taskId,
            String node,
            String code,
            Duration elapsed,
            @Nullable Duration retryAfter) implements RoutingEvent {}

    /**
     * A send was given up without blame: another node was faster, or the caller cancelled.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param elapsed from the send
     */
    record GaveUp(String taskId, String node, Duration elapsed) implements RoutingEvent {}

    /**
     * The first event of a stream arrived.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param elapsed from the send
     */
    record StreamStarted(String taskId, String node, Duration elapsed) implements RoutingEvent {}

    /**
     * The connection of a stream was lost, and the events go on over a new one to the same node.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param after number of the last event before the loss
     */
    record StreamResumed(String taskId, String node, long after) implements RoutingEvent {}

    /**
     * The task was answered.
     *
     * @param taskId the task
     * @param node prefix of the node's id
     * @param elapsed from the send
     */
    record Answered(String taskId, String node, Duration elapsed) implements RoutingEvent {}

    /**
     * The circuit breaker of a node changed.
     *
     * @param taskId the task whose outcome changed it
     * @param node prefix of the node's id
     * @param state {@code closed}, {@code open} or {@code half_open}
     */
    record BreakerChanged(String taskId, String node, String state) implements RoutingEvent {}
}
