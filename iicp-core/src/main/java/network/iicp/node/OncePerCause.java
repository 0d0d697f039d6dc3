package network.iicp.node;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Keeps a warning that would be repeated with every heartbeat to once for each cause. Thread-safe. */
final class OncePerCause {

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Object, String> last = new HashMap<>();

    /** Warns, unless the last warning about the subject had the same cause. */
    void warn(Object subject, String cause, Runnable warning) {
        boolean isNew;
        lock.lock();
        try {
            isNew = !cause.equals(last.put(subject, cause));
        } finally {
            lock.unlock();
        }
        if (isNew) {
            warning.run();
        }
    }

    /**
     * Notes that the subject is well again.
     *
     * @return whether something had been warned of
     */
    boolean clear(Object subject) {
        lock.lock();
        try {
            return last.remove(subject) != null;
        } finally {
            lock.unlock();
        }
    }
}
