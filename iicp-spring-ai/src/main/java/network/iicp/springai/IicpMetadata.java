package network.iicp.springai;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Provenance;
import org.springframework.ai.model.ModelResponse;

/**
 * What the metadata of a response says about the way it took through the mesh. A stream carries it on its last chunk.
 *
 * <pre>{@code
 * ChatResponse response = chatModel.call(prompt);
 * IicpMetadata.provenance(response).ifPresent(System.out::println);
 * String node = response.getMetadata().get(IicpMetadata.NODE);
 * }</pre>
 */
public final class IicpMetadata {

    /** First eight characters of the id of the node that answered; a {@code String}. */
    public static final String NODE = "iicp.node";

    /** Region of that node, a {@code String}; absent when it names none. */
    public static final String REGION = "iicp.region";

    /** How often the task was sent, an {@code Integer}; more than 1 after a failure. */
    public static final String ATTEMPTS = "iicp.attempts";

    /** Whether request and answer were encrypted to the node; a {@code Boolean}. */
    public static final String ENCRYPTED = "iicp.encrypted";

    /** Whether the answer arrived from the node token by token, a {@code Boolean}; false for a buffered one. */
    public static final String STREAMED = "iicp.streamed";

    /** The task that was answered; a {@code String}. */
    public static final String TASK_ID = "iicp.task-id";

    /** W3C trace id of all exchanges of the call; a {@code String}. */
    public static final String TRACE_ID = "iicp.trace-id";

    /** All of it, every attempt included; a {@link Provenance}. */
    public static final String PROVENANCE = "iicp.provenance";

    private IicpMetadata() {}

    /**
     * Returns where a response of any model came from; empty when it did not come from the mesh, or is a chunk of a stream that is not the
     * last.
     */
    public static Optional<Provenance> provenance(ModelResponse<?> response) {
        return Optional.ofNullable(response.getMetadata().<Object>get(PROVENANCE))
                .filter(Provenance.class::isInstance)
                .map(Provenance.class::cast);
    }

    /** Returns the entries that describe an origin. */
    static Map<String, Object> entries(Provenance provenance) {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put(NODE, provenance.node());
        if (provenance.region() != null) {
            entries.put(REGION, provenance.region());
        }
        entries.put(ATTEMPTS, provenance.attempts().size());
        entries.put(ENCRYPTED, provenance.encrypted());
        entries.put(STREAMED, provenance.streamed());
        entries.put(TASK_ID, provenance.taskId());
        entries.put(TRACE_ID, provenance.traceId());
        entries.put(PROVENANCE, provenance);
        return entries;
    }
}
