package network.iicp.node;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A directory a node registers at.
 *
 * @param url base URL, such as {@code https://iicp.network/api}
 * @param joinToken the token it asks of nodes that register, or {@code null}; no other directory is shown it
 */
public record NodeDirectory(URI url, @Nullable String joinToken) {

    /**
     * Checks the forms.
     *
     * @throws network.iicp.protocol.ConfigurationException if the URL is no http or https one, or no header can carry the token
     */
    public NodeDirectory {
        SettingsChecks.requireHttp(url, "directory URL");
        if (joinToken != null) {
            SettingsChecks.requireToken(joinToken);
        }
    }

    /** Returns a directory that asks for no token. */
    public static NodeDirectory of(URI url) {
        return new NodeDirectory(url, null);
    }

    /** Names the host; never the token. */
    @Override
    public String toString() {
        return "NodeDirectory[%s]".formatted(url.getHost());
    }
}
