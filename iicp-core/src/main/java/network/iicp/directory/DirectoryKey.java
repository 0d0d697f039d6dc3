package network.iicp.directory;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The key a directory signs with: pinned, or fetched when it is first needed and again after an hour. Callers that need it at the same
 * time share one request. Thread-safe.
 */
final class DirectoryKey {

    private static final long FRESH_NANOS = Duration.ofHours(1).toNanos();

    private final Supplier<CompletableFuture<byte[]>> source;
    private final LongSupplier nanos;
    private final byte @Nullable [] pinned;
    private final ReentrantLock lock = new ReentrantLock();
    private byte @Nullable [] known;
    private long knownAt;
    private @Nullable CompletableFuture<byte[]> asking;

    /**
     * @param source asks the directory; has a time limit of its own
     * @param pinned the only key to accept, or {@code null}
     */
    DirectoryKey(Supplier<CompletableFuture<byte[]>> source, byte @Nullable [] pinned, LongSupplier nanos) {
        this.source = source;
        this.pinned = pinned == null ? null : pinned.clone();
        this.nanos = nanos;
    }

    /** Returns the key. */
    CompletableFuture<byte[]> current() {
        if (pinned != null) {
            return CompletableFuture.completedFuture(pinned);
        }
        lock.lock();
        try {
            if (known != null && nanos.getAsLong() - knownAt < FRESH_NANOS) {
                return CompletableFuture.completedFuture(known);
            }
        } finally {
            lock.unlock();
        }
        return ask();
    }

    /** Returns the key the directory has now, when a signature does not fit the one it had; empty when it is still that one, or pinned. */
    CompletableFuture<Optional<byte[]>> after(byte[] doubted) {
        if (pinned != null) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        lock.lock();
        try {
            if (known != null && !Arrays.equals(known, doubted)) {
                return CompletableFuture.completedFuture(Optional.of(known));
            }
        } finally {
            lock.unlock();
        }
        return ask().thenApply(key -> Arrays.equals(key, doubted) ? Optional.empty() : Optional.of(key));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
    private CompletableFuture<byte[]> ask() {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        lock.lock();
        try {
            if (asking != null) {
                return asking;
            }
            asking = answer;
        } finally {
            lock.unlock();
        }
        source.get().whenComplete((key, thrown) -> {
            lock.lock();
            try {
                asking = null;
                if (thrown == null) {
                    known = key;
                    knownAt = nanos.getAsLong();
                }
            } finally {
                lock.unlock();
            }
            if (thrown == null) {
                answer.complete(key);
            } else {
                answer.completeExceptionally(thrown);
            }
        });
        return answer;
    }
}
