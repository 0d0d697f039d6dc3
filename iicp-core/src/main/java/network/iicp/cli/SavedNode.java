package network.iicp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * What a node file of the command line says: {@code nodes/NAME.json}. Values that are missing are {@code null}; values that mean "not set"
 * there, an empty text and the region {@code unknown}, are too.
 */
record SavedNode(
        String nodeId,
        @Nullable String backendUrl,
        @Nullable String backendType,
        @Nullable String model,
        @Nullable String intent,
        @Nullable String region,
        @Nullable String directoryUrl,
        @Nullable String host,
        @Nullable String publicEndpoint,
        @Nullable Integer port,
        @Nullable Integer maxConcurrent) {

    static final int LARGEST_FILE = 64 * 1024;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final String UNKNOWN = "unknown";

    /**
     * Reads the file of a node.
     *
     * @throws ConfigurationException if the name is none, there is no such file, or it cannot be read
     */
    static SavedNode load(Path home, String name) {
        if (!NAME.matcher(name).matches()) {
            throw invalid("--node %s is no name of a node: lower-case letters, digits, '.', '_' and '-', at most 63"
                    .formatted(Quoted.of(name)));
        }
        Path file = home.resolve("nodes").resolve(name + ".json");
        try {
            if (!Files.isRegularFile(file)) {
                throw invalid("there is no saved node %s; 'iicp-node list' shows those there are".formatted(name));
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw unreadable(name, null);
            }
            return of(JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT));
        } catch (IOException | JsonException e) {
            throw unreadable(name, e);
        }
    }

    private static SavedNode of(JsonObject json) {
        String region = text(json, "region");
        return new SavedNode(
                json.string("node_id"),
                text(json, "backend_url"),
                text(json, "backend_type"),
                text(json, "model"),
                text(json, "intent"),
                UNKNOWN.equals(region) ? null : region,
                text(json, "directory_url"),
                text(json, "host"),
                text(json, "public_endpoint"),
                number(json, "port"),
                number(json, "max_concurrent"));
    }

    private static @Nullable String text(JsonObject json, String name) {
        return json.optionalString(name).filter(value -> !value.isBlank()).orElse(null);
    }

    private static @Nullable Integer number(JsonObject json, String name) {
        return json.has(name) ? Math.toIntExact(json.integer(name)) : null;
    }

    private static ConfigurationException unreadable(String name, @Nullable Exception cause) {
        // Its content may be in the message of the cause, and with it a token.
        return invalid("the file of the saved node %s cannot be read%s"
                .formatted(name, cause == null ? "" : " (" + cause.getClass().getSimpleName() + ")"));
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message));
    }
}
