package network.iicp.spring.boot;

import java.net.URI;
import network.iicp.client.ClientSettings;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/** Where {@code iicp.directory-url} says the directory is. */
final class PropertiesIicpConnectionDetails implements IicpConnectionDetails {

    /** The word for the public directory. */
    static final String PUBLIC = "public";

    private final @Nullable String configured;

    PropertiesIicpConnectionDetails(@Nullable String configured) {
        this.configured = configured;
    }

    @Override
    public URI directoryUrl() {
        if (configured == null || configured.isBlank()) {
            throw new MissingDirectoryUrlException();
        }
        String url = configured.trim();
        if (url.equals(PUBLIC)) {
            return ClientSettings.PUBLIC_DIRECTORY;
        }
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            // Not with its cause, whose message repeats the whole value: what is before an at sign may be a password.
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "the directory URL %s is not a URL".formatted(Quoted.of(url.substring(url.lastIndexOf('@') + 1)))));
        }
    }
}
