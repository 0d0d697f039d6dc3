package network.iicp.directory.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.wire.ErrorCodec;
import org.jspecify.annotations.Nullable;

/** A call the directory refuses, with the answer it gives. Thrown for control flow, so it carries no stack trace. */
final class DirectoryRefusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final @Nullable String iicpCode;
    private final transient Map<String, List<String>> fields;
    private final int retryAfterSeconds;

    private DirectoryRefusal(
            int status,
            String code,
            @Nullable String iicpCode,
            String message,
            Map<String, List<String>> fields,
            int retryAfterSeconds) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.iicpCode = iicpCode;
        this.fields = new LinkedHashMap<>(fields);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    private static DirectoryRefusal plain(ErrorCode code, String message) {
        return new DirectoryRefusal(code.httpStatus(), code.slug(), null, message, Map.of(), 0);
    }

    /** Members of the request are wrong. */
    static DirectoryRefusal invalid(Map<String, List<String>> fields) {
        Map.Entry<String, List<String>> first = fields.entrySet().iterator().next();
        String message = fields.size() == 1
                ? "%s %s".formatted(first.getKey(), first.getValue().get(0))
                : "%d members are not valid, among them %s, which %s"
                        .formatted(
                                fields.size(), first.getKey(), first.getValue().get(0));
        return new DirectoryRefusal(422, ErrorCode.VALIDATION_ERROR.slug(), "IICP-E001", message, fields, 0);
    }

    /** One member of the request is wrong. */
    static DirectoryRefusal invalid(String field, String complaint) {
        return invalid(Map.of(field, List.of(complaint)));
    }

    /** The intent is one that no mesh serves. */
    static DirectoryRefusal policy(String message) {
        return new DirectoryRefusal(422, "IICP-POLICY-001", "IICP-POLICY-001", message, Map.of(), 0);
    }

    /** The endpoint is not reachable by rule. */
    static DirectoryRefusal notRoutable(String field, String reason) {
        String message = "IICP-E035: " + reason;
        return new DirectoryRefusal(422, "IICP-E035", "IICP-E035", message, Map.of(field, List.of(message)), 0);
    }

    /** The endpoint does not answer. */
    static DirectoryRefusal notAlive(String reason) {
        String message = "IICP-E036: " + reason;
        return new DirectoryRefusal(
                422, ErrorCode.LIVENESS_FAILED.slug(), "IICP-E036", message, Map.of("endpoint", List.of(message)), 0);
    }

    /** A change of the confidentiality key (E049) or of the route (E050) without proof of ownership. */
    static DirectoryRefusal notOwner(String iicpCode, String message) {
        return new DirectoryRefusal(403, iicpCode, iicpCode, message, Map.of(), 0);
    }

    /** The credential is missing or not valid. */
    static DirectoryRefusal unauthorized(String message) {
        return plain(ErrorCode.UNAUTHORIZED, message);
    }

    /** The caller may not do this. */
    static DirectoryRefusal forbidden(String message) {
        return plain(ErrorCode.FORBIDDEN, message);
    }

    /** The body is not what HTTP promised, or not JSON. */
    static DirectoryRefusal badBody(ErrorCode code, String message) {
        return plain(code, message);
    }

    /** No such node. */
    static DirectoryRefusal unknownNode(String message) {
        return new DirectoryRefusal(404, ErrorCode.NOT_FOUND.slug(), "IICP-E003", message, Map.of(), 0);
    }

    /** No node fits a request for a ticket. Official consumers know this code and stop asking. */
    static DirectoryRefusal noRoute(String message) {
        return new DirectoryRefusal(404, "no_route_available", null, message, Map.of(), 0);
    }

    /** Several nodes have the prefix asked for. */
    static DirectoryRefusal ambiguousPrefix(String message) {
        return new DirectoryRefusal(409, "ambiguous_node_prefix", null, message, Map.of(), 0);
    }

    /** Too many calls. */
    static DirectoryRefusal rateLimited(String message, int retryAfterSeconds) {
        return new DirectoryRefusal(
                429, ErrorCode.RATE_LIMITED.slug(), "IICP-E034", message, Map.of(), retryAfterSeconds);
    }

    /** Too many nodes from one address. */
    static DirectoryRefusal tooManyNodes(String message) {
        return new DirectoryRefusal(422, "IICP-E052", "IICP-E052", message, Map.of(), 0);
    }

    /** The directory cannot do this now. */
    static DirectoryRefusal busy(String message, int retryAfterSeconds) {
        return new DirectoryRefusal(
                503, ErrorCode.TEMPORARILY_UNAVAILABLE.slug(), null, message, Map.of(), retryAfterSeconds);
    }

    /** A profile that must be supported is not. */
    static DirectoryRefusal unsupportedProfile(String message) {
        return new DirectoryRefusal(422, "unsupported_pre_normative_profile", null, message, Map.of(), 0);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    Map<String, List<String>> fields() {
        return fields;
    }

    /** Returns the body of the answer. */
    Map<String, Object> body() {
        boolean retryable = status == 429 || status == 503;
        Map<String, Object> error = ErrorCodec.encode(new IicpError(
                code,
                iicpCode,
                String.valueOf(getMessage()),
                ErrorComponent.DIRECTORY,
                retryable,
                status,
                retryAfterSeconds > 0 ? java.time.Duration.ofSeconds(retryAfterSeconds) : null,
                null,
                null,
                List.of()));
        if (!fields.isEmpty()) {
            error.put("fields", fields);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", error);
        if (retryAfterSeconds > 0) {
            body.put("retry_after", retryAfterSeconds);
        }
        return body;
    }

    /** Returns the headers of the answer. */
    Map<String, String> headers() {
        return retryAfterSeconds > 0 ? Map.of("Retry-After", Integer.toString(retryAfterSeconds)) : Map.of();
    }
}
