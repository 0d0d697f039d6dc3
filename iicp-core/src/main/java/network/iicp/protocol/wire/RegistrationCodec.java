package network.iicp.protocol.wire;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.ConsumerToken;
import network.iicp.protocol.registration.DirectoryPeer;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatMetrics;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeExposure;
import network.iicp.protocol.registration.NodeLimits;
import network.iicp.protocol.registration.NodePolicy;
import network.iicp.protocol.registration.NodePricing;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.OwnRecord;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.protocol.registration.Software;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a node says to a directory and reads what it answers. Source: IICP directory, register and heartbeat; the
 * bounds are those of the strictest directory in use.
 */
public final class RegistrationCodec {

    private static final DateTimeFormatter HOUR_MINUTE = DateTimeFormatter.ofPattern("HH:mm");
    private static final int LONGEST_CREDENTIAL = 4096;
    private static final int LONGEST_WORD = 128;
    private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(10);
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);

    private RegistrationCodec() {}

    /** Returns the JSON object of a registration. */
    public static Map<String, Object> encode(NodeRegistration registration) {
        Map<String, Object> json = new LinkedHashMap<>();
        put(json, "node_id", registration.nodeId());
        put(json, "current_node_token", registration.currentToken());
        json.put("endpoint", registration.endpoint().toString());
        json.put("region", registration.region());
        json.put(
                "capabilities",
                registration.capabilities().stream()
                        .map(CapabilityCodec::encode)
                        .toList());
        json.put("limits", encode(registration.limits()));
        putExposure(json, registration.exposure());
        if (registration.confidentialityKey() != null) {
            json.put("cx_public_key", ConfidentialityKeyCodec.encode(registration.confidentialityKey()));
        }
        put(json, "backend", registration.backend());
        if (registration.policy() != null) {
            json.put("policy", encode(registration.policy()));
        }
        if (registration.pricing() != null) {
            json.put("pricing", encode(registration.pricing()));
        }
        if (!registration.availability().isEmpty()) {
            json.put(
                    "availability",
                    registration.availability().stream()
                            .map(RegistrationCodec::encode)
                            .toList());
        }
        put(json, "node_hmac_key", registration.hmacKey());
        putSoftware(json, registration.software());
        registration.extra().forEach(json::putIfAbsent);
        return json;
    }

    private static Map<String, Object> encode(NodeLimits limits) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("max_concurrent", limits.maxConcurrent());
        json.put("tokens_per_min", limits.tokensPerMinute());
        return json;
    }

    private static void putExposure(Map<String, Object> json, NodeExposure exposure) {
        if (exposure.transportEndpoint() != null) {
            json.put("transport_endpoint", exposure.transportEndpoint().toString());
        }
        if (exposure.method() != null) {
            json.put("transport_method", exposure.method().wireName());
        }
        if (exposure.natType() != null) {
            json.put("nat_type", exposure.natType().wireName());
        }
        if (exposure.mode() != null) {
            json.put("exposure_mode", exposure.mode().wireName());
        }
        if (!exposure.metadata().isEmpty()) {
            json.put("transport_metadata", exposure.metadata());
        }
        if (exposure.relayAcceptPort() != null) {
            json.put("relay_capable", true);
            json.put("relay_accept_port", exposure.relayAcceptPort());
        }
    }

    private static Map<String, Object> encode(NodePolicy policy) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("allow_remote_inference", policy.allowRemoteInference());
        json.put("allow_tool_execution", policy.allowToolExecution());
        json.put("allow_file_access", policy.allowFileAccess());
        put(json, "pricing_credits_per_1000", policy.creditsPer1000());
        return json;
    }

    private static Map<String, Object> encode(NodePricing pricing) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("credit_cost_multiplier", pricing.creditCostMultiplier());
        json.put("pricing_model", pricing.model());
        put(json, "declaration_signature", pricing.declarationSignature());
        return json;
    }

    private static Map<String, Object> encode(AvailabilityWindow window) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("start", HOUR_MINUTE.format(window.start()));
        json.put("end", HOUR_MINUTE.format(window.end()));
        json.put("share", window.share());
        return json;
    }

    private static void putSoftware(Map<String, Object> json, Software software) {
        json.put("sdk_language", software.language());
        json.put("sdk_version", software.compatibility());
        json.put("sdk_compatibility_version", software.compatibility());
        json.put("implementation_name", software.name());
        json.put("implementation_version", software.version());
        // A library does not replace itself; directories show this so that operators know who updates the node.
        json.put("auto_update_enabled", false);
    }

    /** Returns the JSON object of a heartbeat. The credential travels in the header only. */
    public static Map<String, Object> encode(String nodeId, Heartbeat heartbeat) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", nodeId);
        json.put("status", heartbeat.available() ? "available" : "recovering");
        json.put("available", heartbeat.available());
        put(json, "load", heartbeat.load());
        put(json, "active_jobs", heartbeat.activeJobs());
        put(json, "max_concurrent", heartbeat.maxConcurrent());
        if (heartbeat.metrics() != null) {
            json.put("metrics", encode(heartbeat.metrics()));
            json.put("metrics_batch_id", heartbeat.metrics().batchId());
        }
        put(json, "health_models", heartbeat.healthModels());
        if (heartbeat.stability() != null) {
            json.put("backend_stability", encode(heartbeat.stability()));
        }
        put(json, "challenge_response", heartbeat.challengeResponse());
        return json;
    }

    private static Map<String, Object> encode(HeartbeatMetrics metrics) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tasks_success", metrics.tasksSuccess());
        json.put("tasks_failed", metrics.tasksFailed());
        json.put("avg_latency_ms", Math.round(metrics.averageLatencyMillis() * 100) / 100.0);
        return json;
    }

    private static Map<String, Object> encode(BackendStability stability) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("backend_state", stability.state().wireName());
        json.put("reason_class", stability.reason().wireName());
        put(json, "retry_after_s", stability.retryAfterSeconds());
        if (stability.drainUntil() != null) {
            json.put("drain_until", stability.drainUntil().getEpochSecond());
        }
        return json;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    /**
     * Reads the answer to a registration.
     *
     * @param json the answer
     * @param requestedId the id that was asked for, used when the answer names none
     * @return the receipt
     * @throws ProtocolViolationException if it holds no usable token, or no id at all
     */
    public static RegistrationReceipt decodeReceipt(Map<String, Object> json, @Nullable String requestedId) {
        Optional<String> token = credential(json.get("node_token")).or(() -> credential(json.get("token")));
        if (token.isEmpty()) {
            throw violation("the directory accepted the registration and sent no node_token");
        }
        String id = text(json.get("node_id"), LONGEST_WORD).orElse(requestedId);
        if (id == null) {
            throw violation("the directory accepted the registration and sent no node_id");
        }
        Integer jobs = UsageCodec.count(json.get("lifetime_jobs"));
        return new RegistrationReceipt(
                id,
                token.get(),
                credential(json.get("node_hmac_key")).orElse(null),
                text(json.get("observed_source_ip"), LONGEST_WORD).orElse(null),
                Boolean.TRUE.equals(json.get("recovered")),
                jobs == null ? 0 : jobs);
    }

    /** A credential is sent back in a header, so it must be printable ASCII. */
    private static Optional<String> credential(@Nullable Object value) {
        return text(value, LONGEST_CREDENTIAL).filter(t -> t.chars().allMatch(c -> c > ' ' && c < 127));
    }

    private static Optional<String> text(@Nullable Object value, int longest) {
        return value instanceof String text && !text.isBlank() && text.length() <= longest
                ? Optional.of(text)
                : Optional.empty();
    }

    /** Reads the answer to a heartbeat. Nothing in it is required; an interval outside 1 s to 10 min is moved inside. */
    public static HeartbeatReply decodeReply(Map<String, Object> json) {
        Integer millis = UsageCodec.count(json.get("next_heartbeat_ms"));
        return new HeartbeatReply(
                millis == null || millis == 0 ? HeartbeatReply.DEFAULT_INTERVAL : bounded(Duration.ofMillis(millis)),
                NodeCodec.share(json.get("reputation_score")),
                text(json.get("metrics_batch_accepted"), LONGEST_WORD).orElse(null),
                text(json.get("challenge"), LONGEST_WORD).orElse(null));
    }

    private static Duration bounded(Duration interval) {
        if (interval.compareTo(SHORTEST_INTERVAL) < 0) {
            return SHORTEST_INTERVAL;
        }
        return interval.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : interval;
    }

    /**
     * Reads the directory's record of the node that asked.
     *
     * @throws ProtocolViolationException if it names no node
     */
    public static OwnRecord decodeOwnRecord(Map<String, Object> json) {
        URI endpoint = NodeCodec.endpoint(json.get("endpoint")).orElse(null);
        return text(json.get("node_id"), LONGEST_WORD)
                .map(id -> new OwnRecord(
                        id,
                        endpoint,
                        text(json.get("observed_source_ip"), LONGEST_WORD).orElse(null)))
                .orElseThrow(() -> violation("the directory sent a record without node_id"));
    }

    /**
     * Reads a token for another node.
     *
     * @throws ProtocolViolationException if there is none, or it does not say until when it is valid
     */
    public static ConsumerToken decodeConsumerToken(Map<String, Object> json) {
        Optional<String> token = credential(json.get("token"));
        Instant expiresAt = instant(json.get("expires_at"));
        if (token.isEmpty() || expiresAt == null) {
            throw violation("the directory sent no consumer token with an end of its validity");
        }
        return new ConsumerToken(token.get(), expiresAt);
    }

    /**
     * Reads a bootstrap list; entries that are not readable are left out.
     *
     * @param json the answer
     * @param limit most entries to keep
     * @throws ProtocolViolationException if there is no list of peers at all
     */
    public static List<DirectoryPeer> decodePeers(Map<String, Object> json, int limit) {
        if (!(json.get("peers") instanceof List<?> list)) {
            throw violation("the directory answered bootstrap without a list of peers");
        }
        List<DirectoryPeer> peers = new ArrayList<>();
        for (Object element : list) {
            if (peers.size() == limit) {
                break;
            }
            Map<String, Object> entry = CapabilityCodec.members(element);
            Optional<String> id = text(entry.get("node_id"), LONGEST_WORD);
            Optional<URI> endpoint = NodeCodec.endpoint(entry.get("endpoint"));
            if (id.isPresent() && endpoint.isPresent()) {
                String region = text(entry.get("region"), LONGEST_WORD).orElse(null);
                peers.add(new DirectoryPeer(id.get(), endpoint.get(), region, instant(entry.get("last_seen"))));
            }
        }
        return List.copyOf(peers);
    }

    private static @Nullable Instant instant(@Nullable Object value) {
        if (value instanceof Number seconds && seconds.doubleValue() >= 0 && seconds.doubleValue() < 1e11) {
            return Instant.ofEpochSecond(seconds.longValue());
        }
        try {
            return value instanceof String text && text.length() <= LONGEST_WORD
                    ? OffsetDateTime.parse(text).toInstant()
                    : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static ProtocolViolationException violation(String message) {
        return new ProtocolViolationException(
                IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.DIRECTORY, message));
    }
}
