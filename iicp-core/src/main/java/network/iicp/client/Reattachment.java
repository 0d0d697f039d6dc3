package network.iicp.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.wire.LifecyclePaths;

/**
 * How often and how soon a lost connection to a node is replaced: at most four times in a row without a new event, inside about 1.3 s. That
 * is well inside the window in which nodes keep events, and soon enough to give up a node that is gone. Thread-safe.
 */
final class Reattachment {

    /** For nodes that do not offer it. */
    static final Reattachment NONE = new Reattachment("");

    private static final List<Duration> PAUSES =
            List.of(Duration.ZERO, Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(900));

    private final String path;
    private final AtomicInteger tries = new AtomicInteger();

    private Reattachment(String path) {
        this.path = path;
    }

    /** Returns what applies to a node with these paths. */
    static Reattachment along(LifecyclePaths paths) {
        return paths.attach() == null ? NONE : new Reattachment(paths.attach());
    }

    /** Returns the path to attach at. */
    String path() {
        return path;
    }

    /** Returns how long to wait before the next try; empty when it was tried often enough. */
    Optional<Duration> nextPause() {
        int number = path.isEmpty() ? PAUSES.size() : tries.getAndIncrement();
        return number < PAUSES.size() ? Optional.of(PAUSES.get(number)) : Optional.empty();
    }

    /** A new event came: the next loss is a first one. */
    void progressed() {
        tries.set(0);
    }

    /** Returns whether a refusal with this status will not change: the node does not know the task, or not its events any more. */
    static boolean isFinal(int status) {
        return status < 500 && status != 408 && status != 429;
    }
}
