package network.iicp.protocol;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer came from and how it travelled. Generated output is always reported as such to users; this says by whom.
 *
 * @param taskId the task that was answered
 * @param node first eight characters of the id of the node that answered
 * @param region region of that node, or {@code null}
 * @param model model the node named, or {@code null}
 * @param encrypted whether request and answer were encrypted to the node
 * @param streamed whether the answer arrived token by token from the node; a buffered answer delivered as a stream says no
 * @param traceId W3C trace id shared by all exchanges of the call
 * @param attempts every send of the call in order; one of them, usually the last, succeeded
 * @param emulated whether a chat model stood in for an intent that nobody serves
 * @param receipt how the node was chosen
 */
public record Provenance(
        String taskId,
        String node,
        @Nullable String region,
        @Nullable String model,
        boolean encrypted,
        boolean streamed,
        String traceId,
        List<Attempt> attempts,
        boolean emulated,
        RoutingReceipt receipt) {

    /** Checks that nothing required is missing and copies the attempts. */
    public Provenance {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(traceId, "traceId");
        attempts = List.copyOf(attempts);
        Objects.requireNonNull(receipt, "receipt");
    }

    /** Creates a provenance of a node that was named, not chosen among candidates. */
    public Provenance(
            String taskId,
            String node,
            @Nullable String region,
            @Nullable String model,
            boolean encrypted,
            boolean streamed,
            String traceId,
            List<Attempt> attempts) {
        this(
                taskId,
                node,
                region,
                model,
                encrypted,
                streamed,
                traceId,
                attempts,
                false,
                new RoutingReceipt("named", 1, node, null, encrypted, attempts, List.of()));
    }

    /** Returns a copy that says that the answer was emulated. */
    public Provenance asEmulated() {
        return new Provenance(taskId, node, region, model, encrypted, streamed, traceId, attempts, true, receipt);
    }

    /** Returns the model the node named. */
    public Optional<String> modelName() {
        return Optional.ofNullable(model);
    }

    /** Returns whether a stream was cut off at one node and another node went on, because the caller allowed that. */
    public boolean continued() {
        return attempts.stream().anyMatch(attempt -> attempt.reason().equals(Attempt.CONTINUATION));
    }

    /** Returns one line for people: node, model, region, encryption, streaming, emulation, attempts. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("node ").append(node);
        if (model != null) {
            text.append(" · model ").append(model);
        }
        if (region != null) {
            text.append(" · region ").append(region);
        }
        text.append(encrypted ? " · encrypted" : " · in clear");
        text.append(streamed ? " · streamed" : " · buffered");
        if (emulated) {
            text.append(" · emulated");
        }
        if (continued()) {
            text.append(" · continued");
        }
        return text.append(" · attempts ").append(attempts.size()).toString();
    }
}
