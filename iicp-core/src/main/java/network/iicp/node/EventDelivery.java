package network.iicp.node;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import network.iicp.transport.EventStream;
import org.jspecify.annotations.Nullable;

/**
 * Carries the events of a log to one consumer, as fast as that takes them. Uses no thread of its own. Writes a comment when there is
 * nothing to say for a while, which is how a consumer that has gone is noticed. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class EventDelivery {

    private static final int MOST_UNCONFIRMED = 8;

    private final ScheduledExecutorService timer;
    private final LongSupplier nanos;
    private final Heartbeats heartbeats;
    private final AtomicInteger pumping = new AtomicInteger();
    private final AtomicInteger unconfirmed = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicReference<@Nullable ScheduledFuture<?>> nextHeartbeat = new AtomicReference<>();
    private volatile @Nullable Target target;
    private volatile long lastWrite;
    private volatile boolean resultBegun;

    private record Target(EventStream stream, EventLog.Reader reader) {}

    /**
     * How long to be silent.
     *
     * @param beforeResult longest silence until the first part of the result
     * @param afterwards longest silence after that
     */
    record Heartbeats(Duration beforeResult, Duration afterwards) {
        static final Heartbeats DEFAULT = new Heartbeats(Duration.ofSeconds(5), Duration.ofSeconds(15));
    }

    /**
     * Prepares a delivery.
     *
     * @param timer runs the heartbeats
     * @param nanos a monotonic clock
     * @param heartbeats how long to be silent
     */
    EventDelivery(ScheduledExecutorService timer, LongSupplier nanos, Heartbeats heartbeats) {
        this.timer = timer;
        this.nanos = nanos;
        this.heartbeats = heartbeats;
        this.lastWrite = nanos.getAsLong();
    }

    /** Begins to write what the reader reads. */
    void start(EventStream stream, EventLog.Reader reader) {
        target = new Target(stream, reader);
        if (ended.get()) {
            // The consumer was found gone in between.
            stream.close();
            reader.leave();
            return;
        }
        lastWrite = nanos.getAsLong();
        scheduleHeartbeat();
        wake();
    }

    /** Looks whether there is something to write. Calls from several threads, and from within itself, become one more round. */
    void wake() {
        if (pumping.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            pump();
            seen = pumping.addAndGet(-seen);
        } while (seen != 0);
    }

    private void pump() {
        Target to = target;
        while (to != null && !ended.get() && unconfirmed.get() < MOST_UNCONFIRMED) {
            EventLog.Entry entry = to.reader().poll();
            if (entry != null) {
                write(to, entry);
                continue;
            }
            if (to.reader().isLost()) {
                end();
            }
            return;
        }
    }

    private void write(Target to, EventLog.Entry entry) {
        unconfirmed.incrementAndGet();
        lastWrite = nanos.getAsLong();
        if (entry.sequence() > 0) {
            resultBegun = true;
        }
        to.stream().send(entry.event()).whenComplete((written, failure) -> {
            unconfirmed.decrementAndGet();
            if (failure != null) {
                end();
                return;
            }
            to.reader().taken(entry);
            if (entry.terminal()) {
                end();
            }
            wake();
        });
    }

    /** The consumer does not read any more. */
    void gone() {
        end();
    }

    private void end() {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        ScheduledFuture<?> heartbeat = nextHeartbeat.getAndSet(null);
        if (heartbeat != null) {
            heartbeat.cancel(false);
        }
        Target to = target;
        if (to != null) {
            to.stream().close();
            to.reader().leave();
        }
    }

    private void scheduleHeartbeat() {
        if (ended.get()) {
            return;
        }
        Duration silence = resultBegun ? heartbeats.afterwards() : heartbeats.beforeResult();
        long wait = silence.toNanos() - (nanos.getAsLong() - lastWrite);
        try {
            nextHeartbeat.set(timer.schedule(this::heartbeat, Math.max(wait, 1_000_000), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException e) {
            // The node is closing; its listener cuts what is left.
            return;
        }
        if (ended.get()) {
            ScheduledFuture<?> late = nextHeartbeat.getAndSet(null);
            if (late != null) {
                late.cancel(false);
            }
        }
    }

    private void heartbeat() {
        Duration silence = resultBegun ? heartbeats.afterwards() : heartbeats.beforeResult();
        boolean due = nanos.getAsLong() - lastWrite >= silence.toNanos() && unconfirmed.get() == 0;
        Target to = target;
        if (due && to != null && !ended.get()) {
            lastWrite = nanos.getAsLong();
            to.stream().comment("").whenComplete((written, failure) -> {
                if (failure != null) {
                    end();
                }
            });
        }
        scheduleHeartbeat();
    }
}
