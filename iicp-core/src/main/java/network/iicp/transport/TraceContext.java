package network.iicp.transport;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a call stands in a trace. Immutable. Source: W3C Trace Context, version 00.
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero; the same for every call of one operation
 * @param parentId 16 lower-case hexadecimal digits, not all zero; one per call
 * @param sampled whether the trace is recorded
 * @param tracestate what tracing systems carry along, or {@code null}
 */
public record TraceContext(
        String traceId,
        String parentId,
        boolean sampled,
        @Nullable String tracestate) {

    /** The name of the header that carries {@link #traceparent()}. */
    public static final String TRACEPARENT = "traceparent";

    /** The name of the header that carries {@link #tracestate()}. */
    public static final String TRACESTATE = "tracestate";

    private static final int MAX_TRACESTATE = 512;
    private static final Pattern FORM = Pattern.compile(
            "(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?");

    /**
     * Checks the ids. A tracestate of more than 512 characters or with characters that headers cannot carry is dropped.
     *
     * @throws IllegalArgumentException if an id is malformed
     */
    public TraceContext {
        requireId(traceId, 32, "traceId");
        requireId(parentId, 16, "parentId");
        boolean kept = tracestate != null
                && !tracestate.isBlank()
                && tracestate.length() <= MAX_TRACESTATE
                && tracestate.chars().allMatch(c -> c >= 0x20 && c <= 0x7E);
        tracestate = kept ? tracestate : null;
    }

    private static void requireId(String id, int length, String name) {
        boolean hex =
                id.length() == length && id.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        if (!hex || id.chars().allMatch(c -> c == '0')) {
            throw new IllegalArgumentException(
                    "%s is not %d lower-case hexadecimal digits, not all zero".formatted(name, length));
        }
    }

    /** Begins a trace, sampled. */
    public static TraceContext root(RandomGenerator random) {
        String trace = digits(random) + digits(random);
        return new TraceContext(trace, digits(random), true, null);
    }

    /**
     * Reads a {@code traceparent} header. Later versions are read by what they share with version 00.
     *
     * @param traceparent the value of the header
     * @return the context without tracestate, or empty when the value is malformed
     */
    public static Optional<TraceContext> parse(String traceparent) {
        return parse(traceparent, null);
    }

    /**
     * Reads the two headers.
     *
     * @param traceparent the value of the first
     * @param tracestate the value of the second, or {@code null}
     * @return the context, or empty when the traceparent is malformed
     */
    public static Optional<TraceContext> parse(String traceparent, @Nullable String tracestate) {
        Matcher form = FORM.matcher(traceparent.strip());
        if (!form.matches() || form.group("version").equals("ff")) {
            return Optional.empty();
        }
        boolean longerVersionZero = form.group("version").equals("00") && form.group("more") != null;
        String trace = form.group("trace");
        String parent = form.group("parent");
        if (longerVersionZero || isZero(trace) || isZero(parent)) {
            return Optional.empty();
        }
        boolean sampled = (Integer.parseInt(form.group("flags"), 16) & 1) == 1;
        return Optional.of(new TraceContext(trace, parent, sampled, tracestate));
    }

    /** Returns the context of a call within this one: same trace, flag and tracestate, a new parent id. */
    public TraceContext child(RandomGenerator random) {
        return new TraceContext(traceId, digits(random), sampled, tracestate);
    }

    /** Returns the value of the {@code traceparent} header. */
    public String traceparent() {
        return "00-" + traceId + "-" + parentId + (sampled ? "-01" : "-00");
    }

    private static String digits(RandomGenerator random) {
        long value = 0;
        while (value == 0) {
            value = random.nextLong();
        }
        return "%016x".formatted(value);
    }

    private static boolean isZero(String id) {
        return id.chars().allMatch(c -> c == '0');
    }
}
