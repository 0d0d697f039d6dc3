package network.iicp.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * How urgent a task is. Left out unless the caller sets it: official directories hide young nodes from
 * {@code interactive} and {@code realtime} requests. Source: IICP core, quality of service.
 */
public enum Qos {
    /** An immediate answer; official directories ask for 1000 completed tasks and reputation 0.8. */
    REALTIME("realtime"),
    /** A person waits; official directories ask for 100 completed tasks. */
    INTERACTIVE("interactive"),
    /** Nobody waits. */
    BATCH("batch"),
    /** Whenever there is room. */
    BEST_EFFORT("best-effort");

    private final String wireName;

    Qos(String wireName) {
        this.wireName = wireName;
    }

    /** Returns the word used on the wire. */
    public String wireName() {
        return wireName;
    }

    /** Reads the word used on the wire; {@code best_effort} is read as {@code best-effort}. */
    public static Optional<Qos> of(String word) {
        String normal = word.replace('_', '-');
        return Arrays.stream(values())
                .filter(qos -> qos.wireName.equals(normal))
                .findFirst();
    }
}
