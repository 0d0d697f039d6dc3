package network.iicp.protocol.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import network.iicp.protocol.Intent;
import network.iicp.protocol.TaskConstraints;
import org.jspecify.annotations.Nullable;

/**
 * A task as it travels to a node: with its payload in clear, or sealed. Source: IICP core, task request.
 *
 * @param taskId a version 4 UUID
 * @param intent what is wanted
 * @param payload the payload in clear; exactly one of this and {@code confidential}
 * @param confidential the sealed payload ({@code iicp_conf})
 * @param encryptResponse whether the answer must be sealed too
 * @param constraints bounds on the execution
 * @param authToken credential for this node ({@code auth.node_token}), or {@code null}
 * @param sourceNodeId id of the node on whose behalf the consumer asks, or {@code null}
 * @param nonce guards against replay, or {@code null}
 * @param trace the {@code trace} member; empty when there is none
 * @param cip the {@code cip} member of a worker's task in cooperative inference; empty when there is none
 */
public record TaskEnvelope(
        String taskId,
        Intent intent,
        @Nullable Map<String, Object> payload,
        @Nullable Map<String, Object> confidential,
        boolean encryptResponse,
        TaskConstraints constraints,
        @Nullable String authToken,
        @Nullable String sourceNodeId,
        @Nullable String nonce,
        Map<String, Object> trace,
        Map<String, Object> cip) {

    /** Checks that exactly one form of the payload is there. */
    public TaskEnvelope {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(intent, "intent");
        Objects.requireNonNull(constraints, "constraints");
        if ((payload == null) == (confidential == null)) {
            throw new IllegalArgumentException("exactly one of payload and confidential must be given");
        }
        trace = Collections.unmodifiableMap(new LinkedHashMap<>(trace));
        cip = Collections.unmodifiableMap(new LinkedHashMap<>(cip));
    }

    /** Creates an envelope that is no part of cooperative inference. */
    public TaskEnvelope(
            String taskId,
            Intent intent,
            @Nullable Map<String, Object> payload,
            @Nullable Map<String, Object> confidential,
            boolean encryptResponse,
            TaskConstraints constraints,
            @Nullable String authToken,
            @Nullable String sourceNodeId,
            @Nullable String nonce,
            Map<String, Object> trace) {
        this(
                taskId,
                intent,
                payload,
                confidential,
                encryptResponse,
                constraints,
                authToken,
                sourceNodeId,
                nonce,
                trace,
                Map.of());
    }

    /** Returns an envelope with the payload in clear. */
    public static TaskEnvelope plain(
            String taskId, Intent intent, Map<String, Object> payload, TaskConstraints bounds) {
        return new TaskEnvelope(taskId, intent, payload, null, false, bounds, null, null, null, Map.of());
    }

    /** Returns an envelope with the payload sealed. */
    public static TaskEnvelope sealed(
            String taskId,
            Intent intent,
            Map<String, Object> confidential,
            boolean encryptResponse,
            TaskConstraints bounds) {
        return new TaskEnvelope(
                taskId, intent, null, confidential, encryptResponse, bounds, null, null, null, Map.of());
    }

    /** Returns a copy that carries a credential for the node it goes to. */
    public TaskEnvelope withAuthToken(@Nullable String token) {
        return new TaskEnvelope(
                taskId,
                intent,
                payload,
                confidential,
                encryptResponse,
                constraints,
                token,
                sourceNodeId,
                nonce,
                trace,
                cip);
    }

    /**
     * Returns a copy that is a worker's task in cooperative inference.
     *
     * @param members the {@code cip} member
     * @param traceMembers the {@code trace} member
     */
    public TaskEnvelope withCooperation(Map<String, Object> members, Map<String, Object> traceMembers) {
        return new TaskEnvelope(
                taskId,
                intent,
                payload,
                confidential,
                encryptResponse,
                constraints,
                authToken,
                sourceNodeId,
                nonce,
                traceMembers,
                members);
    }

    /** Returns whether the payload is sealed. */
    public boolean isConfidential() {
        return confidential != null;
    }

    /** Names task and intent; never the payload or the credential. */
    @Override
    public String toString() {
        return "TaskEnvelope[%s, %s, %s]".formatted(taskId, intent, isConfidential() ? "sealed" : "in clear");
    }
}
