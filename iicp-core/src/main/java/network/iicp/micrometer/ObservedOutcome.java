package network.iicp.micrometer;

import io.micrometer.observation.Observation;
import network.iicp.protocol.ErrorCode;

/** How what is observed ended, in words of the protocol. */
final class ObservedOutcome {

    /** The key of the word. */
    static final String KEY = "iicp.outcome";

    /** The word before the end, and for what has no name. */
    static final String NONE = "none";

    /** What is not told apart. */
    static final String OTHER = "other";

    private static final String SUCCESS = "success";
    private static final String CANCELLED = "cancelled";

    private ObservedOutcome() {}

    /** What tracing systems are told of a failure: its code. Messages may name addresses. */
    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Failed(String code) {
            super(code, null, false, false);
        }
    }

    /** Returns the word as it may be a label. */
    static String bounded(String word) {
        return word.equals(SUCCESS) || word.equals(CANCELLED)
                ? word
                : ErrorCode.of(word).map(ErrorCode::slug).orElse(OTHER);
    }

    /** Ends an observation with a word; the code of a failure is told as its error. */
    static void stop(Observation observation, String word) {
        observation.lowCardinalityKeyValue(KEY, word);
        if (ErrorCode.of(word).isPresent()) {
            observation.error(new Failed(word));
        }
        observation.stop();
    }
}
