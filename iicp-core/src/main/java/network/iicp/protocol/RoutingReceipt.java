package network.iicp.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer can show of how it chose a node. It never leaves the consumer by itself, and holds no prompt, answer,
 * endpoint or token. Immutable. Source: IICP consumer, local routing receipt v1.
 *
 * @param selectionProfile {@code directory_ticket_v1} for a node the directory chose with a ticket, else the strategy's name, or
 *     {@code external_ranker/<policy>/<normal|exploration|fallback>}
 * @param eligibleCandidates how many candidates passed every filter
 * @param selectedNode first eight characters of the id of the node that answered
 * @param profileNegotiation how a profile was agreed on, or {@code null} when none was asked for
 * @param encrypted whether the task was encrypted to the node
 * @param attempts every send of the call in order
 * @param leftOut candidates that were not asked, and why; at most 32
 */
public record RoutingReceipt(
        String selectionProfile,
        int eligibleCandidates,
        String selectedNode,
        @Nullable String profileNegotiation,
        boolean encrypted,
        List<Attempt> attempts,
        List<LeftOut> leftOut) {

    /** The version of the receipt. */
    public static final String VERSION = "iicp-routing-receipt-v1";

    /** The selection profile of a node that the directory chose with a ticket. */
    public static final String TICKET = "directory_ticket_v1";

    /** What is left out of every receipt. */
    public static final String REDACTION = "prompt_response_endpoint_token_excluded";

    /** Checks that nothing required is missing and copies the lists. */
    public RoutingReceipt {
        Objects.requireNonNull(selectionProfile, "selectionProfile");
        Objects.requireNonNull(selectedNode, "selectedNode");
        attempts = List.copyOf(attempts);
        leftOut = List.copyOf(leftOut);
    }

    /** Returns the receipt with the member names of its specification; durations are in milliseconds. */
    public Map<String, Object> toMap() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("receipt_version", VERSION);
        json.put("selection_profile", selectionProfile);
        json.put("eligible_candidate_count", eligibleCandidates);
        json.put("selected_node_id_prefix", selectedNode);
        if (profileNegotiation != null) {
            json.put("profile_negotiation", profileNegotiation);
        }
        json.put("encrypted", encrypted);
        json.put("attempts", attempts.stream().map(RoutingReceipt::attempt).toList());
        json.put("left_out", leftOut.stream().map(RoutingReceipt::leftOut).toList());
        json.put("redaction", REDACTION);
        return json;
    }

    private static Map<String, Object> attempt(Attempt attempt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id_prefix", attempt.node());
        json.put("reason", attempt.reason());
        json.put("outcome", attempt.outcome());
        json.put("started_ms", attempt.start().toMillis());
        json.put("elapsed_ms", attempt.elapsed().toMillis());
        return json;
    }

    private static Map<String, Object> leftOut(LeftOut candidate) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id_prefix", candidate.node());
        json.put("reason", candidate.reason());
        return json;
    }
}
