package network.iicp.langchain4j;

import org.jspecify.annotations.Nullable;

/** Lays one value over another. */
final class Overlay {

    private Overlay() {}

    /** Returns the stronger value, or the weaker one where it is missing. */
    static <T> @Nullable T first(@Nullable T stronger, @Nullable T weaker) {
        return stronger != null ? stronger : weaker;
    }
}
