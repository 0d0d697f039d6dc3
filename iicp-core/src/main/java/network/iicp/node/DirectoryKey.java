package network.iicp.node;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The public key of the directory, as last fetched. A directory may change its key; a signature that does not fit is therefore reason to
 * ask again, once a minute at most, so that forged tokens cannot make the node ask more often. Thread-safe.
 */
final class DirectoryKey {

    private static final long REFRESH_NANOS = Duration.ofSeconds(60).toNanos();

    private final Supplier<Optional<byte[]>> source;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private byte @Nullable [] key;
    private boolean asked;
    private long askedAt;

    /**
     * Makes a holder without a key.
     *
     * @param source asks the directory; may block; empty when it does not say
     * @param nanos a monotonic clock
     */
    DirectoryKey(Supplier<Optional<byte[]>> source, LongSupplier nanos) {
        this.source = source;
        this.nanos = nanos;
    }

    /** Asks the directory for its key; what was known stays when it does not answer. May block. */
    void refresh() {
        lock.lock();
        try {
            asked = true;
            askedAt = nanos.getAsLong();
        } finally {
            lock.unlock();
        }
        Optional<byte[]> answer = source.get();
        lock.lock();
        try {
            answer.ifPresent(bytes -> key = bytes);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the key, if it is known. Never blocks. */
    Optional<byte[]> current() {
        lock.lock();
        try {
            return Optional.ofNullable(key);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the key after asking again; empty when it was asked for less than a minute ago. May block. */
    Optional<byte[]> afterRotation() {
        lock.lock();
        try {
            if (asked && nanos.getAsLong() - askedAt < REFRESH_NANOS) {
                return Optional.empty();
            }
        } finally {
            lock.unlock();
        }
        refresh();
        return current();
    }
}
