package network.iicp.protocol;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The failure codes this library produces and understands: the readable slug, the numeric IICP code where one exists,
 * the HTTP status a server answers with, and whether the same request may succeed later or elsewhere.
 *
 * <p>Peers may send codes that are not listed here; {@link IicpError#code()} keeps any text they send.
 * Source: IICP core, section on errors, and the node and directory chapters.
 */
public enum ErrorCode {
    /** The body of a request is not what HTTP promised: malformed JSON, wrong length, truncated. */
    INVALID_HTTP_BODY("invalid_http_body", null, 400, false),
    /** The request is larger than the receiver accepts. */
    REQUEST_TOO_LARGE("request_too_large", null, 413, false),
    /** The request did not arrive completely in time. */
    REQUEST_TIMEOUT("request_timeout", null, 408, true),
    /** The media type of the request is not {@code application/json}. */
    UNSUPPORTED_MEDIA_TYPE("unsupported_media_type", null, 415, false),
    /** The body carries a content coding; only {@code identity} is accepted. */
    UNSUPPORTED_CONTENT_ENCODING("unsupported_content_encoding", null, 415, false),
    /** A member is missing, has the wrong type or is out of range. */
    VALIDATION_ERROR("validation_error", "IICP-E001", 422, false),
    /** The caller did not present a valid credential. */
    UNAUTHORIZED("unauthorized", null, 401, false),
    /** The credential was valid once and has expired. */
    TOKEN_EXPIRED("token_expired", null, 401, false),
    /** The caller is known and may not do this. */
    FORBIDDEN("forbidden", null, 403, false),
    /** Nothing is known under that path, id or secret. */
    NOT_FOUND("not_found", null, 404, false),
    /** The path exists and does not take this method. */
    METHOD_NOT_ALLOWED("method_not_allowed", null, 405, false),
    /** The node does not serve this intent. */
    UNKNOWN_INTENT("unknown_intent", null, 422, false),
    /** The node does not serve this model. */
    MODEL_NOT_FOUND("model_not_found", "IICP-E029", 404, true),
    /** The intent is prohibited or high risk on a mesh. */
    POLICY_REJECTED("policy_rejected", "IICP-POLICY-001", 403, false),
    /** Tool execution was asked for and is not allowed here. */
    TOOL_EXECUTION_DENIED("tool_execution_denied", null, 403, false),
    /** A required profile is not supported. */
    UNSUPPORTED_PROFILE("unsupported_profile", null, 422, false),
    /** The task id is already used, with other content or still running. */
    CONFLICT("conflict", "IICP-E010", 409, false),
    /** The nonce or the confidentiality envelope was already used. */
    REPLAY_DETECTED("replay_detected", "IICP-E011", 409, false),
    /** Too many requests from this origin, address or caller. */
    RATE_LIMITED("rate_limited", "IICP-E023", 429, true),
    /** Every slot of the node is taken. */
    CAPACITY_EXCEEDED("capacity_exceeded", "IICP-E021", 429, true),
    /** Every slot the node keeps for sub-tasks of cooperative inference is taken. Its number is that of {@link #CAPACITY_EXCEEDED}. */
    CAPACITY_EXHAUSTED("capacity_exhausted", null, 503, true),
    /** The node is draining or stopping, or its engine is. */
    TEMPORARILY_UNAVAILABLE("temporarily_unavailable", "IICP-E024", 503, true),
    /** The function exists and is not set up on this server. */
    NOT_CONFIGURED("not_configured", null, 503, false),
    /** The engine behind the node failed. */
    BACKEND_ERROR("backend_error", null, 502, true),
    /** The engine behind the node refused the request itself. */
    BACKEND_REJECTED("backend_rejected", null, 422, false),
    /** The task did not finish inside its time limit. */
    TASK_TIMEOUT("task_timeout", "IICP-E006", 504, true),
    /** The task was cancelled by its caller or by the operator. */
    TASK_CANCELLED("task_cancelled", null, 499, false),
    /** The node holds no confidentiality key, or not the one the envelope was made for. */
    CX_UNAVAILABLE("cx_unavailable", "IICP-CX-01", 400, true),
    /** The confidentiality envelope cannot be opened. */
    CX_DECRYPT_FAILED("cx_decrypt_failed", "IICP-CX-02", 400, true),
    /** An encrypted answer was asked for without an encrypted request. */
    CX_RESPONSE_UNAVAILABLE("cx_response_unavailable", "IICP-CX-03", 400, false),
    /** The answer could not be sealed. */
    CX_SEAL_FAILED("cx_seal_failed", "IICP-CX-04", 500, true),
    /** No candidate offers a usable confidentiality key and encryption is required. */
    CX_REQUIRED("cx_required", "IICP-CX-REQUIRED", 0, false),
    /** An encrypted answer was required and a plain one came. */
    CX_RESPONSE_REQUIRED("cx_response_required", "IICP-CX-RESP-REQUIRED", 0, false),
    /** The encrypted answer cannot be opened. */
    CX_RESPONSE_INVALID("cx_response_invalid", "IICP-CX-RESP-INVALID", 0, false),
    /** The answer is larger than the limit. */
    RESPONSE_TOO_LARGE("response_too_large", "IICP-JAVA-RESPONSE-TOO-LARGE", 500, false),
    /** Something unexpected failed on the server. */
    INTERNAL_ERROR("internal_error", null, 500, true),
    /** No node is known for the intent and the constraints. */
    NO_PROVIDER("no_provider", "IICP-E033", 503, true),
    /** Nodes are known, and every one that was tried failed. */
    NO_AVAILABLE_NODE("no_available_node", null, 503, true),
    /** All candidates were refused by the caller's routing policy. */
    ROUTING_POLICY("routing_policy", "IICP-POLICY-ROUTING", 0, false),
    /** The call must tell the model how it was reached, and no model takes system messages. */
    IDENTITY_CONTEXT_UNSUPPORTED("required_identity_context_unsupported", null, 0, false),
    /** The application's candidate ranker failed, or chose what was not offered. */
    CANDIDATE_RANKER_REFUSED("candidate_ranker_refused", "IICP-CANDIDATE-RANKER-REFUSED", 0, false),
    /** The answer says that tools are called, and holds no call: they were lost between engine and consumer. */
    TOOLS_LOST("tools_lost", "IICP-JAVA-TOOLS-LOST", 0, true),
    /** The node's floor of reputation is above the caller's. */
    REPUTATION_TOO_LOW("reputation_too_low", "IICP-E020", 403, false),
    /** The credits of the payer do not suffice. */
    CREDITS_INSUFFICIENT("credits_insufficient", "IICP-E036", 402, false),
    /** The answers of several nodes do not agree. */
    NO_CONSENSUS("no_consensus", null, 502, true),
    /** Fewer nodes are eligible than the call needs at once. */
    NOT_ENOUGH_WORKERS("not_enough_workers", "IICP-E022", 503, true),
    /** The endpoint of a node is not one this client may connect to. */
    ENDPOINT_REFUSED("endpoint_refused", "IICP-ENDPOINT-REFUSED", 0, false),
    /** The endpoint of a registration is not reachable by rule. */
    ENDPOINT_NOT_ROUTABLE("endpoint_not_routable", "IICP-E035", 422, false),
    /** The endpoint of a registration does not answer. */
    LIVENESS_FAILED("liveness_failed", "IICP-E036", 422, false),
    /** A change of keys or routing without proof of ownership. */
    OWNERSHIP_NOT_PROVEN("ownership_not_proven", "IICP-E050", 403, false),
    /** Connection, name resolution or TLS failed, or the connection was cut. */
    NETWORK_ERROR("network_error", "IICP-E004", 0, true),
    /** The peer answered with something that is not the protocol. */
    PROTOCOL_ERROR("protocol_error", "IICP-E005", 0, true),
    /** The directory issues no dispatch tickets, and nothing else may be used. */
    DISPATCH_TICKET_UNAVAILABLE("dispatch_ticket_unavailable", "IICP-DISPATCH-TICKET-UNAVAILABLE", 0, false),
    /** A dispatch ticket has not the form of one, or no route comes with it. */
    DISPATCH_TICKET_MALFORMED("dispatch_ticket_malformed", "IICP-DISPATCH-TICKET-MALFORMED", 0, false),
    /** A dispatch ticket is not signed by the directory, or is for something else. */
    DISPATCH_TICKET_UNVERIFIED("dispatch_ticket_unverified", "IICP-DISPATCH-TICKET-UNVERIFIED", 0, false),
    /** The policy manifest of a route is not the one its ticket was issued for. */
    POLICY_MANIFEST_MISMATCH("policy_manifest_mismatch", "IICP-POLICY-MANIFEST-BINDING-MISMATCH", 0, false),
    /** A consumer token is required and the directory issued none. */
    CONSUMER_AUTH_REQUIRED("consumer_auth_required", "IICP-CONSUMER-AUTH-REQUIRED", 0, false),
    /** An answer of a directory replica is not signed by it. */
    REPLICA_UNVERIFIED("replica_unverified", "IICP-SEC-REPLICA-01", 0, true),
    /** A stream ended without its terminal event, after output had begun. */
    STREAM_INTERRUPTED("stream_interrupted", null, 0, false),
    /** The library was configured with values that cannot work. */
    INVALID_CONFIG("invalid_config", null, 0, false);

    private final String slug;
    private final @Nullable String iicpCode;
    private final int httpStatus;
    private final boolean retryable;

    ErrorCode(String slug, @Nullable String iicpCode, int httpStatus, boolean retryable) {
        this.slug = slug;
        this.iicpCode = iicpCode;
        this.httpStatus = httpStatus;
        this.retryable = retryable;
    }

    /** Returns the readable code, for example {@code capacity_exceeded}. */
    public String slug() {
        return slug;
    }

    /** Returns the numeric code, for example {@code IICP-E021}, if one is assigned. */
    public Optional<String> iicpCode() {
        return Optional.ofNullable(iicpCode);
    }

    /** Returns the HTTP status a server answers with, or 0 for a failure that never crosses the wire. */
    public int httpStatus() {
        return httpStatus;
    }

    /** Returns whether the same request may succeed later or on another node. */
    public boolean retryable() {
        return retryable;
    }

    /**
     * Finds a code by its slug or its numeric form, without regard to who sent it.
     *
     * @param text what a peer sent as code
     * @return the listed code, or empty when the text is none of them
     */
    public static Optional<ErrorCode> of(String text) {
        return Arrays.stream(values())
                .filter(code -> code.slug.equals(text) || text.equals(code.iicpCode))
                .findFirst();
    }

    /**
     * Finds a code by what a peer sent and the HTTP status that carried it. Numbers of IICP mean different things in different
     * components; the status tells them apart.
     *
     * @param text what a peer sent as code
     * @param httpStatus status of the answer; 0 when there was none
     * @return the listed code, or empty when the text is none of them
     */
    public static Optional<ErrorCode> of(String text, int httpStatus) {
        return Optional.ofNullable(byStatus(text, httpStatus)).or(() -> of(text));
    }

    private static @Nullable ErrorCode byStatus(String text, int status) {
        return switch (text) {
            case "IICP-E003" -> TASK_TIMEOUT;
            case "IICP-E006" -> status == 503 ? NO_PROVIDER : null;
            case "IICP-E008" -> TEMPORARILY_UNAVAILABLE;
            case "IICP-E024" -> status == 504 ? TASK_TIMEOUT : null;
            case "IICP-E036" -> status == 402 ? CREDITS_INSUFFICIENT : LIVENESS_FAILED;
            case "IICP-E050" -> status == 403 ? OWNERSHIP_NOT_PROVEN : CX_DECRYPT_FAILED;
            case "IICP-E060", "IICP-E063", "IICP-E064" -> CX_UNAVAILABLE;
            case "IICP-E061", "IICP-E062" -> CX_DECRYPT_FAILED;
            case "duplicate_task" -> CONFLICT;
            default -> null;
        };
    }
}
