package network.iicp.directory.server;

import java.util.Locale;
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
    static Optional<String> followedBy(NodeProfile profile) {
        return profile.text("sdk_compatibility_version").or(() -> profile.text("sdk_version"));
    }

    /** Returns whether the node follows a release from {@link #BASELINE} on. */
    static boolean isCurrent(NodeProfile profile) {
        return status(profile).equals("current");
    }

    /** Returns {@code current}, {@code downlevel} or {@code unknown}. */
    static String status(NodeProfile profile) {
        Optional<Integer> order = followedBy(profile).flatMap(version -> compare(version, BASELINE));
        if (order.isEmpty()) {
            return "unknown";
        }
        return order.get() >= 0 ? "current" : "downlevel";
    }

    static SdkRelease of(NodeProfile profile) {
        Optional<Integer> order = followedBy(profile).flatMap(version -> compare(version, LATEST));
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
