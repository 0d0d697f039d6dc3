package network.iicp.node;

import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.crypto.TaskKey;
import org.jspecify.annotations.Nullable;

/**
 * A task that was accepted, for those who want to cancel it or attach to it again. Thread-safe.
 */
final class RunningTask {

    private final String id;
    private final @Nullable String taskKey;
    private final Execution execution;
    private final @Nullable EventLog log;
    private final AtomicInteger departures = new AtomicInteger();
    private volatile String status = "running";

    RunningTask(String id, @Nullable String taskKey, Execution execution, @Nullable EventLog log) {
        this.id = id;
        this.taskKey = taskKey;
        this.execution = execution;
        this.log = log;
    }

    String id() {
        return id;
    }

    Execution execution() {
        return execution;
    }

    /** Returns the events, or {@code null} when the task is answered as a whole. */
    @Nullable
    EventLog log() {
        return log;
    }

    /** Returns whether the task can be attached to again. */
    boolean isReattachable() {
        return log != null && taskKey != null;
    }

    /** Returns whether the secret proves that its owner sent the task. Without a task key nobody can. */
    boolean isOwnedBy(@Nullable String secret) {
        return taskKey != null && secret != null && TaskKey.matches(taskKey, secret);
    }

    /** Returns {@code running}, or the word of the terminal event. */
    String status() {
        return status;
    }

    void ended(String word) {
        status = word;
    }

    /** Notes that the leading consumer went away, and returns a number that tells this departure from later ones. */
    int departed() {
        return departures.incrementAndGet();
    }

    /** Returns whether the consumer that went away then has neither come back nor gone again. */
    boolean isStillAlone(int departure) {
        EventLog events = log;
        return departures.get() == departure && events != null && !events.isLed();
    }

    long weight() {
        EventLog events = log;
        return events == null ? 0 : events.weight();
    }
}
