package network.iicp.directory.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects what is wrong with the members of a request, up to a bound. Not thread-safe. */
final class Complaints {

    private static final int MOST = 20;

    private final Map<String, List<String>> byField = new LinkedHashMap<>();

    void add(String field, String complaint) {
        if (byField.size() < MOST || byField.containsKey(field)) {
            byField.computeIfAbsent(field, f -> new ArrayList<>(1)).add(complaint);
        }
    }

    boolean isEmpty() {
        return byField.isEmpty();
    }

    /**
     * Ends the collection.
     *
     * @throws DirectoryRefusal if anything was added
     */
    void refuse() {
        if (!byField.isEmpty()) {
            throw DirectoryRefusal.invalid(byField);
        }
    }
}
