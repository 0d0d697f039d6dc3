package network.iicp.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a directory: the place where nodes register and consumers ask who serves what. */
@Command(
        name = "directory",
        description = "Runs a directory, where nodes register and consumers find them. It keeps its nodes in memory.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class)
final class DirectoryCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "${env:IICP_DIRECTORY_HOST:-127.0.0.1}",
            description = "Address to listen on (IICP_DIRECTORY_HOST; default ${DEFAULT-VALUE}, this machine only).")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "${env:IICP_DIRECTORY_PORT:-9480}",
            description = "Port to listen on, 0 for any free one (IICP_DIRECTORY_PORT; default ${DEFAULT-VALUE}).")
    private int port = DirectoryServer.DEFAULT_PORT;

    @Option(
            names = "--private-network",
            paramLabel = "NETWORK",
            split = ",",
            defaultValue = "${env:IICP_PRIVATE_NETWORKS:-}",
            description = "Accept nodes in this network (10.0.0.0/8) or under this name suffix (*.lan); may be repeated"
                    + " (IICP_PRIVATE_NETWORKS).")
    private List<String> privateNetworks = new ArrayList<>();

    @Option(
            names = "--join-token",
            paramLabel = "TOKEN",
            defaultValue = "${env:IICP_JOIN_TOKEN:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description =
                    "Only nodes that present this token may register (IICP_JOIN_TOKEN; better set as a variable).")
    private String joinToken = "";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            defaultValue = "${env:IICP_DIRECTORY_KEY_FILE:-}",
            description = "Keep the directory's signing key in this file (IICP_DIRECTORY_KEY_FILE; default: a new key"
                    + " at every start).")
    private String keyFile = "";

    @Override
    public Integer call() {
        List<String> networks = privateNetworks.stream()
                .map(String::trim)
                .filter(n -> !n.isEmpty())
                .toList();
        DirectoryServer.Builder builder = DirectoryServer.builder().host(host).port(port);
        if (!networks.isEmpty()) {
            builder.scope(EndpointScope.PRIVATE).privateNetworks(networks);
        }
        if (!joinToken.isBlank()) {
            builder.joinToken(joinToken);
        }
        Path file = keyPath();
        if (file != null) {
            builder.signingKeyFile(file);
        }
        DirectoryServer server = builder.build();
        server.start();
        var out = spec.commandLine().getOut();
        out.println("Directory ready at " + server.url());
        out.println(whoMayUse(server.scope(), networks));
        out.println("Next, in another terminal:");
        out.println("  iicp-node serve --backend-type demo --directory-url " + server.url());
        out.println("  iicp-node query \"Hello\" --directory-url " + server.url());
        out.println("Stop with Ctrl-C.");
        out.flush();
        return RunUntilStopped.run(server, spec.commandLine().getErr());
    }

    private @Nullable Path keyPath() {
        return keyFile.isBlank() ? null : Path.of(keyFile);
    }

    private String whoMayUse(EndpointScope scope, List<String> networks) {
        String nodes =
                switch (scope) {
                    case LOCAL -> "Nodes and consumers on this machine may use it (scope local).";
                    case PRIVATE ->
                        "Nodes in %s may register, consumers that reach it may ask (scope private)."
                                .formatted(String.join(", ", networks));
                    case PUBLIC -> "Nodes with a public address may register, anyone may ask (scope public).";
                };
        return joinToken.isBlank() ? nodes : nodes + " Nodes need the join token.";
    }
}
