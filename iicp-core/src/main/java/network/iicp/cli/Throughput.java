package network.iicp.cli;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Counts something, and how much of it came in the last minute. Thread-safe. */
final class Throughput {

    private static final int SECONDS = 60;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final LongSupplier nanos;
    private final long begin;
    private final ReentrantLock lock = new ReentrantLock();
    private final long[] amounts = new long[SECONDS];
    private final long[] seconds = new long[SECONDS];

    Throughput(LongSupplier nanos) {
        this.nanos = nanos;
        this.begin = nanos.getAsLong();
    }

    void add(long amount) {
        lock.lock();
        try {
            long now = second();
            int at = (int) (now % SECONDS);
            if (seconds[at] != now) {
                seconds[at] = now;
                amounts[at] = 0;
            }
            amounts[at] += amount;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how much came in a second, on average over the last minute or the time since the beginning. */
    double perSecond() {
        lock.lock();
        try {
            long now = second();
            long sum = 0;
            for (int i = 0; i < SECONDS; i++) {
                if (now - seconds[i] < SECONDS) {
                    sum += amounts[i];
                }
            }
            return (double) sum / Math.min(SECONDS, now + 1);
        } finally {
            lock.unlock();
        }
    }

    private long second() {
        return (nanos.getAsLong() - begin) / SECOND;
    }
}
