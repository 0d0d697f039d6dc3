package network.iicp.client;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of the official clients, as settings. A variable that is not set or blank says nothing; one that cannot be read
 * is refused by name. Source: IICP consumer, configuration.
 */
final class ClientEnvironment {

    private static final Set<String> ON = Set.of("1", "true", "yes", "on");

    private final Map<String, String> variables;

    ClientEnvironment(Map<String, String> variables) {
        this.variables = variables;
    }

    /** Applies what is set. */
    void apply(ClientSettingsBuilder settings) {
        Optional<String> token = value("IICP_NODE_TOKEN");
        Optional<String> nodeId = value("IICP_NODE_ID");
        Optional<String> urls = value("IICP_DIRECTORY_URL");
        if (urls.isPresent() || token.isPresent()) {
            settings.directories(directories(
                    urls.orElseGet(() -> settings.directories.get(0).url().toString()), token, nodeId));
        }
        value("IICP_REGION").ifPresent(settings::region);
        value("IICP_PRIVATE_NETWORKS").ifPresent(text -> settings.privateNetworks(words(text)));
        read(
                "IICP_ROUTING_STRATEGY",
                RoutingStrategy::of,
                settings::routingStrategy,
                "must be the name of a routing strategy");
        read(
                "IICP_ROUTING_EPSILON",
                ClientEnvironment::number,
                settings::routingEpsilon,
                "must be a number from 0 to 1");
        read(
                "IICP_ROUTE_DISCOVERY_MODE",
                RouteDiscovery::of,
                settings::routeDiscovery,
                "must be auto, ticketed or legacy");
        if (isOn("IICP_CX_ALLOW_PLAINTEXT")) {
            settings.encryption(Encryption.PREFERRED);
        }
        if (isOn("IICP_PROXY_ALLOW_LOOPBACK_NODES")) {
            settings.scope(EndpointScope.LOCAL);
        }
    }

    /** The credential belongs to the first directory; the others do not see it. */
    private static List<DirectorySettings> directories(String urls, Optional<String> token, Optional<String> nodeId) {
        List<DirectorySettings.Builder> named =
                words(urls).stream().map(DirectorySettings::builder).toList();
        if (!named.isEmpty()) {
            named.get(0).nodeToken(token.orElse(null)).nodeId(token.isPresent() ? nodeId.orElse(null) : null);
        }
        return named.stream().map(DirectorySettings.Builder::build).toList();
    }

    private Optional<String> value(String name) {
        return Optional.ofNullable(variables.get(name)).map(String::strip).filter(text -> !text.isEmpty());
    }

    private boolean isOn(String name) {
        return value(name)
                .filter(text -> ON.contains(text.toLowerCase(Locale.ROOT)))
                .isPresent();
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static Optional<Double> number(String text) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? Optional.of(value) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private <T> void read(String name, Function<String, Optional<T>> reader, Consumer<T> setting, String complaint) {
        value(name).ifPresent(text -> {
            T read = reader.apply(text).orElseThrow(() -> refused(name, text, complaint, null));
            try {
                setting.accept(read);
            } catch (ConfigurationException e) {
                throw refused(name, text, complaint, e);
            }
        });
    }

    private static ConfigurationException refused(
            String name, String text, String complaint, @Nullable ConfigurationException cause) {
        return new ConfigurationException(
                IicpError.of(
                        ErrorCode.INVALID_CONFIG,
                        ErrorComponent.CLIENT,
                        "the environment variable %s is %s; it %s".formatted(name, Quoted.of(text), complaint)),
                cause);
    }
}
