package network.iicp.client;

import java.time.Duration;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;

/**
 * Time limits of one call. Immutable.
 *
 * @param connect longest wait for a connection, TLS included; more than 0, default 5 s
 * @param firstEvent longest silence before the first content of a stream; more than 0, default 30 s. A node that is silent
 *     for longer counts as failed, and the next one is tried
 * @param idle longest silence between two events of a stream, and in the middle of a whole answer once its headers are there; more
 *     than 0, default 30 s
 * @param total longest duration of the whole call: discovery, retries, back-off and the body included; 100 ms to 120 s,
 *     default 120 s
 */
public record TimeLimits(Duration connect, Duration firstEvent, Duration idle, Duration total) {

    /** Longest total that IICP clients accept. */
    public static final Duration MAX_TOTAL = Duration.ofSeconds(120);

    /** Shortest total. */
    public static final Duration MIN_TOTAL = Duration.ofMillis(100);

    /** 5 s to connect, 30 s to the first content, 30 s between events, 120 s in all. */
    public static final TimeLimits DEFAULT =
            new TimeLimits(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(30), MAX_TOTAL);

    /**
     * Checks the ranges.
     *
     * @throws ConfigurationException if a limit is not positive or the total is out of range; code {@code invalid_config}
     */
    public TimeLimits {
        requirePositive(connect, "connect");
        requirePositive(firstEvent, "first-event");
        requirePositive(idle, "idle");
        if (total.compareTo(MIN_TOTAL) < 0 || total.compareTo(MAX_TOTAL) > 0) {
            throw invalid("the total time limit is %d ms; it must be between %d and %d"
                    .formatted(total.toMillis(), MIN_TOTAL.toMillis(), MAX_TOTAL.toMillis()));
        }
    }

    private static void requirePositive(Duration limit, String name) {
        if (limit.isZero() || limit.isNegative()) {
            throw invalid("the %s time limit is %d ms; it must be positive".formatted(name, limit.toMillis()));
        }
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.CLIENT, message));
    }

    /** Returns a copy with another longest wait for a connection. */
    public TimeLimits withConnect(Duration limit) {
        return new TimeLimits(limit, firstEvent, idle, total);
    }

    /** Returns a copy with another longest silence before the first content. */
    public TimeLimits withFirstEvent(Duration limit) {
        return new TimeLimits(connect, limit, idle, total);
    }

    /** Returns a copy with another longest silence between events. */
    public TimeLimits withIdle(Duration limit) {
        return new TimeLimits(connect, firstEvent, limit, total);
    }

    /** Returns a copy with another total. */
    public TimeLimits withTotal(Duration limit) {
        return new TimeLimits(connect, firstEvent, idle, limit);
    }
}
