package network.iicp.client;

import java.net.URI;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * One directory, and what is known and shown to it alone: its key, its issuers, the credential of this consumer. Immutable; made with
 * {@link #builder(URI)} or {@link #of(String)}.
 */
public final class DirectorySettings {

    private final URI url;
    private final Set<String> acceptedIssuers;
    private final byte @Nullable [] publicKey;
    private final byte @Nullable [] replicaKey;
    private final @Nullable String nodeToken;
    private final @Nullable String nodeId;

    private DirectorySettings(Builder values) {
        this.url = values.url;
        this.acceptedIssuers = values.acceptedIssuers;
        this.publicKey = values.publicKey;
        this.replicaKey = values.replicaKey;
        this.nodeToken = values.nodeToken;
        this.nodeId = values.nodeId;
    }

    /**
     * Returns a directory without anything special. The word {@code public} names the public one, {@code https://iicp.network/api}.
     *
     * @throws ConfigurationException if the text is not an http or https URL with a host
     */
    public static DirectorySettings of(String url) {
        return builder(url).build();
    }

    /**
     * Begins with the URL of a directory. The word {@code public} names the public one.
     *
     * @throws ConfigurationException if the text is not an http or https URL with a host
     */
    public static Builder builder(String url) {
        if (url.strip().equals("public")) {
            return builder(ClientSettings.PUBLIC_DIRECTORY);
        }
        try {
            return builder(URI.create(url.strip()));
        } catch (IllegalArgumentException e) {
            throw invalid("the directory URL %s is not a URL".formatted(Quoted.of(url)), e);
        }
    }

    /**
     * Begins with the URL of a directory.
     *
     * @throws ConfigurationException if it is not an http or https URL with a host
     */
    public static Builder builder(URI url) {
        String scheme = url.getScheme();
        if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw invalid(
                    "the directory URL %s is not an http or https URL with a host".formatted(Quoted.of(url.toString())),
                    null);
        }
        return new Builder(url);
    }

    private static ConfigurationException invalid(String message, @Nullable Throwable cause) {
        return new ConfigurationException(
                IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.CLIENT, message), cause);
    }

    /** Returns the base URL, usually ending in {@code /api}. */
    public URI url() {
        return url;
    }

    /** Returns the issuers of dispatch tickets to accept; when empty, the one that follows from the URL. */
    public Set<String> acceptedIssuers() {
        return acceptedIssuers;
    }

    /** Returns the only key to accept, 32 bytes; empty when the directory is asked for it. */
    public Optional<byte[]> publicKey() {
        return Optional.ofNullable(publicKey).map(byte[]::clone);
    }

    /** Returns the key with which a replica must sign its answers, 32 bytes; empty when answers need no signature. */
    public Optional<byte[]> replicaKey() {
        return Optional.ofNullable(replicaKey).map(byte[]::clone);
    }

    /** Returns the node token this consumer shows to get consumer tokens. */
    public Optional<String> nodeToken() {
        return Optional.ofNullable(nodeToken);
    }

    /** Returns the id of the node the token belongs to; some directories need it. */
    public Optional<String> nodeId() {
        return Optional.ofNullable(nodeId);
    }

    /** Shows scheme and host only. */
    @Override
    public String toString() {
        return "DirectorySettings[%s://%s]".formatted(url.getScheme(), url.getHost());
    }

    /** Collects what is known of a directory. Setters check at once. Not thread-safe. */
    public static final class Builder {

        private final URI url;
        private Set<String> acceptedIssuers = Set.of();
        private byte @Nullable [] publicKey;
        private byte @Nullable [] replicaKey;
        private @Nullable String nodeToken;
        private @Nullable String nodeId;

        private Builder(URI url) {
            this.url = url;
        }

        /**
         * Sets the issuers of dispatch tickets to accept, such as {@code https://iicp.network}; default the one that follows from the URL:
         * without trailing slashes and without one trailing {@code /api}. Needed for directories that sign under another name than they are
         * reached by.
         */
        public Builder acceptedIssuers(Set<String> issuers) {
            this.acceptedIssuers = Set.copyOf(issuers);
            return this;
        }

        /**
         * Sets the only key to accept, instead of asking the directory for it; default none. A key that is pinned is never refreshed.
         *
         * @param hex 64 hexadecimal digits
         * @throws ConfigurationException if it is not an Ed25519 public key
         */
        public Builder publicKey(@Nullable String hex) {
            this.publicKey = hex == null ? null : key(hex.strip());
            return this;
        }

        /**
         * Says that this is a replica, and sets the key with which it must sign its answers; default none. An answer that is not signed with it
         * is not believed, and the next directory is asked.
         *
         * @param hex 64 hexadecimal digits
         * @throws ConfigurationException if it is not an Ed25519 public key
         */
        public Builder replicaKey(@Nullable String hex) {
            this.replicaKey = hex == null ? null : key(hex.strip());
            return this;
        }

        private static byte[] key(String hex) {
            try {
                byte[] bytes = HexFormat.of().parseHex(hex);
                if (Ed25519KeyPair.isPublicKey(bytes)) {
                    return bytes;
                }
            } catch (IllegalArgumentException e) {
                throw invalid("the directory key is not hexadecimal", e);
            }
            throw invalid("the directory key is not an Ed25519 public key of 64 hexadecimal digits", null);
        }

        /**
         * Sets the node token this consumer shows to get consumer tokens; default none. It goes to this directory and nowhere else.
         *
         * @throws ConfigurationException if a header cannot carry it
         */
        public Builder nodeToken(@Nullable String token) {
            if (token != null && (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127))) {
                throw invalid("the node token is not printable ASCII without spaces", null);
            }
            this.nodeToken = token;
            return this;
        }

        /** Sets the id of the node the token belongs to, for directories that need it; default none. */
        public Builder nodeId(@Nullable String id) {
            this.nodeId = id;
            return this;
        }

        /** Returns the settings. */
        public DirectorySettings build() {
            return new DirectorySettings(this);
        }
    }
}
