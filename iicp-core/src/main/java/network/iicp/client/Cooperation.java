package network.iicp.client;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import network.iicp.client.cooperation.CooperationGates;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.cooperation.WorkerReceipts;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all cooperative calls of one consumer share: the account of the session, the receipts seen, and who is told of them. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class Cooperation {

    private static final Logger log = LoggerFactory.getLogger(Cooperation.class);
    private static final Duration AWARD_LIMIT = Duration.ofSeconds(5);
    private static final int SMALL_REPLY = 64 * 1024;
    private static final double TOKENS_PER_CREDIT = 1_000;

    private final CooperationSettings settings;
    private final CooperationGates gates;
    private final WorkerReceipts receipts;
    private final HttpTransport transport;
    private final URI directoryUrl;

    Cooperation(CooperationSettings settings, Clock clock, HttpTransport transport, URI directoryUrl) {
        this.settings = settings;
        this.gates = new CooperationGates(settings);
        this.receipts = new WorkerReceipts(clock);
        this.transport = transport;
        this.directoryUrl = directoryUrl;
    }

    CooperationSettings settings() {
        return settings;
    }

    CooperationGates gates() {
        return gates;
    }

    WorkerReceipts receipts() {
        return receipts;
    }

    /** Returns how the application answers itself, if it can. */
    Optional<Function<Task, CompletableFuture<TaskResult>>> local() {
        return Optional.ofNullable(settings.localAnswer());
    }

    /**
     * Tells the directory of a worker's receipt, where a credential for that is set. Best effort: nobody waits for it, and no call fails by it.
     *
     * @param receipt the worker's receipt; it counted
     */
    void settle(Map<String, Object> receipt) {
        String credential = settings.settlementCredential();
        if (credential == null) {
            return;
        }
        HttpCall call = HttpCall.post(awardUri())
                .json(award(receipt))
                .header("Accept", "application/json")
                .header("Authorization", "Bearer " + credential)
                .deadline(Deadline.after(AWARD_LIMIT))
                .maxBytes(SMALL_REPLY)
                .guard(EndpointGuard.unrestricted())
                .build();
        transport.exchange(call).whenComplete((reply, fault) -> {
            boolean settled = fault == null && reply.status() < 300;
            log.debug("the award for task {} was {}", receipt.get("task_id"), settled ? "noted" : "not noted");
        });
    }

    private URI awardUri() {
        String base = directoryUrl.toString().replaceAll("/+$", "").replaceAll("/api$", "");
        return URI.create(base + "/api/v1/credits/award");
    }

    /** Source: IICP core, settlement. */
    static Map<String, Object> award(Map<String, Object> receipt) {
        Map<String, Object> json = new LinkedHashMap<>();
        copy(receipt, "worker_node_id", json, "node_id");
        for (String name : new String[] {
            "task_id",
            "tokens_used",
            "nonce",
            "expires_at",
            "signature",
            "response_hash",
            "cip_session_key",
            "cip_parent_task_id"
        }) {
            copy(receipt, name, json, name);
        }
        json.put("amount", tokens(receipt) / TOKENS_PER_CREDIT);
        return json;
    }

    private static void copy(Map<String, Object> from, String name, Map<String, Object> to, String as) {
        Object value = from.get(name);
        if (value != null) {
            to.put(as, value);
        }
    }

    /** Returns the tokens that a receipt names, never negative. */
    static long tokens(@Nullable Map<String, Object> receipt) {
        return receipt != null && receipt.get("tokens_used") instanceof Number tokens
                ? Math.max(0, tokens.longValue())
                : 0;
    }
}
