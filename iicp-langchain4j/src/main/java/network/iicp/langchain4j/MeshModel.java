package network.iicp.langchain4j;

import java.util.function.BiFunction;
import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import network.iicp.protocol.IicpException;
import org.jspecify.annotations.Nullable;

/**
 * How a model reaches the mesh.
 *
 * @param lease its client
 * @param name the model asked for when a request names none, or {@code null} for any
 * @param routing which nodes may answer and how long they may take
 */
record MeshModel(ClientLease lease, @Nullable String name, CallOptions routing) implements AutoCloseable {

    /**
     * Makes a call.
     *
     * @param model the model asked for by name, or {@code null}; for messages
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer, or the request cannot be sent
     */
    <T> T call(@Nullable String model, BiFunction<IicpClient, CallOptions, T> operation) {
        try {
            return operation.apply(lease.client(), routing);
        } catch (IicpException | IllegalArgumentException e) {
            throw MeshErrors.translate(e, model);
        }
    }

    /** Closes the client if it belongs to the model. */
    @Override
    public void close() {
        lease.close();
    }
}
