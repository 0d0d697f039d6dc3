package network.iicp.protocol.wire;

import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Task;
import network.iicp.protocol.cooperation.SubTask;
import network.iicp.protocol.cooperation.WorkReceipt;
import org.jspecify.annotations.Nullable;

/** Reads what marks a task as a sub-task and writes receipts. Source: IICP cooperative inference, worker role and receipts. */
public final class CooperationCodec {

    /** The numeric code of a member of cooperative inference that is not valid. */
    public static final String INVALID_MEMBER = "IICP-E028";

    private static final int LONGEST_KEY = 256;
    private static final String WORKER = "worker";
    private static final Set<String> ROLES_IN_TRACE = Set.of("coordinator", WORKER);

    private CooperationCodec() {}

    /**
     * Reads the marks of a sub-task: an object {@code cip}, or {@code trace.cip_role} {@code worker}.
     *
     * @param body the body of a task
     * @return the marks; empty for a task that came directly
     * @throws InvalidRequestException if a mark is not valid, or the sub-task wants to be shared out again; code
     *     {@code validation_error}, {@code IICP-E028}
     */
    public static Optional<SubTask> subTask(Map<String, Object> body) {
        try {
            return subTask(JsonObject.of(body));
        } catch (JsonException e) {
            throw invalid(String.valueOf(e.getMessage()), e);
        }
    }

    private static Optional<SubTask> subTask(JsonObject body) {
        Optional<JsonObject> cip = body.optionalObject("cip");
        Optional<JsonObject> trace = body.optionalObject("trace");
        String roleInTrace =
                trace.flatMap(json -> json.optionalString("cip_role")).orElse(null);
        if (cip.isEmpty() && !WORKER.equals(roleInTrace)) {
            return Optional.empty();
        }
        if (cip.isPresent() && !WORKER.equals(cip.get().string("cip_role", ""))) {
            throw invalid("cip.cip_role must be \"worker\"", null);
        }
        if (roleInTrace != null && !ROLES_IN_TRACE.contains(roleInTrace)) {
            throw invalid("trace.cip_role must be \"coordinator\" or \"worker\"", null);
        }
        requireNotSharedAgain(body);
        String parent = text(cip, trace, "cip_parent_task_id");
        if (parent != null && !Task.isValidId(parent)) {
            throw invalid("cip_parent_task_id must be a version 4 UUID", null);
        }
        return Optional.of(
                new SubTask(text(cip, trace, "cip_session_key"), parent, text(Optional.empty(), trace, "trace_id")));
    }

    private static void requireNotSharedAgain(JsonObject body) {
        for (String name : new String[] {"cip", "consensus"}) {
            long replicas = body.optionalObject("constraints")
                    .flatMap(constraints -> constraints.optionalObject(name))
                    .map(wish -> wish.optionalLong("replicas").orElse(1))
                    .orElse(1L);
            if (replicas > 1) {
                throw invalid("a sub-task cannot be shared out again: constraints.%s.replicas".formatted(name), null);
            }
        }
    }

    private static @Nullable String text(Optional<JsonObject> cip, Optional<JsonObject> trace, String name) {
        String text = cip.flatMap(json -> json.optionalString(name))
                .or(() -> trace.flatMap(json -> json.optionalString(name)))
                .orElse(null);
        if (text != null && text.length() > LONGEST_KEY) {
            throw invalid("%s is longer than %d characters".formatted(name, LONGEST_KEY), null);
        }
        return text;
    }

    private static InvalidRequestException invalid(String message, @Nullable Throwable cause) {
        IicpError error = IicpError.of(ErrorCode.VALIDATION_ERROR, ErrorComponent.NODE, message)
                .withIicpCode(INVALID_MEMBER);
        return new InvalidRequestException(error, cause);
    }

    /** Returns the {@code trace} member of a worker's answer. */
    public static Map<String, Object> answerTrace(SubTask subTask) {
        Map<String, Object> trace = new LinkedHashMap<>();
        trace.put("cip_role", WORKER);
        trace.put("cip_session_key", subTask.sessionKey());
        if (subTask.traceId() != null) {
            trace.put("trace_id", subTask.traceId());
        }
        return trace;
    }

    /** Returns what the signature of a receipt covers. */
    public static String signedText(
            String taskId,
            int tokensUsed,
            @Nullable SubTask subTask,
            String nonce,
            String responseHash,
            @Nullable String queryingNodeId) {
        String parent = subTask == null || subTask.parentTaskId() == null ? "" : subTask.parentTaskId();
        String session = subTask == null || subTask.sessionKey() == null ? "" : subTask.sessionKey();
        String text = "%s:%d:%s:%s:%s:%s".formatted(taskId, tokensUsed, parent, session, nonce, responseHash);
        return queryingNodeId == null || queryingNodeId.isEmpty() ? text : text + ":" + queryingNodeId;
    }

    /** Returns the receipt as a worker puts it into its answer. */
    public static Map<String, Object> encode(WorkReceipt receipt) {
        Map<String, Object> json = common(receipt);
        json.put("worker_node_id", receipt.workerId());
        SubTask subTask = receipt.subTask();
        json.put("cip_parent_task_id", subTask == null ? null : subTask.parentTaskId());
        json.put("cip_session_key", subTask == null ? null : subTask.sessionKey());
        json.put("issued_at", receipt.issuedAt().truncatedTo(ChronoUnit.SECONDS).toString());
        return json;
    }

    /**
     * Returns the body with which a node asks its directory for the credits of a task.
     *
     * @param amount the credits, see {@code IICP billing}
     */
    public static Map<String, Object> encodeAward(WorkReceipt receipt, double amount) {
        Map<String, Object> json = common(receipt);
        json.put("node_id", receipt.workerId());
        json.put("amount", amount);
        json.put("reason", "task_completion");
        SubTask subTask = receipt.subTask();
        if (subTask != null) {
            json.put("cip_parent_task_id", subTask.parentTaskId());
            json.put("cip_session_key", subTask.sessionKey());
        }
        return json;
    }

    private static Map<String, Object> common(WorkReceipt receipt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("task_id", receipt.taskId());
        json.put("tokens_used", receipt.tokensUsed());
        json.put("nonce", receipt.nonce());
        json.put(
                "expires_at",
                receipt.expiresAt().truncatedTo(ChronoUnit.SECONDS).toString());
        json.put("response_hash", receipt.responseHash());
        json.put("signature", receipt.signature());
        if (receipt.queryingNodeId() != null) {
            json.put("querying_node_id", receipt.queryingNodeId());
        }
        return json;
    }
}
