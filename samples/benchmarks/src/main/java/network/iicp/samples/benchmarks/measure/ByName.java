package network.iicp.samples.benchmarks.measure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Things by name, in the order they were added. Asking for a name that is not there is a mistake. Not thread-safe.
 *
 * @param <T> what is kept
 */
public final class ByName<T> {

    private final Map<String, T> entries = new LinkedHashMap<>();

    /** Adds or replaces an entry. */
    public void put(String name, T value) {
        entries.put(name, value);
    }

    /**
     * Returns an entry.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public T get(String name) {
        T value = entries.get(name);
        if (value == null) {
            throw new IllegalArgumentException("nothing is called " + name);
        }
        return value;
    }

    /** Returns whether there is an entry. */
    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /** Returns the names, as a list of its own. */
    public List<String> names() {
        return new ArrayList<>(entries.keySet());
    }
}
