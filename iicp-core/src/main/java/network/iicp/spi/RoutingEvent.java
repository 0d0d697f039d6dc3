package network.iicp.spi;

import java.time.Duration;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/** A step on the way of a task through the mesh. Never holds payloads or credentials. */
public sealed interface RoutingEvent {

    /** Returns the task the step belongs to. */
    String taskId();

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
