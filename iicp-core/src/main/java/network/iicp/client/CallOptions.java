package network.iicp.client;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * What one call wants differently from the client's settings. Immutable; {@code null} keeps the setting.
 *
 * @param total longest duration of the call, 100 ms to 120 s
 * @param firstEvent longest silence before the first content of a stream
 * @param region region to prefer
 * @param qos how urgent the task is
 * @param priority rank among tasks that wait at a node
 * @param minReputation least reputation of a node, 0 to 1
 * @param node id of the one node to use; no other is tried
 * @param maxAttempts sends in total, at least 1
 */
public record CallOptions(
        @Nullable Duration total,
        @Nullable Duration firstEvent,
        @Nullable String region,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable Double minReputation,
        @Nullable String node,
        @Nullable Integer maxAttempts) {

    /** Nothing different. */
    public static final CallOptions DEFAULT = new CallOptions(null, null, null, null, null, null, null, null);

    /** Checks the ranges. */
    public CallOptions {
        if (minReputation != null && !(minReputation >= 0 && minReputation <= 1)) {
            throw new IllegalArgumentException("minReputation must be between 0 and 1, was " + minReputation);
        }
        if (maxAttempts != null && maxAttempts < 1) {
            throw new IllegalArgumentException("maxAttempts must be at least 1, was " + maxAttempts);
        }
        if (firstEvent != null && (firstEvent.isNegative() || firstEvent.isZero())) {
            throw new IllegalArgumentException("firstEvent must be positive, was " + firstEvent);
        }
    }

    /** Returns a copy with another longest duration of the call. */
    public CallOptions withTotal(@Nullable Duration limit) {
        return new CallOptions(limit, firstEvent, region, qos, priority, minReputation, node, maxAttempts);
    }

    /** Returns a copy with another longest silence before the first content. */
    public CallOptions withFirstEvent(@Nullable Duration limit) {
        return new CallOptions(total, limit, region, qos, priority, minReputation, node, maxAttempts);
    }

    /** Returns a copy that prefers this region. */
    public CallOptions withRegion(@Nullable String name) {
        return new CallOptions(total, firstEvent, name, qos, priority, minReputation, node, maxAttempts);
    }

    /** Returns a copy with this urgency. */
    public CallOptions withQos(@Nullable Qos urgency) {
        return new CallOptions(total, firstEvent, region, urgency, priority, minReputation, node, maxAttempts);
    }

    /** Returns a copy with this rank. */
    public CallOptions withPriority(@Nullable Priority rank) {
        return new CallOptions(total, firstEvent, region, qos, rank, minReputation, node, maxAttempts);
    }

    /** Returns a copy that leaves out nodes of less reputation. */
    public CallOptions withMinReputation(@Nullable Double least) {
        return new CallOptions(total, firstEvent, region, qos, priority, least, node, maxAttempts);
    }

    /** Returns a copy that uses this node and no other. */
    public CallOptions withNode(@Nullable String id) {
        return new CallOptions(total, firstEvent, region, qos, priority, minReputation, id, maxAttempts);
    }

    /** Returns a copy with another number of sends in total. */
    public CallOptions withMaxAttempts(@Nullable Integer sends) {
        return new CallOptions(total, firstEvent, region, qos, priority, minReputation, node, sends);
    }
}
