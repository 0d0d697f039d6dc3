package network.iicp.samples.benchmarks.process;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The official Python client, as shipped and tuned. Tuned means: its TLS contexts, which it makes anew for every request although nothing
 * here speaks TLS, are made once.
 *
 * @param interpreter a Python in whose environment the client is installed
 * @param host a dotted name of the loopback address; the Python client refuses the address itself
 * @param logs where its standard error goes; also its home
 */
public record PythonPeers(Path interpreter, String host, Path logs) {

    /**
     * Checks that the name belongs to the loopback address.
     *
     * @throws IOException if it does not, or does not resolve
     */
    public void requireLoopbackName() throws IOException {
        if (!InetAddress.getByName(host).isLoopbackAddress()) {
            throw new IOException(host + " is not the loopback address; add a line to the hosts file");
        }
    }

    /** Starts a process that makes chats when it is told to. */
    public Peer consumer(URI directory, boolean tuned) throws IOException {
        return start(tuned, "python-consumer", script("consumer.py"), List.of(directory.toString()));
    }

    /** Starts the node, in front of an engine. It is ready when the directory lists it. */
    public Peer node(URI directory, URI engine, int port, boolean tuned) throws IOException {
        List<String> arguments = List.of(
                "serve",
                "--directory-url",
                directory.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--public-endpoint",
                "http://" + host + ":" + port,
                "--backend-url",
                engine.toString(),
                "--model",
                EngineRole.MODEL,
                "--max-concurrent",
                "128",
                "--no-auto-detect-nat",
                "--no-tunnel",
                "--no-relay-capable");
        return start(
                tuned, "python-node", "import sys\nfrom iicp_client.cli import main\nsys.exit(main())\n", arguments);
    }

    private Peer start(boolean tuned, String name, String script, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(interpreter.toString());
        command.add("-u");
        command.add("-c");
        command.add(tuned ? script("memoised_tls.py") + script : script);
        command.addAll(arguments);
        Map<String, String> environment = Map.of(
                "HOME", logs.toString(),
                "IICP_HOME", logs.resolve(name + (tuned ? "-tuned" : "")).toString(),
                "IICP_PROXY_ALLOW_LOOPBACK_NODES", "1",
                "IICP_AUTO_UPDATE", "0",
                "IICP_AUTO_DETECT_NAT", "false",
                "IICP_SKIP_UPNP", "1",
                "IICP_TUNNEL", "0",
                "IICP_TASK_RATE_LIMIT", "0");
        return Peer.start(name, logs, environment, command);
    }

    private static String script(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(PythonPeers.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
