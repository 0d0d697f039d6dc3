package network.iicp.directory.server;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the release a node follows stands to the releases a directory knows. */
enum SdkRelease {
    /** The latest one known. */
    LATEST_KNOWN,
    /** An older one. */
    BEHIND_KNOWN,
    /** A newer one. */
    AHEAD_OF_KNOWN,
    /** Not said, or not readable. */
    UNKNOWN;

    /** Releases from here on count as current. */
    static final String BASELINE = "0.7.68";

    /** The latest release this directory knows. */
    static final String LATEST = "0.7.107";

    private static final Pattern DOTTED =
            Pattern.compile("v?(\\d{1,9})(?:\\.(\\d{1,9})(?:\\.(\\d{1,9})(?:\\.[^+-]*)?)?)?(?:[a-z+-].*)?");
    private static final int PARTS = 3;

    /** Returns the release a node follows: the compatibility baseline where it names one, else its version. */
    private static Optional<String> followedBy(Map<String, Object> registration) {
        Object baseline = registration.get("sdk_compatibility_version");
        Object named = baseline == null ? registration.get("sdk_version") : baseline;
        return named instanceof String version ? Optional.of(version) : Optional.empty();
    }

    /** Returns {@code current} from {@link #BASELINE} on, {@code downlevel} before, or {@code unknown}. */
    static String status(Map<String, Object> registration) {
        Optional<Integer> order = followedBy(registration).flatMap(version -> compare(version, BASELINE));
        if (order.isEmpty()) {
            return "unknown";
        }
        return order.get() >= 0 ? "current" : "downlevel";
    }

    /** Returns how the release a node follows stands to {@link #LATEST}. */
    static SdkRelease of(Map<String, Object> registration) {
        Optional<Integer> order = followedBy(registration).flatMap(version -> compare(version, LATEST));
        if (order.isEmpty()) {
            return UNKNOWN;
        }
        if (order.get() == 0) {
            return LATEST_KNOWN;
        }
        return order.get() < 0 ? BEHIND_KNOWN : AHEAD_OF_KNOWN;
    }

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Compares dotted numbers; empty when one of them is none. */
    static Optional<Integer> compare(String left, String right) {
        Matcher a = DOTTED.matcher(left);
        Matcher b = DOTTED.matcher(right);
        if (!a.matches() || !b.matches()) {
            return Optional.empty();
        }
        for (int part = 1; part <= PARTS; part++) {
            int order = Integer.compare(number(a.group(part)), number(b.group(part)));
            if (order != 0) {
                return Optional.of(order);
            }
        }
        return Optional.of(0);
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
