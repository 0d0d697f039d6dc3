package network.iicp.protocol;

import java.util.Locale;

/** Who reported a failure. Error numbers of IICP collide between components, so a code is read together with this. */
public enum ErrorComponent {
    /** This library, on the consumer side. */
    CLIENT,
    /** A directory. */
    DIRECTORY,
    /** A provider node. */
    NODE,
    /** A local compatibility proxy. */
    PROXY;

    /** Returns the lower-case word used on the wire and in logs. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
