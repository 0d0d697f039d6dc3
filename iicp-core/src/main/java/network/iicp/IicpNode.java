package network.iicp;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import network.iicp.node.NodeAuthentication;
import network.iicp.node.NodeHealth;
import network.iicp.node.NodeListener;
import network.iicp.node.NodeSettings;
import network.iicp.node.NodeSettingsBuilder;
import network.iicp.node.NodeState;
import network.iicp.node.ProviderNode;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskHandler;

/**
 * Provides to a mesh: serves the models of an engine, or handlers of the application, to whoever a directory sends.
 *
 * <pre>{@code
 * IicpNode node = IicpNode.builder()
 *         .backend(OpenAiDialectBackend.ollama())
 *         .directoryUrl("http://127.0.0.1:9480/api")
 *         .build();
 * node.start();   // bind, register, heartbeat
 * node.close();   // drain, deregister, stop
 * }</pre>
 *
 * <p>Thread-safe. Building a node opens nothing. A node is started once and stopped once.
 */
public final class IicpNode implements AutoCloseable {

    private final ProviderNode node;

    private IicpNode(NodeSettings settings) {
        this.node = new ProviderNode(settings);
    }

    /** Returns a builder with the public directory and defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Binds and begins to register. Returns when tasks are taken, whether or not directory and engine answer yet.
     *
     * @throws network.iicp.transport.ListenerStartException if the address cannot be bound; the message names it
     * @throws ConfigurationException if the key file cannot be used
     * @throws IllegalStateException if the node was started before
     */
    public void start() {
        node.start();
    }

    /**
     * Returns a future that completes when a directory has listed the node for the first time. It fails when the node stops before, and
     * stays open for a node without a directory.
     */
    public CompletableFuture<Void> registered() {
        return node.registered();
    }

    /** Returns the node's id. */
    public String id() {
        return node.id();
    }

    /**
     * Returns the URL consumers use.
     *
     * @throws IllegalStateException if none was set and the node is not running
     */
    public URI endpoint() {
        return node.endpoint();
    }

    /**
     * Returns the port that is bound.
     *
     * @throws IllegalStateException if the node is not running
     */
    public int port() {
        return node.port();
    }

    /** Returns where the node is in its life. */
    public NodeState state() {
        return node.state();
    }

    /** Returns how the node is now: load, models, engine. */
    public NodeHealth health() {
        return node.health();
    }

    /** Returns how many tasks are worked on now. */
    public int activeTasks() {
        return node.activeTasks();
    }

    /**
     * Stops: refuses new tasks, lets running ones finish, deregisters, closes everything.
     *
     * @param grace the longest wait for running tasks; the rest is cancelled
     */
    public void stop(Duration grace) {
        node.stop(grace);
    }

    /** Stops, waiting for running tasks as long as the settings say, 30 s unless set. */
    @Override
    public void close() {
        node.close();
    }

    @Override
    public String toString() {
        return node.toString();
    }

    /**
     * Collects what a node is made of. Values are checked at once, their combination by {@link #build()}. Not thread-safe. What is not here is
     * under {@link #configure}.
     */
    public static final class Builder {

        private final NodeSettingsBuilder settings = NodeSettings.builder();

        private Builder() {}

        /** Adds an engine; the node closes it when it stops. */
        public Builder backend(InferenceBackend engine) {
            settings.backend(engine);
            return this;
        }

        /** Adds a handler of the application. Unless {@link #authentication} says otherwise, its callers need a token. */
        public Builder handler(Intent intent, TaskHandler handler) {
            settings.handler(intent, handler);
            return this;
        }

        /** Adds a handler with all that it offers: models, limits, streaming. */
        public Builder handler(Capability capability, TaskHandler handler) {
            settings.handler(capability, handler);
            return this;
        }

        /** Serves this model of the engines, and no others than those named. All models are served when none is named. */
        public Builder model(String name) {
            settings.model(name);
            return this;
        }

        /** Sets the node's id; a new random UUID unless set. */
        public Builder nodeId(String id) {
            settings.nodeId(id);
            return this;
        }

        /** Sets the address to bind; {@code 127.0.0.1} unless set. */
        public Builder host(String address) {
            settings.host(address);
            return this;
        }

        /** Sets the port to bind; 9484 unless set, 0 takes a free one. */
        public Builder port(int number) {
            settings.port(number);
            return this;
        }

        /** Sets the URL consumers are told to use. Needed unless the directory is on this machine. */
        public Builder endpoint(URI url) {
            settings.endpoint(url);
            return this;
        }

        /** Sets where the node says it is; {@code unknown} unless set. */
        public Builder region(String name) {
            settings.region(name);
            return this;
        }

        /**
         * Sets the directory to register at; {@code https://iicp.network/api} unless set.
         *
         * @throws ConfigurationException if it is no URL
         */
        public Builder directoryUrl(String url) {
            try {
                return directoryUrl(URI.create(url));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(
                        IicpError.of(
                                ErrorCode.INVALID_CONFIG,
                                ErrorComponent.NODE,
                                "directory URL %s is not a URL".formatted(Quoted.of(url))),
                        e);
            }
        }

        /** Sets the directory to register at. */
        public Builder directoryUrl(URI url) {
            settings.directoryUrl(url);
            return this;
        }

        /** Registers nowhere. */
        public Builder withoutDirectory() {
            settings.withoutDirectory();
            return this;
        }

        /** Sets networks and name patterns, such as {@code 10.0.0.0/8} or {@code *.lan}, in which the endpoint may lie. */
        public Builder privateNetworks(List<String> patterns) {
            settings.privateNetworks(patterns);
            return this;
        }

        /** Sets how many tasks are worked on at once, 1 to 256; 4 unless set. */
        public Builder maxConcurrent(int tasks) {
            settings.maxConcurrent(tasks);
            return this;
        }

        /** Sets who may send tasks; {@link NodeAuthentication#AUTO} unless set. */
        public Builder authentication(NodeAuthentication mode) {
            settings.authentication(mode);
            return this;
        }

        /** Keeps the key for encrypted tasks in this directory; in memory unless set. Needs a {@link #nodeId}. */
        public Builder keyDirectory(Path directory) {
            settings.keyDirectory(directory);
            return this;
        }

        /** Adds someone who hears what happens to the node. */
        public Builder listener(NodeListener listener) {
            settings.listener(listener);
            return this;
        }

        /** Sets what has no method here: limits, times, rates, operator keys, web page origins, TLS. */
        public Builder configure(Consumer<NodeSettingsBuilder> more) {
            more.accept(settings);
            return this;
        }

        /**
         * Returns the node, not started.
         *
         * @throws ConfigurationException if nothing is served, or the values do not go together
         */
        public IicpNode build() {
            return new IicpNode(settings.build());
        }
    }
}
