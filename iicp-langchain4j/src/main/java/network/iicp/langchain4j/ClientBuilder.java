package network.iicp.langchain4j;

import network.iicp.IicpClient;
import org.jspecify.annotations.Nullable;

/**
 * What all builders have in common: where the client comes from.
 *
 * @param <B> the builder itself
 */
abstract class ClientBuilder<B extends ClientBuilder<B>> {

    private @Nullable IicpClient client;
    private @Nullable String directoryUrl;

    ClientBuilder() {}

    abstract B self();

    /** Sets the client to use. It stays the application's: closing what is built does not close it. */
    public B client(@Nullable IicpClient shared) {
        client = shared;
        return self();
    }

    /**
     * Sets the directory to ask for nodes, instead of a client. What is built then makes a client of its own, with that client's
     * defaults, and closes it when it is closed. {@code public} names the public directory.
     */
    public B directoryUrl(@Nullable String url) {
        directoryUrl = url;
        return self();
    }

    /**
     * Returns the client to work with.
     *
     * @param owner what is built, for messages
     * @throws IllegalArgumentException if there is neither a client nor a directory URL, or both
     */
    ClientLease lease(String owner) {
        return ClientLease.of(owner, client, directoryUrl);
    }
}
