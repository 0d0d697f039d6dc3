package network.iicp.node;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.crypto.OwnerOnlyFile;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a node keeps what a directory gave it, so that it can prove after a restart that it is the same node. Only its owner can read the
 * file. A file that cannot be written costs only that proof, so the node goes on without. Thread-safe.
 */
final class CredentialFile {

    private static final Logger log = LoggerFactory.getLogger(CredentialFile.class);
    private static final int VERSION = 1;

    private final @Nullable Path file;
    private final OncePerCause warnings = new OncePerCause();

    /**
     * Names the file.
     *
     * @param file where, or {@code null} to keep nothing
     */
    CredentialFile(@Nullable Path file) {
        this.file = file;
    }

    /**
     * Returns what was kept.
     *
     * @throws ConfigurationException if the file is there and cannot be read
     */
    Optional<NodeCredential> load() {
        Path from = file;
        return from == null ? Optional.empty() : OwnerOnlyFile.read(from).flatMap(content -> parse(from, content));
    }

    /** A damaged file cannot be mended by hand: without it the node is like one that lost its token. */
    private static Optional<NodeCredential> parse(Path from, byte[] content) {
        try {
            JsonObject json = JsonObject.parse(content, JsonLimits.DEFAULT);
            String token = json.string("node_token");
            if (json.integer("version") == VERSION && !token.isBlank()) {
                return Optional.of(new NodeCredential(
                        token, json.optionalString("node_hmac_key").orElse(null)));
            }
        } catch (JsonException e) {
            // Its text may hold the token, so it is not told.
        }
        log.warn("the file {} holds no credential of a node and is ignored", Quoted.of(name(from)));
        return Optional.empty();
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** Keeps a credential in place of the one before. */
    void save(NodeCredential credential) {
        Path to = file;
        if (to == null) {
            return;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("version", VERSION);
        members.put("node_token", credential.token());
        if (credential.hmacKey() != null) {
            members.put("node_hmac_key", credential.hmacKey());
        }
        try {
            OwnerOnlyFile.write(to, Json.text(members).getBytes(StandardCharsets.UTF_8));
            warnings.clear(this);
        } catch (ConfigurationException e) {
            warnings.warn(
                    this,
                    e.code(),
                    () -> log.warn(
                            "a restarted node will not be able to prove that it is this one: {}",
                            e.error().message()));
        }
    }
}
