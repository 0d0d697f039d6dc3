package network.iicp.langchain4j;

import network.iicp.client.CallOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the builders of models have in common that LangChain4j gives no parameters of their own.
 *
 * @param <B> the builder itself
 */
abstract class MeshModelBuilder<B extends MeshModelBuilder<B>> extends ClientBuilder<B> {

    private @Nullable String modelName;
    private CallOptions routing = CallOptions.DEFAULT;

    MeshModelBuilder() {}

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
        ClientLease lease = lease(owner);
        lease.checkTimeout(routing.total());
        return new MeshModel(lease, modelName, routing);
    }
}
