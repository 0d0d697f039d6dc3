package network.iicp.node;

import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/**
 * Makes the streams of a node's tasks.
 *
 * @param timer runs heartbeats
 * @param nanos a monotonic clock
 * @param heartbeats how long a stream may be silent
 * @param bounds how much of a stream is kept
 * @param mostEventBytes largest event
 */
record Streams(
        ScheduledExecutorService timer,
        LongSupplier nanos,
        EventDelivery.Heartbeats heartbeats,
        EventLog.Bounds bounds,
        int mostEventBytes) {

    /** Returns a delivery that has not begun. */
    EventDelivery delivery() {
        return new EventDelivery(timer, nanos, heartbeats);
    }

    /** Returns the writer of a new log. */
    EventWriter writer(Admitted task) {
        return new EventWriter(task.taskId(), new EventLog(bounds), task.sealer(), mostEventBytes);
    }
}
