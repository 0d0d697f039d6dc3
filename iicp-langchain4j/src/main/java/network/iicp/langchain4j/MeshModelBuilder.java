package network.iicp.langchain4j;

import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the builders of models have in common that LangChain4j gives no parameters of their own.
 *
 * @param <B> the builder itself
 */
abstract class MeshModelBuilder<B extends MeshModelBuilder<B>> {

    private @Nullable IicpClient client;
    private @Nullable String directoryUrl;
    private @Nullable String modelName;
    private CallOptions routing = CallOptions.DEFAULT;

    MeshModelBuilder() {}

    abstract B self();

    /** Sets the client to use. It stays the application's: closing the model does not close it. */
    public B client(@Nullable IicpClient shared) {
        client = shared;
        return self();
    }

    /**
     * Sets the directory to find nodes in, instead of a client. The model then makes a client of its own, with that client's
     * defaults, and closes it when it is closed. {@code public} names the public directory.
     */
    public B directoryUrl(@Nullable String url) {
        directoryUrl = url;
        return self();
    }

    /** Sets the model to ask for; only nodes that serve it are asked. Default: any model of the kind. */
    public B modelName(@Nullable String name) {
        modelName = name;
        return self();
    }

    /** Sets which nodes may answer and how long they may take. Default: the client's settings. */
    public B routing(@Nullable CallOptions options) {
        routing = options == null ? CallOptions.DEFAULT : options;
        return self();
    }

    /**
     * Returns what was set.
     *
     * @param owner the model, for messages
     * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
     */
    MeshModel model(String owner) {
        ClientLease lease = ClientLease.of(owner, client, directoryUrl);
        lease.checkTimeout(routing.total());
        return new MeshModel(lease, modelName, routing);
    }
}
