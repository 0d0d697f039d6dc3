package network.iicp.cli;

import java.io.PrintWriter;
import java.net.BindException;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.Callable;
import network.iicp.IicpNode;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.OpenAiDialectBackend;
import network.iicp.node.NodeAuthentication;
import network.iicp.node.NodeEvent;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a provider node in front of an engine. */
@Command(
        name = "serve",
        description = "Runs a provider node: serves the models of an engine beside it to a mesh.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class)
final class ServeCommand implements Callable<Integer> {

    /** How many ports are tried, beginning with the one asked for. */
    private static final int PORT_TRIES = 64;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Mixin
    private final DirectoryOptions directory = new DirectoryOptions();

    @Option(
            names = "--backend-type",
            paramLabel = "TYPE",
            defaultValue = "${env:IICP_BACKEND_TYPE:-openai_compat}",
            description = "Engine: openai_compat (Ollama and others), vllm, llamacpp, lmstudio, or demo, which needs no"
                    + " engine (IICP_BACKEND_TYPE; default ${DEFAULT-VALUE}).")
    private String backendType = "openai_compat";

    @Option(
            names = "--backend-url",
            paramLabel = "URL",
            defaultValue = "${env:IICP_BACKEND_URL:-}",
            description = "Base URL of the engine (IICP_BACKEND_URL; default by type: openai_compat"
                    + " http://localhost:11434, vllm :8000, llamacpp :8080, lmstudio :1234).")
    private String backendUrl = "";

    @Option(
            names = "--backend-api-key",
            paramLabel = "KEY",
            defaultValue = "${env:IICP_BACKEND_API_KEY:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "Key of the engine (IICP_BACKEND_API_KEY; better set as a variable).")
    private String backendApiKey = "";

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "${env:IICP_BACKEND_MODEL:-}",
            description = "Model to serve (IICP_BACKEND_MODEL; default: all that the engine lists).")
    private String model = "";

    @Option(
            names = "--public-endpoint",
            paramLabel = "URL",
            defaultValue = "${env:IICP_PUBLIC_ENDPOINT:-}",
            description =
                    "Address under which consumers reach this node (IICP_PUBLIC_ENDPOINT; default: this machine).")
    private String publicEndpoint = "";

    @Option(
            names = "--region",
            paramLabel = "REGION",
            defaultValue = "${env:IICP_REGION:-}",
            description = "Region to announce (IICP_REGION; default unknown).")
    private String region = "";

    @Option(
            names = "--max-concurrent",
            paramLabel = "N",
            defaultValue = "${env:IICP_MAX_CONCURRENT:-4}",
            description = "Tasks at once, 1 to 256 (IICP_MAX_CONCURRENT; default ${DEFAULT-VALUE}).")
    private int maxConcurrent = 4;

    @Option(
            names = "--node-id",
            paramLabel = "ID",
            defaultValue = "${env:IICP_NODE_ID:-}",
            description = "Id of the node, at most 36 characters (IICP_NODE_ID; default: a random UUID).")
    private String nodeId = "";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "${env:IICP_PORT:-9484}",
            description =
                    "Port to listen on; the next free one is taken when it is busy, unless --public-endpoint is given"
                            + " (IICP_PORT; default ${DEFAULT-VALUE}).")
    private int port = 9484;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "${env:IICP_HOST:-}",
            description =
                    "Address to listen on (IICP_HOST; default 127.0.0.1 with a directory on this machine, else ::,"
                            + " all addresses).")
    private String host = "";

    @Option(
            names = "--authentication",
            paramLabel = "MODE",
            defaultValue = "${env:IICP_NODE_AUTHENTICATION:-auto}",
            description = "Who may call: auto, open, token or operator (IICP_NODE_AUTHENTICATION; default"
                    + " ${DEFAULT-VALUE}).")
    private NodeAuthentication authentication = NodeAuthentication.AUTO;

    @Option(
            names = "--join-token",
            paramLabel = "TOKEN",
            defaultValue = "${env:IICP_JOIN_TOKEN:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "Token that a private directory wants (IICP_JOIN_TOKEN; better set as a variable).")
    private String joinToken = "";

    @Option(
            names = "--skip-registration",
            arity = "0..1",
            fallbackValue = "true",
            converter = SwitchConverter.class,
            defaultValue = "${env:IICP_SKIP_REGISTRATION:-false}",
            description = "Serve without a directory (IICP_SKIP_REGISTRATION).")
    private boolean skipRegistration;

    @Override
    public Integer call() {
        requirePort();
        backend().close(); // says at once what is wrong with the engine's settings
        boolean register = !skipRegistration && isReachable();
        IicpNode node = startOnFreePort(register);
        announce(node, register);
        return RunUntilStopped.run(node, spec.commandLine().getErr());
    }

    /** A public directory takes public addresses only, and this command does not find out its own. */
    private boolean isReachable() {
        if (directory.scope() != EndpointScope.PUBLIC || !publicEndpoint.isBlank()) {
            return true;
        }
        PrintWriter err = spec.commandLine().getErr();
        err.println("Not registering: the directory %s is public and the address of this machine is not known."
                .formatted(directory.url().getHost()));
        err.println("Give the address under which it is reached with --public-endpoint https://HOST:PORT.");
        return false;
    }

    private void requirePort() {
        if (port < 0 || port > 65_535) {
            throw invalid("--port is %d; it must be between 0 and 65535".formatted(port), null);
        }
    }

    private InferenceBackend backend() {
        String type = backendType.toLowerCase(Locale.ROOT);
        if (type.equals("demo")) {
            return model.isBlank()
                    ? DemoBackend.create()
                    : DemoBackend.builder().models(model).build();
        }
        OpenAiDialectBackend.Builder builder =
                switch (type) {
                    case "openai_compat", "ollama" -> OpenAiDialectBackend.builder();
                    case "vllm" -> OpenAiDialectBackend.builder().vllm();
                    case "llamacpp" -> OpenAiDialectBackend.builder().llamaCpp();
                    case "lmstudio" -> OpenAiDialectBackend.builder().lmStudio();
                    default ->
                        throw invalid(
                                "--backend-type %s is not known; use openai_compat, ollama, vllm, llamacpp, lmstudio or demo"
                                        .formatted(Quoted.of(backendType)),
                                null);
                };
        if (!backendUrl.isBlank()) {
            builder.baseUrl(url(backendUrl, "--backend-url"));
        }
        if (!backendApiKey.isBlank()) {
            builder.apiKey(backendApiKey);
        }
        if (!model.isBlank()) {
            builder.model(model);
        }
        return builder.build();
    }

    private IicpNode startOnFreePort(boolean register) {
        int last = port == 0 || !publicEndpoint.isBlank() ? port : Math.min(65_535, port + PORT_TRIES - 1);
        for (int candidate = port; ; candidate++) {
            IicpNode node = node(register, candidate);
            try {
                node.start();
                return node;
            } catch (RuntimeException e) {
                if (!portIsTaken(e) || candidate >= last) {
                    throw e;
                }
                spec.commandLine().getErr().println("Port " + candidate + " is taken; trying the next one.");
            }
        }
    }

    private static boolean portIsTaken(@Nullable Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    /** A node owns its engine and closes it even when it cannot start, so every try gets a new one. */
    private IicpNode node(boolean register, int onPort) {
        IicpNode.Builder builder = IicpNode.builder()
                .backend(backend())
                .host(listenAddress())
                .port(onPort)
                .maxConcurrent(maxConcurrent)
                .authentication(authentication)
                .privateNetworks(directory.privateNetworks())
                .listener(this::tell);
        if (register) {
            builder.directoryUrl(directory.url());
        } else {
            builder.withoutDirectory();
        }
        if (!publicEndpoint.isBlank()) {
            builder.endpoint(url(publicEndpoint, "--public-endpoint"));
        }
        if (!region.isBlank()) {
            builder.region(region);
        }
        if (!nodeId.isBlank()) {
            // A node that keeps its id keeps its key: directories refuse a new key under an old id.
            builder.nodeId(nodeId).keyDirectory(Home.directory().resolve("cx"));
        }
        if (!model.isBlank()) {
            builder.model(model);
        }
        if (!joinToken.isBlank()) {
            builder.configure(settings -> settings.joinToken(joinToken));
        }
        return builder.build();
    }

    private String listenAddress() {
        if (!host.isBlank()) {
            return host;
        }
        return directory.scope() == EndpointScope.LOCAL ? "127.0.0.1" : "::";
    }

    private void announce(IicpNode node, boolean register) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("Node %s ready at %s".formatted(node.id(), node.endpoint()));
        out.println("It serves: " + String.join(", ", node.health().models()));
        out.println(whoMayCall());
        if (register) {
            out.println("Registering at %s ...".formatted(directory.url()));
        } else {
            out.println("It is not registered at a directory.");
        }
        out.println("Stop with Ctrl-C; running tasks are finished first.");
        out.flush();
    }

    private String whoMayCall() {
        boolean open = authentication == NodeAuthentication.OPEN
                || (authentication == NodeAuthentication.AUTO && backendApiKey.isBlank());
        if (open) {
            return "Anyone who reaches this address may send tasks; tasks are encrypted to this node.";
        }
        return authentication == NodeAuthentication.OPERATOR
                ? "Only holders of the operator's keys may send tasks; tasks are encrypted to this node."
                : "Only consumers with a token for this node may send tasks; tasks are encrypted to this node.";
    }

    private void tell(NodeEvent event) {
        PrintWriter out = spec.commandLine().getOut();
        if (event instanceof NodeEvent.Registered registered) {
            out.println("Registered at %s. Next: iicp-node query \"Hello\" --directory-url %s"
                    .formatted(registered.directory(), directory.url()));
        } else if (event instanceof NodeEvent.DirectoryLost lost) {
            out.println("The directory %s does not answer (%s). Serving goes on; trying again."
                    .formatted(lost.directory(), lost.reason()));
        } else if (event instanceof NodeEvent.DirectoryRecovered recovered) {
            out.println("The directory %s answers again.".formatted(recovered.directory()));
        } else if (event instanceof NodeEvent.Draining draining) {
            out.println("Stopping: %d tasks to finish, no new ones are taken.".formatted(draining.activeTasks()));
        } else if (event instanceof NodeEvent.Stopped) {
            out.println("Stopped.");
        }
        out.flush();
    }

    private static URI url(String text, String flag) {
        try {
            URI url = URI.create(text.trim());
            if (url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw invalid("%s %s is not a URL".formatted(flag, Quoted.of(text)), e);
        }
        throw invalid("%s %s is not an http or https URL with a host".formatted(flag, Quoted.of(text)), null);
    }

    private static ConfigurationException invalid(String message, @Nullable Throwable cause) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message), cause);
    }
}
