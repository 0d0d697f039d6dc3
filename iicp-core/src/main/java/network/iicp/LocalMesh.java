package network.iicp;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ServerErrorException;
import network.iicp.spi.InferenceBackend;

/**
 * A whole mesh in one process, over real HTTP on the loopback address: a directory, nodes, and clients of them. For tests
 * and demonstrations; the same classes make a mesh of several machines.
 *
 * <pre>{@code
 * try (LocalMesh mesh = LocalMesh.start(m -> m.node(DemoBackend.create()).node(DemoBackend.create()))) {
 *     System.out.println(mesh.client().chat(ChatRequest.of("Hello")).text());
 * }
 * }</pre>
 *
 * <p>Closing it stops clients, nodes with their engines, and the directory. Thread-safe.
 */
public final class LocalMesh implements AutoCloseable {

    private static final Duration REGISTRATION_LIMIT = Duration.ofSeconds(15);

    private final DirectoryServer directory;
    private final List<IicpNode> nodes = new ArrayList<>();
    private final List<IicpClient> clients = new CopyOnWriteArrayList<>();

    private LocalMesh(DirectoryServer directory) {
        this.directory = directory;
    }

    /**
     * Starts a directory and nodes on free ports of the loopback address, and waits until the directory lists the nodes.
     *
     * @param setup adds the nodes
     * @return the running mesh
     * @throws network.iicp.protocol.IicpException if something does not start; what did start is stopped again
     */
    public static LocalMesh start(UnaryOperator<Builder> setup) {
        Builder builder = setup.apply(new Builder());
        DirectoryServer directory = DirectoryServer.builder()
                .host("127.0.0.1")
                .port(builder.directoryPort)
                .build();
        LocalMesh mesh = new LocalMesh(directory);
        try {
            directory.start();
            builder.nodes.forEach(mesh::startNode);
            mesh.awaitRegistered();
            return mesh;
        } catch (RuntimeException e) {
            mesh.close();
            throw e;
        }
    }

    private void startNode(UnaryOperator<IicpNode.Builder> setup) {
        IicpNode node = setup.apply(IicpNode.builder()
                        .host("127.0.0.1")
                        .port(0)
                        .directoryUrl(directory.url())
                        .region("local"))
                .build();
        nodes.add(node);
        node.start();
    }

    private void awaitRegistered() {
        CompletableFuture<?>[] all = nodes.stream().map(IicpNode::registered).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(all).get(REGISTRATION_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notStarted(e);
        } catch (TimeoutException | ExecutionException e) {
            throw notStarted(e);
        }
    }

    private static ServerErrorException notStarted(Exception cause) {
        return new ServerErrorException(
                IicpError.of(
                                ErrorCode.INTERNAL_ERROR,
                                ErrorComponent.DIRECTORY,
                                "the nodes of the local mesh did not register within %d s"
                                        .formatted(REGISTRATION_LIMIT.toSeconds()))
                        .withHttpStatus(0),
                cause);
    }

    /** Returns the base URL of the directory, for clients and nodes of one's own. */
    public URI directoryUrl() {
        return directory.url();
    }

    /** Returns the directory. */
    public DirectoryServer directory() {
        return directory;
    }

    /** Returns the nodes in the order they were added; stopped ones stay in the list. */
    public List<IicpNode> nodes() {
        return List.copyOf(nodes);
    }

    /** Returns a new client of the mesh with default settings; closing the mesh closes it. */
    public IicpClient client() {
        return client(builder -> builder);
    }

    /** Returns a new client of the mesh; closing the mesh closes it. */
    public IicpClient client(UnaryOperator<IicpClient.Builder> setup) {
        IicpClient client =
                setup.apply(IicpClient.builder().directoryUrl(directoryUrl())).build();
        clients.add(client);
        return client;
    }

    /** Stops clients, nodes and the directory. Running tasks get the nodes' grace. Safe to call twice. */
    @Override
    public void close() {
        clients.forEach(IicpClient::close);
        nodes.forEach(IicpNode::close);
        directory.close();
    }

    /** Collects the nodes of a mesh. Not thread-safe. */
    public static final class Builder {
        private final List<UnaryOperator<IicpNode.Builder>> nodes = new ArrayList<>();
        private int directoryPort;

        private Builder() {}

        /** Adds a node in front of this engine, which it owns and closes. */
        public Builder node(InferenceBackend engine) {
            Objects.requireNonNull(engine, "engine");
            return node(engine, builder -> builder);
        }

        /** Adds a node in front of this engine, with settings of its own. */
        public Builder node(InferenceBackend engine, UnaryOperator<IicpNode.Builder> setup) {
            nodes.add(builder -> setup.apply(builder.backend(engine)));
            return this;
        }

        /** Adds a node without an engine, for handlers of one's own. */
        public Builder handlers(UnaryOperator<IicpNode.Builder> setup) {
            nodes.add(setup);
            return this;
        }

        /** Sets the port of the directory; default any free one. */
        public Builder directoryPort(int port) {
            this.directoryPort = port;
            return this;
        }
    }
}
