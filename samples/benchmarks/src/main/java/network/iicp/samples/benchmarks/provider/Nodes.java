package network.iicp.samples.benchmarks.provider;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.samples.benchmarks.process.EngineRole;
import network.iicp.samples.benchmarks.process.Peer;
import network.iicp.samples.benchmarks.process.PythonPeers;

/**
 * Starts nodes in front of one engine, each registered at one directory, from which its key is taken.
 *
 * @param directory where they register
 * @param engine what they serve
 * @param logs where their standard error goes
 */
record Nodes(DirectoryServer directory, URI engine, Path logs) {

    private static final Duration START = Duration.ofSeconds(90);

    Contender ours(String name) throws Exception {
        Peer node = Peer.role(
                logs,
                512,
                "role-node",
                "--engine",
                engine.toString(),
                "--directory",
                directory.url().toString());
        JsonObject ready = node.answer(START);
        return contender(name, node, URI.create(ready.string("node")).getPort());
    }

    Contender python(String name, PythonPeers peers, boolean tuned) throws Exception {
        int port = Peer.freePort();
        return contender(name, peers.node(directory.url(), engine, port, tuned), port);
    }

    Contender rust(String name, Path program, String host) throws Exception {
        int port = Peer.freePort();
        List<String> command = List.of(
                program.toString(),
                "serve",
                "--directory-url",
                directory.url().toString(),
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
                "--no-tunnel");
        Map<String, String> environment = Map.of(
                "HOME", logs.toString(),
                "IICP_HOME", logs.resolve("rust-node").toString(),
                "IICP_PROXY_ALLOW_LOOPBACK_NODES", "1",
                "IICP_AUTO_UPDATE", "0",
                "IICP_SKIP_UPNP", "1",
                "IICP_TUNNEL", "0",
                "IICP_TASK_RATE_LIMIT", "0");
        return contender(name, Peer.start("rust-node", logs, environment, command), port);
    }

    private Contender contender(String name, Peer process, int port) throws Exception {
        try {
            return new Contender(
                    name, process, URI.create("http://127.0.0.1:" + port + "/v1/task"), awaitKey(process, port));
        } catch (Exception e) {
            process.close();
            throw e;
        }
    }

    private ConfidentialityKey awaitKey(Peer process, int port) throws IOException, InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        try (IicpClient client =
                IicpClient.builder().directoryUrl(directory.url()).build()) {
            while (System.nanoTime() - end < 0) {
                for (NodeDescriptor node : client.discover(Intent.LLM_CHAT)) {
                    if (node.endpoint().getPort() == port && node.key().isPresent()) {
                        return node.key().get();
                    }
                }
                if (!process.isAlive()) {
                    throw new IOException("the node on port %d has ended; its log is in %s".formatted(port, logs));
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
        throw new IOException("the node on port %d did not register with a key; see %s".formatted(port, logs));
    }
}
