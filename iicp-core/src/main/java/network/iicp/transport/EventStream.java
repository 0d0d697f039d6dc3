package network.iicp.transport;

import java.util.concurrent.CompletableFuture;

/**
 * The writing side of one answer of server-sent events. Writes keep their order. Thread-safe.
 *
 * <p>Back-pressure: {@link #send} completes when the bytes were handed to the operating system, so a writer that waits for it runs at the
 * speed of the reader. A writer that does not wait is bounded too: once {@value #MAX_QUEUED_BYTES} bytes are queued for a client that does
 * not read them, the stream is cut.
 */
public interface EventStream {

    /** Most bytes held for a client that reads too slowly, before it counts as gone. */
    int MAX_QUEUED_BYTES = 4 * 1024 * 1024;

    /**
     * Sends an event.
     *
     * @param event what to send
     * @return completes when written; fails with {@link ClientGoneException} when the client is gone, with
     *     {@link IllegalStateException} when the stream was closed
     */
    CompletableFuture<Void> send(ServerSentEvent event);

    /**
     * Sends a comment, which readers ignore: a heartbeat that keeps the connection open and notices a client that has gone.
     *
     * @param text one line; may be empty
     * @return completes when written; fails like {@link #send}
     * @throws IllegalArgumentException if the text has a line break
     */
    CompletableFuture<Void> comment(String text);

    /** Ends the stream after what is queued has been written. Does nothing when closed already. */
    void close();

    /** Returns whether events can be sent: not closed and the client, as far as known, still there. */
    boolean isOpen();
}
