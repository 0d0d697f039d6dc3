package network.iicp.backend;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Task;
import network.iicp.spi.TaskContext;

/** Times one task: when its first part came, and how long its consumer held it up. Thread-safe. */
final class TaskMeasure implements TaskContext {

    private static final long NONE = Long.MIN_VALUE;

    private final TaskContext context;
    private final LongSupplier nanos;
    private final long start;
    private final AtomicLong first = new AtomicLong(NONE);
    private final AtomicLong heldUp = new AtomicLong();

    TaskMeasure(TaskContext context, LongSupplier nanos) {
        this.context = context;
        this.nanos = nanos;
        this.start = nanos.getAsLong();
    }

    /** Returns whether a part was sent. */
    boolean hasBegun() {
        return first.get() != NONE;
    }

    /** Returns the time from the start to the first part; only when there was one. */
    Duration toFirst() {
        return Duration.ofNanos(first.get() - start);
    }

    /** Returns the time since the start. */
    Duration total() {
        return Duration.ofNanos(nanos.getAsLong() - start);
    }

    /** Returns the time that the consumer of the parts took. */
    Duration heldUp() {
        return Duration.ofNanos(heldUp.get());
    }

    @Override
    public void emit(Map<String, Object> part) throws InterruptedException {
        long before = nanos.getAsLong();
        first.compareAndSet(NONE, before);
        try {
            context.emit(part);
        } finally {
            heldUp.addAndGet(nanos.getAsLong() - before);
        }
    }

    @Override
    public Task task() {
        return context.task();
    }

    @Override
    public Deadline deadline() {
        return context.deadline();
    }

    @Override
    public boolean isStreaming() {
        return context.isStreaming();
    }

    @Override
    public boolean isCancelled() {
        return context.isCancelled();
    }

    @Override
    public void onCancel(Runnable action) {
        context.onCancel(action);
    }

    @Override
    public String traceparent() {
        return context.traceparent();
    }
}
