package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import network.iicp.backend.DemoBackend;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.node.NodeEvent;

/**
 * Official peers on this machine. {@code IICP_PEERS} names the folder they are in, as {@code docs/interop.md} describes;
 * {@code IICP_PEER_HOST} a dotted name of the loopback address. What is not there skips the test, with the reason.
 */
final class Peers implements AutoCloseable {

    static final String HOST = System.getenv().getOrDefault("IICP_PEER_HOST", "node-a.mesh.example.org");

    private final Path home;
    private final List<Runnable> open = new ArrayList<>();

    Peers(Path home) {
        this.home = home;
    }

    static void requireLoopbackName() {
        try {
            assumeTrue(
                    InetAddress.getByName(HOST).isLoopbackAddress(),
                    HOST + " does not resolve to the loopback address on this machine");
        } catch (UnknownHostException e) {
            assumeTrue(false, HOST + " does not resolve on this machine");
        }
    }

    /** Returns the Python interpreter that has the official client. */
    static Path python() {
        Path folder = folder();
        Path inFolder = folder.resolve("python/bin/python");
        return Files.isExecutable(inFolder) ? inFolder : program("bin/python");
    }

    /** Returns the command line that belongs to the interpreter. */
    static Path pythonNode() {
        return python().resolveSibling("iicp-node");
    }

    /** Returns a program in the folder of the peers. */
    static Path program(String name) {
        Path program = folder().resolve(name);
        assumeTrue(Files.isExecutable(program), "there is no program " + name + " in the folder of the peers");
        return program;
    }

    private static Path folder() {
        String folder = System.getenv("IICP_PEERS");
        assumeTrue(folder != null, "IICP_PEERS is not set: no official peers on this machine");
        return Path.of(folder);
    }

    /** Starts a peer; its output goes to a file, unless it is read. */
    Process start(Path program, Map<String, String> more, boolean reads, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("IICP_"));
        environment.put("IICP_HOME", home.toString());
        environment.put("HOME", home.toString());
        environment.put("IICP_PROXY_ALLOW_LOOPBACK_NODES", "1");
        environment.put("IICP_AUTO_UPDATE", "0");
        environment.put("IICP_AUTO_DETECT_NAT", "false");
        environment.put("IICP_SKIP_UPNP", "1");
        environment.put("IICP_TUNNEL", "0");
        environment.putAll(more);
        builder.redirectError(Files.createTempFile(home, "peer", ".err").toFile());
        if (!reads) {
            builder.redirectOutput(Files.createTempFile(home, "peer", ".out").toFile());
        }
        Process process = builder.start();
        process.getOutputStream().close();
        open.add(() -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            process.onExit().join();
        });
        return process;
    }

    /** Runs a peer to its end and returns what it printed; it must end well. */
    String run(Path program, String... arguments) throws Exception {
        Process process = start(program, Map.of(), true, arguments);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out;
    }

    /** Starts the node of an official command line in front of an engine. */
    Process node(Path program, URI directory, URI engine, int port, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "serve",
                "--directory-url",
                directory.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--public-endpoint",
                "http://" + HOST + ":" + port,
                "--backend-url",
                engine.toString(),
                "--model",
                StubEngine.MODEL,
                "--no-auto-detect-nat",
                "--no-tunnel"));
        arguments.addAll(List.of(more));
        Path own = Files.createTempDirectory(home, "node");
        return start(
                program,
                Map.of("HOME", own.toString(), "IICP_HOME", own.toString()),
                false,
                arguments.toArray(String[]::new));
    }

    DirectoryServer directory() {
        DirectoryServer directory =
                DirectoryServer.builder().host("127.0.0.1").port(0).build();
        directory.start();
        open.add(directory::close);
        return directory;
    }

    StubEngine engine() {
        StubEngine engine = new StubEngine();
        open.add(engine::close);
        return engine;
    }

    /** Starts a node of ours with the demo engine, listed under the dotted name. */
    List<NodeEvent> ourNode(URI directory) throws Exception {
        List<NodeEvent> events = new CopyOnWriteArrayList<>();
        int port = freePort();
        IicpNode node = IicpNode.builder()
                .backend(DemoBackend.create())
                .host("127.0.0.1")
                .port(port)
                .endpoint(URI.create("http://" + HOST + ":" + port))
                .directoryUrl(directory)
                .listener(events::add)
                .build();
        open.add(node::close);
        node.start();
        node.registered().get(30, TimeUnit.SECONDS);
        return events;
    }

    /** Returns the one task that ended. */
    static NodeEvent.TaskEnded taskEnded(List<NodeEvent> events) {
        List<NodeEvent.TaskEnded> ended = new ArrayList<>();
        for (NodeEvent event : events) {
            if (event instanceof NodeEvent.TaskEnded one) {
                ended.add(one);
            }
        }
        assertThat(ended).hasSize(1);
        return ended.get(0);
    }

    static void awaitPort(int port) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).run();
        }
    }
}
