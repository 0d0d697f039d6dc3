package network.iicp.directory.server;

import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * What a node must have done before it is listed for urgent queries.
 *
 * @param interactiveTasks tasks for {@code interactive}
 * @param realtimeTasks tasks for {@code realtime}
 * @param realtimeReputation reputation for {@code realtime}, 0 to 1
 */
public record QosThresholds(long interactiveTasks, long realtimeTasks, double realtimeReputation) {

    /** 100 tasks; 1000 tasks and reputation 0.8: the values of the public directories. */
    public static final QosThresholds OFFICIAL = new QosThresholds(100, 1000, 0.8);

    /** None: a new mesh answers urgent queries too. */
    public static final QosThresholds NONE = new QosThresholds(0, 0, 0);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a count is negative or the reputation is out of range
     */
    public QosThresholds {
        if (interactiveTasks < 0 || realtimeTasks < 0) {
            throw new IllegalArgumentException("a number of tasks must not be negative");
        }
        if (!(realtimeReputation >= 0 && realtimeReputation <= 1)) {
            throw new IllegalArgumentException("realtimeReputation must be between 0 and 1, was " + realtimeReputation);
        }
    }

    boolean admits(NodeStanding standing, @Nullable Qos qos) {
        if (qos == Qos.INTERACTIVE) {
            return standing.tasks() >= interactiveTasks;
        }
        if (qos == Qos.REALTIME) {
            return standing.tasks() >= realtimeTasks && standing.reputation() >= realtimeReputation;
        }
        return true;
    }
}
