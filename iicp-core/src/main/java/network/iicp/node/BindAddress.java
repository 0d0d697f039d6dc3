package network.iicp.node;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/** Turns the address a node binds into the one it can be reached at on the same machine. */
final class BindAddress {

    private static final Set<String> ANY = Set.of("0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0");
    private static final String LOOPBACK = "127.0.0.1";

    private BindAddress() {}

    /** Returns whether only this machine can connect to the address. */
    static boolean isLoopback(String host) {
        String name = plain(host);
        return name.equals("localhost") || name.equals("::1") || name.startsWith("127.");
    }

    /**
     * Returns the URL of a listener for callers on this machine.
     *
     * @param scheme {@code http} or {@code https}
     * @param host the address that is bound
     * @param port the port that is bound
     */
    static URI reachable(String scheme, String host, int port) {
        String name = plain(host);
        if (ANY.contains(name) || name.equals("localhost")) {
            name = LOOPBACK;
        }
        String literal = name.indexOf(':') >= 0 ? "[" + name + "]" : name;
        return URI.create("%s://%s:%d".formatted(scheme, literal, port));
    }

    private static String plain(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        return name.startsWith("[") && name.endsWith("]") && !name.equals("[::]")
                ? name.substring(1, name.length() - 1)
                : name;
    }
}
