package network.iicp.samples.benchmarks.reliability;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * A counter for each constant. Thread-safe.
 *
 * @param <E> the constants
 */
final class Counts<E extends Enum<E>> {

    /** Filled once, then only read. */
    private final Map<E, LongAdder> counters;

    Counts(Class<E> type) {
        this.counters = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            counters.put(constant, new LongAdder());
        }
    }

    void add(E constant) {
        counter(constant).increment();
    }

    long of(E constant) {
        return counter(constant).sum();
    }

    private LongAdder counter(E constant) {
        return Objects.requireNonNull(counters.get(constant));
    }

    /** Returns the counts in one line, in the order of the constants. */
    @Override
    public String toString() {
        return counters.entrySet().stream()
                .map(entry -> entry.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
