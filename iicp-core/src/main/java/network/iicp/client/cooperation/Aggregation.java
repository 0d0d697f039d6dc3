package network.iicp.client.cooperation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How several answers became one, or did not. Every outcome of a cooperative call has it. Source: IICP core, {@code cip_aggregation}.
 *
 * @param policy how answers become one
 * @param replicasDispatched workers that were asked
 * @param replicasResponded workers whose answer counted
 * @param selectedWorker first eight characters of the id of the worker whose answer was taken, or {@code null}
 * @param latencyMillis how long it took to decide, from the last answer
 * @param votes workers that gave the answer that was taken
 * @param quorum answers that had to agree
 */
public record Aggregation(
        CooperationPolicy policy,
        int replicasDispatched,
        int replicasResponded,
        @Nullable String selectedWorker,
        long latencyMillis,
        int votes,
        int quorum) {

    /** Checks that nothing required is missing. */
    public Aggregation {
        Objects.requireNonNull(policy, "policy");
    }

    /** Returns it with the names of the protocol; a worker that was not selected is {@code null}. */
    public Map<String, Object> toMap() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("policy", policy.wireName());
        json.put("replicas_dispatched", replicasDispatched);
        json.put("replicas_responded", replicasResponded);
        json.put("selected_worker_id", selectedWorker);
        json.put("aggregation_latency_ms", latencyMillis);
        json.put("cip_vote_count", votes);
        json.put("cip_quorum_threshold", quorum);
        return json;
    }
}
