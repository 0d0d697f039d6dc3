package network.iicp.protocol;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * The moment after which a call must not go on. Monotonic: changes of the wall clock do not move it. Immutable.
 */
public final class Deadline {

    private final long nanos;
    private final LongSupplier clock;

    private Deadline(long nanos, LongSupplier clock) {
        this.nanos = nanos;
        this.clock = clock;
    }

    /** Returns the moment {@code limit} from now. */
    public static Deadline after(Duration limit) {
        return after(limit, System::nanoTime);
    }

    /**
     * Returns the moment {@code limit} from now on the given clock.
     *
     * @param limit how long the call may take; zero or negative is already expired
     * @param nanoClock a monotonic clock in nanoseconds, such as {@code System::nanoTime}
     */
    public static Deadline after(Duration limit, LongSupplier nanoClock) {
        Objects.requireNonNull(limit, "limit");
        return new Deadline(nanoClock.getAsLong() + limit.toNanos(), nanoClock);
    }

    /** Returns the time left, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, nanos - clock.getAsLong()));
    }

    /** Returns whether no time is left. */
    public boolean expired() {
        return nanos - clock.getAsLong() <= 0;
    }

    /** Returns the earlier of this deadline and {@code limit} from now, on the same clock. */
    public Deadline within(Duration limit) {
        Deadline other = after(limit, clock);
        return other.nanos - nanos < 0 ? other : this;
    }

    @Override
    public String toString() {
        return "Deadline[%d ms left]".formatted(remaining().toMillis());
    }
}
