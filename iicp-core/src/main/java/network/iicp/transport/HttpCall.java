package network.iicp.transport;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.protocol.Deadline;
import network.iicp.transport.internal.HeaderRules;
import org.jspecify.annotations.Nullable;

/**
 * One outbound request and its limits. Immutable, except that the array of the body is not copied.
 *
 * @param method the method
 * @param uri an absolute {@code http} or {@code https} URL with a host and without user information
 * @param headers names and values; {@code Host}, {@code Connection}, {@code Content-Length}, {@code Accept-Encoding} and the like are set
 *     by the transport
 * @param body the bytes to send, or {@code null}; do not modify them afterwards
 * @param deadline the end of everything: name resolution, connection, headers and the last byte of the body
 * @param connect longest wait for a connection, TLS included; {@code null} for the limit of the transport, which also
 *     bounds longer ones; without a body it includes the wait for the headers of the answer
 * @param idle longest wait for the next bytes of a body or event stream, while the reader wants more
 * @param maxBytes largest body accepted; of an event stream, the largest event
 * @param guard which addresses may be connected to
 */
@SuppressWarnings("ArrayRecordComponent") // calls are not compared
public record HttpCall(
        String method,
        URI uri,
        Map<String, String> headers,
        byte @Nullable [] body,
        Deadline deadline,
        @Nullable Duration connect,
        Duration idle,
        int maxBytes,
        EndpointGuard guard) {

    /** Deadline of a call that sets none, counted from {@link Builder#build()}: 30 s. */
    public static final Duration DEFAULT_TOTAL = Duration.ofSeconds(30);

    /** Idle limit of a call that sets none: 30 s. */
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(30);

    /** Size limit of a call that sets none: 1 MiB. */
    public static final int DEFAULT_MAX_BYTES = 1024 * 1024;

    private static final Set<String> SET_BY_TRANSPORT = Set.of(
            "accept-encoding",
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /**
     * Checks the call. Whether the endpoint is allowed is checked when it is sent.
     *
     * @throws IllegalArgumentException if the method, the URL, a header or a limit is not valid; header values are never named
     */
    public HttpCall {
        if (!HeaderRules.isToken(method) || method.equalsIgnoreCase("CONNECT")) {
            throw new IllegalArgumentException("'%s' is not a method".formatted(method));
        }
        Objects.requireNonNull(uri, "uri");
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        headers.forEach((name, value) -> {
            HeaderRules.check(name, value);
            if (SET_BY_TRANSPORT.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("the header %s is set by the transport".formatted(name));
            }
        });
        Objects.requireNonNull(deadline, "deadline");
        if (idle.isZero() || idle.isNegative()) {
            throw new IllegalArgumentException("the idle limit (%s) is not positive".formatted(idle));
        }
        if (connect != null && (connect.isZero() || connect.isNegative())) {
            throw new IllegalArgumentException("the connect limit (%s) is not positive".formatted(connect));
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes (%d) is below 1".formatted(maxBytes));
        }
        Objects.requireNonNull(guard, "guard");
    }

    /** Returns a builder of a GET. */
    public static Builder get(URI uri) {
        return new Builder("GET", uri);
    }

    /** Returns a builder of a POST. */
    public static Builder post(URI uri) {
        return new Builder("POST", uri);
    }

    /** Returns a builder of a call with the given method. */
    public static Builder request(String method, URI uri) {
        return new Builder(method, uri);
    }

    /** Returns the same call to another URL. */
    // NullAway does not see the annotation of an array that is a record component.
    @SuppressWarnings("NullAway")
    HttpCall to(URI target, Map<String, String> newHeaders, EndpointGuard newGuard) {
        return new HttpCall(method, target, newHeaders, body, deadline, connect, idle, maxBytes, newGuard);
    }

    /** Returns method and limits; never headers, body, path or query. */
    @Override
    public String toString() {
        return "HttpCall[%s %s, %d bytes, %s]".formatted(method, peer(), body == null ? 0 : body.length, deadline);
    }

    /** Returns how to name the peer in messages: in full when the operator configured it, shortened when a stranger registered it. */
    String peer() {
        String host = uri.getHost();
        if (host == null) {
            return "the endpoint";
        }
        if (guard.isUnrestricted()) {
            return uri.getPort() < 0 ? host : host + ":" + uri.getPort();
        }
        return host.length() <= 12 ? host : host.substring(0, 12) + "…";
    }

    /** Collects a call; not thread-safe. Values are checked by {@link #build()}. */
    public static final class Builder {

        private final String method;
        private final URI uri;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private byte @Nullable [] body;
        private @Nullable Deadline deadline;
        private @Nullable Duration connect;
        private Duration idle = DEFAULT_IDLE;
        private int maxBytes = DEFAULT_MAX_BYTES;
        private EndpointGuard guard = EndpointGuard.of(EndpointScope.PUBLIC, List.of());

        private Builder(String method, URI uri) {
            this.method = method;
            this.uri = uri;
        }

        /** Sets a header, in place of one of the same name. */
        public Builder header(String name, String value) {
            headers.keySet().removeIf(present -> present.equalsIgnoreCase(name));
            headers.put(name, value);
            return this;
        }

        /** Sets several headers. */
        public Builder headers(Map<String, String> values) {
            values.forEach(this::header);
            return this;
        }

        /** Sets the body and its media type. */
        public Builder body(byte[] bytes, String contentType) {
            body = bytes;
            return header("Content-Type", contentType);
        }

        Builder bytes(byte @Nullable [] value) {
            body = value;
            return this;
        }

        /** Sets a JSON body. */
        public Builder json(Map<String, Object> object) {
            return body(Json.bytes(object), "application/json");
        }

        /** Sets the {@code traceparent}, and not the tracestate, which goes to directories only. */
        public Builder trace(TraceContext trace) {
            return header(TraceContext.TRACEPARENT, trace.traceparent());
        }

        /** Sets the end of everything. */
        public Builder deadline(Deadline value) {
            deadline = value;
            return this;
        }

        /** Sets the end of everything, counted from now. */
        public Builder total(Duration limit) {
            return deadline(Deadline.after(limit));
        }

        /** Sets the longest wait for a connection; unless set, or if longer, the limit of the transport holds. */
        public Builder connect(@Nullable Duration value) {
            connect = value;
            return this;
        }

        /** Sets the longest wait for the next bytes of a body. */
        public Builder idle(Duration value) {
            idle = value;
            return this;
        }

        /** Sets the largest body, or the largest event of a stream. */
        public Builder maxBytes(int value) {
            maxBytes = value;
            return this;
        }

        /** Sets which addresses may be connected to; unless set, public ones only. */
        public Builder guard(EndpointGuard value) {
            guard = value;
            return this;
        }

        /**
         * Returns the call.
         *
         * @throws IllegalArgumentException if a value is not valid
         */
        // NullAway does not see the annotation of an array that is a record component.
        @SuppressWarnings("NullAway")
        public HttpCall build() {
            Deadline end = deadline == null ? Deadline.after(DEFAULT_TOTAL) : deadline;
            return new HttpCall(method, uri, headers, body, end, connect, idle, maxBytes, guard);
        }
    }
}
