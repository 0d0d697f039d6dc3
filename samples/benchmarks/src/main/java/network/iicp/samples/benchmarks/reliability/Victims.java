package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.samples.benchmarks.process.Peer;
import org.jspecify.annotations.Nullable;

/** A directory and three nodes, as processes of the packaged jar, each with its own port and id for the whole run. */
final class Victims implements AutoCloseable {

    static final int NODES = 3;
    private static final Duration START = Duration.ofSeconds(90);

    private final Path jar;
    private final Path home;
    private final int directoryPort;
    private final List<Integer> ports = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final @Nullable Peer[] nodes = new Peer[NODES];
    private @Nullable Peer directory;

    private Victims(Path jar, Path home) throws IOException {
        this.jar = jar;
        this.home = home;
        this.directoryPort = Peer.freePort();
        for (int i = 0; i < NODES; i++) {
            ports.add(Peer.freePort());
            ids.add(UUID.randomUUID().toString());
        }
    }

    /** Starts all, and waits until the directory lists the nodes. */
    static Victims start(Path jar, Path home) throws IOException, InterruptedException {
        Victims victims = new Victims(jar, home);
        try {
            victims.startDirectory();
            victims.await(victims.directoryPort);
            for (int i = 0; i < NODES; i++) {
                victims.startNode(i);
            }
            victims.awaitListed();
            return victims;
        } catch (IOException | InterruptedException e) {
            victims.close();
            throw e;
        }
    }

    String directoryUrl() {
        return "http://127.0.0.1:%d/api".formatted(directoryPort);
    }

    void startDirectory() throws IOException {
        directory = process("directory", List.of("directory", "--host", "127.0.0.1", "--port", "" + directoryPort));
    }

    void killDirectory() {
        if (directory != null) {
            directory.close();
        }
    }

    void startNode(int index) throws IOException {
        nodes[index] = process(
                "node-" + index,
                List.of(
                        "serve",
                        "--backend-type",
                        "demo",
                        "--directory-url",
                        directoryUrl(),
                        "--host",
                        "127.0.0.1",
                        "--port",
                        "" + ports.get(index),
                        "--public-endpoint",
                        "http://127.0.0.1:" + ports.get(index),
                        "--node-id",
                        ids.get(index),
                        "--max-concurrent",
                        "64"));
    }

    void killNode(int index) {
        Peer node = nodes[index];
        if (node != null) {
            node.close();
        }
    }

    /** Returns whether a node takes connections. */
    boolean serves(int index) {
        return accepts(ports.get(index));
    }

    private Peer process(String name, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString()));
        command.addAll(arguments);
        return Peer.start(name, home, Map.of("IICP_HOME", home.resolve(name).toString()), command);
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void await(int port) throws IOException, InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        while (!accepts(port)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("nobody listens at port %d; logs are in %s".formatted(port, home));
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private void awaitListed() throws IOException, InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        try (IicpClient client =
                IicpClient.builder().directoryUrl(directoryUrl()).build()) {
            while (listed(client) < NODES) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException("the nodes did not register; logs are in " + home);
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    private static int listed(IicpClient client) {
        try {
            return client.discover(Intent.LLM_CHAT).size();
        } catch (IicpException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        Arrays.stream(nodes).filter(node -> node != null).forEach(Peer::close);
        killDirectory();
    }
}
