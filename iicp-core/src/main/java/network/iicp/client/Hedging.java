package network.iicp.client;

import java.time.Duration;
import java.util.Optional;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import org.jspecify.annotations.Nullable;

/**
 * Whether a task that takes long is sent to a second node too. The first answer counts, the other node is told to stop. At most
 * two nodes work on a task at a time, and the second send counts among the attempts. Not for streams, not for tasks that must not
 * run twice, not for strict calls. Costs credits for both. Immutable.
 */
public final class Hedging {

    /** Never a second node while the first is working. The default. */
    public static final Hedging OFF = new Hedging(false, null);

    private static final Hedging P95 = new Hedging(true, null);

    private final boolean on;
    private final @Nullable Duration delay;

    private Hedging(boolean on, @Nullable Duration delay) {
        this.on = on;
        this.delay = delay;
    }

    /**
     * Returns hedging after the time within which 95 % of this client's answers for the same intent and model came of late. Until
     * twenty of them are known nothing is hedged.
     */
    public static Hedging afterP95() {
        return P95;
    }

    /**
     * Returns hedging after a fixed time.
     *
     * @param delay how long the first node has alone; more than 0
     * @throws ConfigurationException if it is not positive
     */
    public static Hedging after(Duration delay) {
        if (delay.isZero() || delay.isNegative()) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "the delay of hedging is %d ms; it must be positive".formatted(delay.toMillis())));
        }
        return new Hedging(true, delay);
    }

    /** Returns whether a second node may be asked. */
    public boolean isOn() {
        return on;
    }

    /** Returns how long the first node has alone; empty when that is taken from what was seen. */
    public Optional<Duration> delay() {
        return Optional.ofNullable(delay);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hedging that && on == that.on && delay().equals(that.delay());
    }

    @Override
    public int hashCode() {
        return Boolean.hashCode(on) + 31 * delay().hashCode();
    }

    @Override
    public String toString() {
        if (!on) {
            return "Hedging[off]";
        }
        return delay == null ? "Hedging[after p95]" : "Hedging[after %d ms]".formatted(delay.toMillis());
    }
}
