package network.iicp.node;

import java.util.Map;

/** An answer as it went out, so that the same request gets the same bytes again. */
sealed interface StoredReply {

    /** Returns about how much memory it takes. */
    long weight();

    /**
     * A whole answer.
     *
     * @param status the HTTP status
     * @param headers the headers that belong to the answer, not to one exchange
     * @param body the JSON bytes; not modified
     */
    @SuppressWarnings("ArrayRecordComponent") // the body is written, never compared
    record Whole(int status, Map<String, String> headers, byte[] body) implements StoredReply {

        private static final int OVERHEAD = 512;

        public Whole {
            headers = Map.copyOf(headers);
        }

        @Override
        public long weight() {
            return OVERHEAD + (long) body.length;
        }
    }

    /**
     * An answer in events.
     *
     * @param log the events so far
     */
    record Events(EventLog log) implements StoredReply {

        @Override
        public long weight() {
            return log.weight();
        }
    }
}
