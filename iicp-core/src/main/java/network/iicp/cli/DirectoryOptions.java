package network.iicp.cli;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import network.iicp.client.ClientSettings;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.transport.EndpointScope;
import picocli.CommandLine.Option;

/** Which directory a command talks to, and which endpoints it trusts. */
final class DirectoryOptions {

    @Option(
            names = "--directory-url",
            paramLabel = "URL",
            defaultValue = "${env:IICP_DIRECTORY_URL:-https://iicp.network/api}",
            description = "Directory of the mesh; consumers take several, separated by commas, and ask them in order"
                    + " (IICP_DIRECTORY_URL; default ${DEFAULT-VALUE}).")
    private String directoryUrl = ClientSettings.PUBLIC_DIRECTORY.toString();

    @Option(
            names = "--private-network",
            paramLabel = "NETWORK",
            split = ",",
            defaultValue = "${env:IICP_PRIVATE_NETWORKS:-}",
            description = "Network (10.0.0.0/8) or name suffix (*.lan) of a private mesh; may be repeated"
                    + " (IICP_PRIVATE_NETWORKS, separated by commas).")
    private List<String> privateNetworks = new ArrayList<>();

    /** Takes the directory of a saved node. */
    void use(String savedUrl) {
        directoryUrl = savedUrl;
    }

    /**
     * Returns the environment of a consumer, with the directories of the command line in place of those in it. The credential in it is for the
     * directory in it, and goes to no other.
     */
    Map<String, String> environment() {
        Map<String, String> variables = new HashMap<>(System.getenv());
        String before = variables.put("IICP_DIRECTORY_URL", directoryUrl);
        String known = before == null ? ClientSettings.PUBLIC_DIRECTORY.toString() : before;
        if (!known.strip().equals(directoryUrl.strip())) {
            variables.remove("IICP_NODE_TOKEN");
        }
        return variables;
    }

    /** Returns the first directory. */
    URI url() {
        String first = directoryUrl.split(",", 2)[0].trim();
        try {
            URI url = first.equals("public") ? ClientSettings.PUBLIC_DIRECTORY : URI.create(first);
            if (url.getHost() != null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw notUrl(e);
        }
        throw notUrl(null);
    }

    private ConfigurationException notUrl(@org.jspecify.annotations.Nullable Throwable cause) {
        return new ConfigurationException(
                IicpError.of(
                        ErrorCode.INVALID_CONFIG,
                        ErrorComponent.CLIENT,
                        "--directory-url %s is not an http or https URL, such as http://127.0.0.1:9480/api"
                                .formatted(Quoted.of(directoryUrl))),
                cause);
    }

    List<String> privateNetworks() {
        return privateNetworks.stream()
                .map(String::trim)
                .filter(n -> !n.isEmpty())
                .toList();
    }

    EndpointScope scope() {
        return EndpointScope.ofDirectory(url(), !privateNetworks().isEmpty());
    }
}
