package network.iicp.transport;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import network.iicp.json.Json;

/**
 * One request and its answer. Thread-safe; may be answered from any thread, exactly once.
 */
public interface ServerExchange {

    /** Returns the method as sent, for example {@code POST}. */
    String method();

    /** Returns the path, percent-decoded once; always begins with {@code /} and has no dot segments. */
    String path();

    /** Returns the path as sent. */
    String rawPath();

    /** Returns the first value of a query parameter. */
    Optional<String> query(String name);

    /** Returns the decoded query parameters in the order sent. */
    Map<String, List<String>> query();

    /** Returns the first value of a header; the name is case-insensitive. */
    Optional<String> header(String name);

    /** Returns the headers with lower-case names. */
    Map<String, List<String>> headers();

    /** Returns the values of the variables of the route's path; empty when the exchange did not come through {@link Routes}. */
    default Map<String, String> pathVariables() {
        return Map.of();
    }

    /**
     * Returns the value of a variable of the route's path.
     *
     * @param name the name between the braces, for example {@code task_id}
     * @throws IllegalArgumentException if the route has no such variable
     */
    default String pathVariable(String name) {
        String value = pathVariables().get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no path variable " + name);
        }
        return value;
    }

    /** Returns the address of the peer; of the last proxy when there are any. */
    InetSocketAddress remote();

    /** Returns whether the request came over TLS. */
    boolean secure();

    /**
     * Reads the whole body. Every call returns the same future. Reading begins with the first call.
     *
     * @return the bytes, empty when there is no body; fails with {@link RequestRefusedException} when the body is larger than the limit (413),
     *     carries a content coding (415), arrives too slowly (408) or is truncated (400), and with {@link ClientGoneException} when the
     *     connection broke. Do not modify the array.
     */
    CompletableFuture<byte[]> body();

    /**
     * Answers. The first answer wins, later ones are ignored. The body of an answer to HEAD is not sent, its length is.
     *
     * @param status the HTTP status, 200 to 599
     * @param headers header names and values; {@code Content-Length} is set by the listener
     * @param body the bytes; not copied, so do not modify them afterwards
     * @throws IllegalArgumentException if the status is out of range or a header is not valid
     */
    void respond(int status, Map<String, String> headers, byte[] body);

    /**
     * Answers with JSON, as {@code application/json}.
     *
     * @param status the HTTP status, 200 to 599
     * @param json the object
     * @param headers more headers
     */
    default void respondJson(int status, Map<String, Object> json, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).equals("content-type"));
        all.put("Content-Type", "application/json");
        respond(status, all, Json.bytes(json));
    }

    /**
     * Answers with a JSON error, {@code {"error":{"code":...,"message":...}}}.
     *
     * @param refusal status, code and message
     */
    default void refuse(RequestRefusedException refusal) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", refusal.code());
        refusal.iicpCode().ifPresent(code -> error.put("iicp_code", code));
        error.put("message", refusal.getMessage());
        respondJson(refusal.status(), Map.of("error", error), Map.of());
    }

    /**
     * Answers 200 with a stream of events: {@code text/event-stream}, {@code Cache-Control: no-store}, {@code X-Accel-Buffering: no}. The
     * head of the answer is sent at once.
     *
     * @param headers more headers
     * @return the stream to write to
     * @throws IllegalStateException if the exchange is answered already
     */
    EventStream startEvents(Map<String, String> headers);

    /**
     * Runs {@code callback} once, on a worker thread, when the client is found gone before the answer is complete: the connection was
     * closed or reset, or a write failed or stalled. Closing the sending half of the connection counts as going. At once when that
     * has happened already; never after a complete answer. Noticed as soon as the operating system reports it once the body has been
     * read, otherwise with the next read or write.
     *
     * @param callback what to run, for example the cancellation of the work
     */
    void onDisconnect(Runnable callback);

    /** Returns whether an answer was given or begun. */
    boolean isCommitted();
}
