package network.iicp.node;

import java.net.InetAddress;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * A task as it arrived, whatever carried it.
 *
 * @param path what it was sent to; the same bytes sent elsewhere are another request
 * @param body the body, a JSON object
 * @param credentials what the caller showed besides the body
 * @param source where it came from
 * @param taskKey proves later who sent it, see {@link network.iicp.crypto.TaskKey}, or {@code null}
 * @param trace the trace of the caller, or {@code null}
 * @param arrivedNanos the arrival, on the node's monotonic clock; the task's time limit counts from there
 */
@SuppressWarnings("ArrayRecordComponent") // the body is read once and never compared
record InboundTask(
        String path,
        byte[] body,
        Credentials credentials,
        Source source,
        @Nullable String taskKey,
        @Nullable TraceContext trace,
        long arrivedNanos) {

    /**
     * What a caller shows in headers.
     *
     * @param bearer the token of {@code Authorization: Bearer}, or {@code null}
     * @param consumerToken the value of {@code X-IICP-Consumer-Token}, or {@code null}
     */
    record Credentials(@Nullable String bearer, @Nullable String consumerToken) {

        static final Credentials NONE = new Credentials(null, null);

        /** Says which are there, never what they are. */
        @Override
        public String toString() {
            return "Credentials[bearer %s, consumer token %s]".formatted(bearer != null, consumerToken != null);
        }
    }

    /**
     * Where a caller comes from, for the rate limits.
     *
     * @param origin the {@code Origin} header, or {@code null}
     * @param address the address of the connection, or {@code null}
     */
    record Source(@Nullable String origin, @Nullable InetAddress address) {

        static final Source UNKNOWN = new Source(null, null);
    }
}
