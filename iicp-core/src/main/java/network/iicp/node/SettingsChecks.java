package network.iicp.node;

import java.net.URI;
import java.time.Duration;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;

/** Checks of single settings, with messages that name the setting and its range. */
final class SettingsChecks {

    private SettingsChecks() {}

    static void requireHttp(URI url, String name) {
        String scheme = url.getScheme();
        boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!http || url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null) {
            throw invalid("%s must be an http or https URL with a host and without user and fragment".formatted(name));
        }
    }

    static void requireToken(String token) {
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw invalid("a join token must be printable ASCII without spaces");
        }
    }

    static int inRange(int value, int least, int most, String name) {
        if (value < least || value > most) {
            throw invalid("%s must be between %d and %d, was %d".formatted(name, least, most, value));
        }
        return value;
    }

    static Duration inRange(Duration value, Duration least, Duration most, String name) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw invalid("%s must be between %d ms and %d ms, was %d ms"
                    .formatted(name, least.toMillis(), most.toMillis(), value.toMillis()));
        }
        return value;
    }

    static ConfigurationException invalid(String message, Throwable cause) {
        return new ConfigurationException(error(message), cause);
    }

    static ConfigurationException invalid(String message) {
        return new ConfigurationException(error(message));
    }

    private static IicpError error(String message) {
        return IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message);
    }
}
