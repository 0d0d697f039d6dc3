package network.iicp.protocol.wire;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Reads the {@code Retry-After} header: seconds, or an HTTP date. Source: RFC 9110, section 10.2.3. */
public final class RetryAfter {

    /** Longest wait that is believed; a peer that asks for more is taken to ask for this. */
    public static final Duration LONGEST = Duration.ofHours(1);

    private RetryAfter() {}

    /**
     * Returns the wait the header asks for, between zero and {@link #LONGEST}; empty when it is not readable.
     *
     * @param header value of the header
     * @param now the current time, for dates
     */
    public static Optional<Duration> parse(String header, Instant now) {
        String text = header.trim();
        try {
            if (!text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(text))));
            }
            Instant at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(bounded(Duration.between(now, at)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Returns the wait, at least zero and at most {@link #LONGEST}. */
    public static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
