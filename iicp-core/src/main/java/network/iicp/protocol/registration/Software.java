package network.iicp.protocol.registration;

import java.util.Objects;

/**
 * The software a node runs, as directories show it.
 *
 * @param language {@code [a-z0-9_-]}, at most 32 characters
 * @param compatibility release of the official SDKs whose behaviour it follows, for example {@code 0.7.107}
 * @param name name of the implementation
 * @param version its own version
 */
public record Software(String language, String compatibility, String name, String version) {

    /** Release of the official SDKs that this library was tested against. */
    public static final String COMPATIBILITY = "0.7.107";

    /** Checks that nothing is missing. */
    public Software {
        Objects.requireNonNull(language, "language");
        Objects.requireNonNull(compatibility, "compatibility");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(version, "version");
    }

    /** Returns this library in its present version. */
    public static Software iicpJava() {
        String version = Software.class.getPackage().getImplementationVersion();
        return new Software("java", COMPATIBILITY, "iicp-java", version == null ? "0.1.0" : version);
    }
}
