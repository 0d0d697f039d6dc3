package network.iicp.langchain4j;

import java.time.Duration;
import network.iicp.IicpClient;
import network.iicp.client.TimeLimits;
import network.iicp.protocol.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * The client of a model: shared with the application, which closes it, or the model's own, closed with the model.
 *
 * @param client the client
 * @param own whether it belongs to the model
 */
record ClientLease(IicpClient client, boolean own) implements AutoCloseable {

    /**
     * Returns the shared client if there is one, else makes one.
     *
     * @param owner the model, for messages
     * @throws IllegalArgumentException if neither or both are given, or the URL is none
     */
    static ClientLease of(String owner, @Nullable IicpClient shared, @Nullable String directoryUrl) {
        if (shared != null && directoryUrl != null) {
            throw new IllegalArgumentException(
                    owner
                            + " got both a client and a directoryUrl; a client has a directory already, so give only one of them");
        }
        if (shared != null) {
            return new ClientLease(shared, false);
        }
        if (directoryUrl == null) {
            throw new IllegalArgumentException(owner
                    + " needs client(IicpClient) or directoryUrl(String); \"public\" names the public directory,"
                    + " whose nodes belong to strangers");
        }
        try {
            return new ClientLease(
                    IicpClient.builder().directoryUrl(directoryUrl).build(), true);
        } catch (ConfigurationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Checks the time limit of calls while the model is built. Closes the model's own client if it cannot work.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    void checkTimeout(@Nullable Duration total) {
        if (total == null) {
            return;
        }
        try {
            TimeLimits.DEFAULT.withTotal(total);
        } catch (ConfigurationException e) {
            close();
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Closes the client if it belongs to the model. */
    @Override
    public void close() {
        if (own) {
            client.close();
        }
    }
}
