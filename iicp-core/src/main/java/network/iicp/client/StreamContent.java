package network.iicp.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Provenance;
import org.jspecify.annotations.Nullable;

/**
 * What the streamed answer to one task is put together from. Used by one thread at a time.
 *
 * @param <E> what the subscriber gets
 */
interface StreamContent<E> {

    /** Another node begins. What was read of one that delivered nothing is forgotten; what was delivered stays. */
    void begin(boolean delivered);

    /**
     * Takes the result of a partial event.
     *
     * @return what it holds for the subscriber; empty when that is nothing
     * @throws IicpException if it cannot be read or the answer becomes too large
     */
    List<E> part(@Nullable Object result);

    /**
     * Takes the result of the terminal event, or the whole result of a buffered answer.
     *
     * @param streamed whether it is the end of parts that came before
     * @return what it holds for the subscriber
     * @throws IicpException if it cannot be read, or there is no answer
     */
    List<E> end(@Nullable Object result, boolean streamed);

    /** Returns the last item. */
    E completed(Provenance provenance, Map<String, Object> metrics);

    /** Returns the text that was delivered. */
    String textSoFar();

    /** Returns the model that the current node named. */
    @Nullable
    String model();

    /**
     * Returns the payload with which another node can go on where this one was cut off.
     *
     * @param payload the payload of the task
     * @return empty when what was delivered cannot be continued
     */
    Optional<Map<String, Object>> continuation(Map<String, Object> payload);

    /** Returns what marks, in front of its first item, that another node goes on. */
    Optional<E> continued(String from, String to);
}
