package network.iicp.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import network.iicp.IicpNode;
import network.iicp.protocol.Intent;
import network.iicp.protocol.registration.NodeRegistration;
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

    @Mixin
    private final BackendOptions engine = new BackendOptions();

    @Mixin
    private final AdmissionOptions admission = new AdmissionOptions();

    @Mixin
    private final TlsOptions tls = new TlsOptions();

    @Option(
            names = "--node",
            paramLabel = "NAME",
            defaultValue = "${env:IICP_NODE_NAME:-}",
            description = "Run the saved node of this name, see 'iicp-node list'; flags and variables go before what is"
                    + " saved (IICP_NODE_NAME).")
    private String nodeName = "";

    @Option(
            names = "--intent",
            paramLabel = "URN",
            defaultValue = "${env:IICP_INTENT:-}",
            description = "Serve this intent only (IICP_INTENT; default: all that the engine can).")
    private String intent = "";

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
            names = "--join-token",
            paramLabel = "TOKEN",
            defaultValue = "${env:IICP_JOIN_TOKEN:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "Token that a private directory wants (IICP_JOIN_TOKEN; better set as a variable).")
    private String joinToken = "";

    @Option(
            names = "--key-directory",
            paramLabel = "DIR",
            defaultValue = "${env:IICP_CX_KEY_DIR:-}",
            description = "Where the keys of a node that keeps its id are (IICP_CX_KEY_DIR; default ~/.iicp/cx).")
    private String keyDirectory = "";

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            defaultValue = "${env:IICP_LOG_DIR:-}",
            description = "Where events.jsonl is written (IICP_LOG_DIR; default ~/.iicp/logs).")
    private String logDir = "";

    @Option(
            names = "--force",
            arity = "0..1",
            fallbackValue = "true",
            converter = SwitchConverter.class,
            defaultValue = "${env:IICP_FORCE:-false}",
            description = "Take the node over from another process that runs it (IICP_FORCE).")
    private boolean force;

    @Option(
            names = "--skip-registration",
            arity = "0..1",
            fallbackValue = "true",
            converter = SwitchConverter.class,
            defaultValue = "${env:IICP_SKIP_REGISTRATION:-false}",
            description = "Serve without a directory (IICP_SKIP_REGISTRATION).")
    private boolean skipRegistration;

    @Option(names = "--json", description = "Print events as JSON, one object on a line.")
    private boolean json;

    @Option(names = "--plain", description = "Print lines, on a terminal too, where a status block is shown otherwise.")
    private boolean plain;

    @Override
    public Integer call() {
        if (!nodeName.isBlank()) {
            use(SavedNode.load(Home.directory(), nodeName));
        }
        requirePort();
        List<InferenceBackend> engines = engine.backends(); // says at once what is wrong with their settings
        tls.certificate();
        String callers = admission.whoMayCall(engines);
        engines.forEach(InferenceBackend::close);
        boolean register = !skipRegistration && isReachable();
        boolean keepsId = !nodeId.isBlank();
        String id = keepsId ? nodeId : UUID.randomUUID().toString();
        PrintStream log = System.err;
        try (ServeOutput output = output(id)) {
            IicpNode node = startOnFreePort(id, keepsId, register, output);
            output.ready(node, new ServeNotes(callers, register ? directory.url() : null));
            return RunUntilStopped.run(node, spec.commandLine().getErr());
        } finally {
            System.setErr(log);
        }
    }

    /** What is saved holds where neither a flag nor a variable says something. */
    private void use(SavedNode saved) {
        saved("--node-id", "IICP_NODE_ID", saved.nodeId(), value -> nodeId = value);
        saved("--backend-url", "IICP_BACKEND_URL", saved.backendUrl(), value -> engine.url = value);
        saved("--backend-type", "IICP_BACKEND_TYPE", saved.backendType(), value -> engine.type = value);
        saved("--model", "IICP_BACKEND_MODEL", saved.model(), value -> engine.model = value);
        saved("--intent", "IICP_INTENT", saved.intent(), value -> intent = value);
        saved("--region", "IICP_REGION", saved.region(), value -> region = value);
        saved("--directory-url", "IICP_DIRECTORY_URL", saved.directoryUrl(), directory::use);
        saved("--host", "IICP_HOST", saved.host(), value -> host = value);
        saved("--public-endpoint", "IICP_PUBLIC_ENDPOINT", saved.publicEndpoint(), value -> publicEndpoint = value);
        saved("--port", "IICP_PORT", saved.port(), value -> port = value);
        saved("--max-concurrent", "IICP_MAX_CONCURRENT", saved.maxConcurrent(), value -> maxConcurrent = value);
    }

    private <T> void saved(String flag, String variable, @Nullable T value, Consumer<T> setting) {
        String inEnvironment = System.getenv(variable);
        boolean said = spec.commandLine().getParseResult().hasMatchedOption(flag)
                || (inEnvironment != null && !inEnvironment.isBlank());
        if (value != null && !said) {
            setting.accept(value);
        }
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
            throw BackendOptions.invalid("--port is %d; it must be between 0 and 65535".formatted(port), null);
        }
    }

    private ServeOutput output(String id) {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        if (json) {
            return new ServeJson(id, Clock.systemUTC(), out, err);
        }
        if (plain || !Terminal.isInteractive()) {
            return new ServeLines(out, err);
        }
        ServeStatus status = new ServeStatus(out, System::nanoTime);
        System.setErr(new PrintStream(new LinesAbove(status::note), true, StandardCharsets.UTF_8));
        return status;
    }

    private IicpNode startOnFreePort(String id, boolean keepsId, boolean register, ServeOutput output) {
        int last = port == 0 || !publicEndpoint.isBlank() ? port : Math.min(65_535, port + PORT_TRIES - 1);
        for (int candidate = port; ; candidate++) {
            IicpNode node = node(id, keepsId, register, candidate, output);
            try {
                node.start();
                return node;
            } catch (RuntimeException e) {
                if (!portIsTaken(e) || candidate >= last) {
                    throw e;
                }
                output.note("Port " + candidate + " is taken; trying the next one.");
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

    /** A node owns its engines and closes them even when it cannot start, so every try gets new ones. */
    private IicpNode node(String id, boolean keepsId, boolean register, int onPort, ServeOutput output) {
        IicpNode.Builder builder = IicpNode.builder()
                .nodeId(id)
                .host(listenAddress())
                .port(onPort)
                .maxConcurrent(maxConcurrent)
                .privateNetworks(directory.privateNetworks())
                .listener(output)
                .configure(settings -> settings.eventDirectory(folder(logDir, "logs")));
        engine.backends().forEach(builder::backend);
        if (register) {
            builder.directoryUrl(directory.url());
        } else {
            builder.withoutDirectory();
        }
        if (!publicEndpoint.isBlank()) {
            builder.endpoint(BackendOptions.url(publicEndpoint, "--public-endpoint"));
        }
        builder.region(region.isBlank() ? NodeRegistration.UNKNOWN_REGION : region);
        if (keepsId) {
            // A node that keeps its id keeps its key: directories refuse a new key under an old id.
            builder.keyDirectory(folder(keyDirectory, "cx"))
                    .configure(
                            settings -> settings.instanceLock(Home.directory().resolve("run"), force));
        }
        if (!intent.isBlank()) {
            builder.configure(settings -> settings.intent(Intent.parse(intent.trim())));
        }
        if (!engine.model.isBlank()) {
            builder.model(engine.model);
        }
        builder.configure(admission::applyTo);
        tls.certificate().ifPresent(certificate -> builder.configure(settings -> settings.tls(certificate)));
        if (!joinToken.isBlank()) {
            builder.configure(settings -> settings.joinToken(joinToken));
        }
        return builder.build();
    }

    private static Path folder(String given, String name) {
        return given.isBlank() ? Home.directory().resolve(name) : Path.of(given);
    }

    private String listenAddress() {
        if (!host.isBlank()) {
            return host;
        }
        return directory.scope() == EndpointScope.LOCAL ? "127.0.0.1" : "::";
    }
}
