package network.iicp.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client sees its mesh, from what its own calls have noticed. Immutable.
 *
 * @param directory whether the directory answers
 * @param sinceAnswer time since the directory last answered, or {@code null} if it never did
 * @param failure code of the failure since which the directory is silent, or {@code null}
 * @param closedBreakers nodes that calls go to
 * @param openBreakers nodes that are left alone because their last calls failed
 * @param halfOpenBreakers nodes that are being tried again
 * @param activeCalls calls that have begun and not ended
 */
public record ClientHealth(
        Directory directory,
        @Nullable Duration sinceAnswer,
        @Nullable String failure,
        int closedBreakers,
        int openBreakers,
        int halfOpenBreakers,
        int activeCalls) {

    /** Whether the directory answers. */
    public enum Directory {
        /** It was not asked yet. */
        UNKNOWN,
        /** The last call was answered, if only with a refusal. */
        ANSWERS,
        /** The last call was not answered, or the directory said that it cannot work. */
        SILENT
    }
}
