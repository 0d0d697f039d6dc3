package network.iicp.transport;

import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener listens, and its limits. Immutable.
 *
 * @param host the address or name to bind; {@code ::} is all addresses, IPv6 and IPv4, and falls back to {@code 0.0.0.0} on a machine
 *     without IPv6
 * @param port the port, 0 to 65535; 0 takes a free one
 * @param maxBodyBytes largest request body, at least 1
 * @param maxHeaderBytes largest request line and headers together, at least 1024; more is answered with 414 or 431
 * @param maxConnections most open connections, at least 1; further ones wait in the queue of the operating system
 * @param idle longest time without a byte on a connection that waits for a request, reads a body or writes an answer
 * @param headerAndBodyTimeout longest time from the first byte of a request to the end of its headers, however steadily the bytes
 *     trickle; and the time for a body, or for the client to take a whole answer, before the rate is looked at
 * @param minBytesPerSecond slowest average rate at which a body may arrive, or an answer be taken, beyond that time; at least 1. With the
 *     defaults a body of 1 MiB may take 30 s and 128 s more
 * @param answerTimeout longest time a handler may take to begin its answer; a net under handlers that never do
 * @param tls speaks TLS 1.3 with this context, or {@code null} for cleartext
 * @param tls12 whether TLS 1.2 is spoken too, for clients that have nothing newer
 */
public record ListenerSettings(
        String host,
        int port,
        int maxBodyBytes,
        int maxHeaderBytes,
        int maxConnections,
        Duration idle,
        Duration headerAndBodyTimeout,
        int minBytesPerSecond,
        Duration answerTimeout,
        @Nullable SSLContext tls,
        boolean tls12) {

    /** 1 MiB. */
    public static final int DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

    /** 16 KiB. */
    public static final int DEFAULT_MAX_HEADER_BYTES = 16 * 1024;

    /** 512 connections. */
    public static final int DEFAULT_MAX_CONNECTIONS = 512;

    /** 60 s. */
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(60);

    /** 30 s. */
    public static final Duration DEFAULT_HEADER_AND_BODY_TIMEOUT = Duration.ofSeconds(30);

    /** 8 KiB/s. */
    public static final int DEFAULT_MIN_BYTES_PER_SECOND = 8 * 1024;

    /** 10 min: above the longest task of the protocol, 5 min. */
    public static final Duration DEFAULT_ANSWER_TIMEOUT = Duration.ofMinutes(10);

    /** Checks the ranges. */
    public ListenerSettings {
        Objects.requireNonNull(host, "host");
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host to listen on is empty; use 127.0.0.1, 0.0.0.0 or ::");
        }
        requireInRange(port, 0, 65_535, "port");
        requireInRange(maxBodyBytes, 1, Integer.MAX_VALUE - 16, "maxBodyBytes");
        requireInRange(maxHeaderBytes, 1024, 1024 * 1024, "maxHeaderBytes");
        requireInRange(maxConnections, 1, 1_000_000, "maxConnections");
        requirePositive(idle, "idle");
        requirePositive(headerAndBodyTimeout, "headerAndBodyTimeout");
        requireInRange(minBytesPerSecond, 1, Integer.MAX_VALUE, "minBytesPerSecond");
        requirePositive(answerTimeout, "answerTimeout");
    }

    /** Returns how long the transfer of so many bytes may take. */
    public Duration transferLimit(long bytes) {
        return headerAndBodyTimeout.plusMillis(bytes * 1000 / minBytesPerSecond);
    }

    /** Returns a builder: 127.0.0.1, a free port, no TLS, and the default limits. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that begins with these settings. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    private static void requireInRange(int value, int least, int most, String name) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("%s (%d) is not in %d..%d".formatted(name, value, least, most));
        }
    }

    private static void requirePositive(Duration value, String name) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException("%s (%s) is not positive".formatted(name, value));
        }
    }

    /** Collects settings; not thread-safe. Ranges are checked by {@link #build()}. */
    public static final class Builder {

        private String host = "127.0.0.1";
        private int port;
        private int maxBodyBytes = DEFAULT_MAX_BODY_BYTES;
        private int maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES;
        private int maxConnections = DEFAULT_MAX_CONNECTIONS;
        private Duration idle = DEFAULT_IDLE;
        private Duration headerAndBodyTimeout = DEFAULT_HEADER_AND_BODY_TIMEOUT;
        private int minBytesPerSecond = DEFAULT_MIN_BYTES_PER_SECOND;
        private Duration answerTimeout = DEFAULT_ANSWER_TIMEOUT;
        private @Nullable SSLContext tls;
        private boolean tls12;

        private Builder() {}

        private Builder(ListenerSettings from) {
            host = from.host;
            port = from.port;
            maxBodyBytes = from.maxBodyBytes;
            maxHeaderBytes = from.maxHeaderBytes;
            maxConnections = from.maxConnections;
            idle = from.idle;
            headerAndBodyTimeout = from.headerAndBodyTimeout;
            minBytesPerSecond = from.minBytesPerSecond;
            answerTimeout = from.answerTimeout;
            tls = from.tls;
            tls12 = from.tls12;
        }

        /** Sets the address or name to bind. */
        public Builder host(String value) {
            host = value;
            return this;
        }

        /** Sets the port; 0 takes a free one. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** Sets the largest request body. */
        public Builder maxBodyBytes(int value) {
            maxBodyBytes = value;
            return this;
        }

        /** Sets the largest request line and headers together. */
        public Builder maxHeaderBytes(int value) {
            maxHeaderBytes = value;
            return this;
        }

        /** Sets the number of open connections. */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        /** Sets the longest time without a byte. */
        public Builder idle(Duration value) {
            idle = value;
            return this;
        }

        /** Sets the longest time for the headers, and for the body, of a request. */
        public Builder headerAndBodyTimeout(Duration value) {
            headerAndBodyTimeout = value;
            return this;
        }

        /** Sets the slowest average rate of a body or an answer. */
        public Builder minBytesPerSecond(int value) {
            minBytesPerSecond = value;
            return this;
        }

        /** Sets the longest time until an answer begins. */
        public Builder answerTimeout(Duration value) {
            answerTimeout = value;
            return this;
        }

        /** Sets whether TLS 1.2 is spoken too; it is not unless set. */
        public Builder tls12(boolean value) {
            tls12 = value;
            return this;
        }

        /** Speaks TLS 1.3 with this context; {@code null} for cleartext. */
        public Builder tls(@Nullable SSLContext value) {
            tls = value;
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws IllegalArgumentException if a value is out of its range
         */
        public ListenerSettings build() {
            return new ListenerSettings(
                    host,
                    port,
                    maxBodyBytes,
                    maxHeaderBytes,
                    maxConnections,
                    idle,
                    headerAndBodyTimeout,
                    minBytesPerSecond,
                    answerTimeout,
                    tls,
                    tls12);
        }
    }
}
