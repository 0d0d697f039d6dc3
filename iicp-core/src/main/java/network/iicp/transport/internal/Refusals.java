package network.iicp.transport.internal;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.transport.RequestRefusedException;

/** The answers a listener gives on its own: one JSON form for every status, without a word of what the request contained. */
final class Refusals {

    private Refusals() {}

    /** What went wrong before a handler was asked, from the status and the reason of the HTTP parser. */
    static RequestRefusedException of(int status, String parserReason) {
        return switch (status) {
            case 400 -> badRequest(parserReason);
            case 408 -> tooSlow();
            case 413 -> new RequestRefusedException(ErrorCode.REQUEST_TOO_LARGE, "the request is too large");
            case 414 -> new RequestRefusedException(414, "uri_too_long", "the request target is too long");
            case 417 ->
                new RequestRefusedException(417, "expectation_failed", "only Expect: 100-continue is supported");
            case 426 -> new RequestRefusedException(426, "upgrade_required", "use HTTP/1.1");
            case 431 -> new RequestRefusedException(431, "headers_too_large", "the request headers are too large");
            case 501 -> new RequestRefusedException(501, "not_implemented", "the transfer coding is not supported");
            case 503 -> stopping();
            case 505 -> new RequestRefusedException(505, "http_version_not_supported", "use HTTP/1.1");
            default -> otherwise(status);
        };
    }

    private static RequestRefusedException otherwise(int status) {
        return status >= 400 && status < 500
                ? new RequestRefusedException(status, "bad_request", "the request is not valid")
                : internal();
    }

    private static RequestRefusedException badRequest(String parserReason) {
        String reason = parserReason.toLowerCase(Locale.ROOT);
        boolean framing = reason.contains("content-length")
                || reason.contains("transfer")
                || reason.contains("chunk")
                || reason.contains("eof");
        return framing
                ? new RequestRefusedException(
                        ErrorCode.INVALID_HTTP_BODY, "the length of the body is malformed, conflicting or not reached")
                : new RequestRefusedException(400, "bad_request", "the request is not valid HTTP/1.1");
    }

    static RequestRefusedException internal() {
        return new RequestRefusedException(ErrorCode.INTERNAL_ERROR, "the server failed to answer this request");
    }

    static RequestRefusedException stopping() {
        return new RequestRefusedException(ErrorCode.TEMPORARILY_UNAVAILABLE, "the server is stopping");
    }

    static RequestRefusedException busy() {
        return new RequestRefusedException(
                ErrorCode.TEMPORARILY_UNAVAILABLE, "the server has no free worker; try again");
    }

    static RequestRefusedException tooSlow() {
        return new RequestRefusedException(ErrorCode.REQUEST_TIMEOUT, "the request did not arrive in time");
    }

    static byte[] json(RequestRefusedException refusal) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", refusal.code());
        refusal.iicpCode().ifPresent(code -> error.put("iicp_code", code));
        error.put("message", refusal.getMessage());
        return Json.bytes(Map.of("error", error));
    }

    /** A whole HTTP/1.1 answer, for a connection that has no request to answer yet. */
    static byte[] wire(RequestRefusedException refusal, String reason, Map<String, String> headers) {
        byte[] body = json(refusal);
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(refusal.status())
                .append(' ')
                .append(reason)
                .append("\r\nContent-Type: application/json\r\nContent-Length: ")
                .append(body.length)
                .append("\r\nConnection: close\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] answer = new byte[start.length + body.length];
        System.arraycopy(start, 0, answer, 0, start.length);
        System.arraycopy(body, 0, answer, start.length, body.length);
        return answer;
    }
}
