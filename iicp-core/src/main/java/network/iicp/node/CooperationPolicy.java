package network.iicp.node;

import java.time.Duration;

/**
 * What a node does for cooperative inference, in which a coordinator shares a task out to several workers. Off unless set. Immutable.
 * Source: IICP cooperative inference, worker policy.
 *
 * @param worker whether the node takes sub-tasks of coordinators
 * @param toolExecution whether the node takes tasks of the domain {@code tool}; never as sub-tasks
 * @param maxConcurrentRemote sub-tasks at once, 1 to 256; they need a place of the node besides
 * @param maxWorkerTimeout most time of a sub-task, 1 ms to 60 s
 */
public record CooperationPolicy(
        boolean worker, boolean toolExecution, int maxConcurrentRemote, Duration maxWorkerTimeout) {

    // Above the constant: it is checked against them while the class initialises.
    private static final int MOST_PLACES = 256;
    private static final Duration MOST_TIME = Duration.ofSeconds(60);

    /** No sub-tasks, no tools. */
    public static final CooperationPolicy OFF = new CooperationPolicy(false, false, 2, Duration.ofSeconds(30));

    /**
     * Checks the ranges.
     *
     * @throws network.iicp.protocol.ConfigurationException if a value is out of range
     */
    public CooperationPolicy {
        SettingsChecks.inRange(maxConcurrentRemote, 1, MOST_PLACES, "maxConcurrentRemote");
        SettingsChecks.inRange(maxWorkerTimeout, Duration.ofMillis(1), MOST_TIME, "maxWorkerTimeout");
    }

    /** Returns a policy that takes sub-tasks, two at once, up to 30 s each. */
    public static CooperationPolicy asWorker() {
        return new CooperationPolicy(true, OFF.toolExecution(), OFF.maxConcurrentRemote(), OFF.maxWorkerTimeout());
    }

    /** Returns a copy that takes tasks of the domain {@code tool}, or does not. */
    public CooperationPolicy withToolExecution(boolean allowed) {
        return new CooperationPolicy(worker, allowed, maxConcurrentRemote, maxWorkerTimeout);
    }

    /** Returns a copy with this number of sub-tasks at once. */
    public CooperationPolicy withMaxConcurrentRemote(int subTasks) {
        return new CooperationPolicy(worker, toolExecution, subTasks, maxWorkerTimeout);
    }

    /** Returns a copy with this bound on the time of a sub-task. */
    public CooperationPolicy withMaxWorkerTimeout(Duration limit) {
        return new CooperationPolicy(worker, toolExecution, maxConcurrentRemote, limit);
    }
}
