package network.iicp.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * How a consumer works. Immutable; made by {@code IicpClient.builder()}.
 *
 * @param directoryUrl base URL of the directory, usually ending in {@code /api}
 * @param region region to prefer, or {@code null}
 * @param limits time limits of a call
 * @param maxAttempts sends in total of one call, at least 1
 * @param strategy how candidates are ordered
 * @param epsilon chance of exploring with {@link RoutingStrategy#EPSILON}, 0 to 1
 * @param encryption whether tasks must be encrypted
 * @param scope which endpoints may be connected to
 * @param privateNetworks networks and name suffixes allowed with {@link EndpointScope#PRIVATE}
 * @param maxResponseBytes most bytes of an answer
 * @param nodeCredential credential sent to every node as {@code auth.node_token}, or {@code null}; for private meshes that
 *     share one
 */
public record ClientSettings(
        URI directoryUrl,
        @Nullable String region,
        TimeLimits limits,
        int maxAttempts,
        RoutingStrategy strategy,
        double epsilon,
        Encryption encryption,
        EndpointScope scope,
        List<String> privateNetworks,
        int maxResponseBytes,
        @Nullable String nodeCredential) {

    /** The public directory, used when none is named. */
    public static final URI PUBLIC_DIRECTORY = URI.create("https://iicp.network/api");

    /** Sends in total when nothing else is said. */
    public static final int DEFAULT_MAX_ATTEMPTS = 3;

    /** Most bytes of an answer when nothing else is said: 16 MiB. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

    /** How long an asked directory answer is used without asking again. */
    static final Duration FRESH = Duration.ofSeconds(5);

    /** How long an older answer is still used while a new one is fetched. */
    static final Duration STALE_WHILE_REVALIDATE = Duration.ofSeconds(30);

    /** How long old routes are used while the directory does not answer. */
    static final Duration STALE_IF_ERROR = Duration.ofMinutes(10);

    /**
     * Checks the ranges.
     *
     * @throws ConfigurationException if a value cannot work; the message names it
     */
    public ClientSettings {
        Objects.requireNonNull(limits, "limits");
        String scheme = directoryUrl.getScheme();
        if (directoryUrl.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw invalid("the directory URL %s is not an http or https URL with a host"
                    .formatted(Quoted.of(directoryUrl.toString())));
        }
        if (maxAttempts < 1) {
            throw invalid("max-attempts is %d; it counts sends in total and must be at least 1".formatted(maxAttempts));
        }
        if (!(epsilon >= 0 && epsilon <= 1)) {
            throw invalid("epsilon is %s; it must be between 0 and 1".formatted(epsilon));
        }
        if (maxResponseBytes < 1024) {
            throw invalid("max-response-bytes is %d; it must be at least 1024".formatted(maxResponseBytes));
        }
        privateNetworks = List.copyOf(privateNetworks);
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.CLIENT, message));
    }

    /** Leaves the credential out. */
    @Override
    public String toString() {
        return "ClientSettings[%s, scope %s, %d attempts]".formatted(directoryUrl.getHost(), scope, maxAttempts);
    }
}
