package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes members of JSON objects in a fixed order, so that equal values are equal bytes in every run. */
final class Members {

    private Members() {}

    /** Returns an object with two members, in this order. The caller may add more. */
    static Map<String, Object> of(String first, Object firstValue, String second, Object secondValue) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(first, firstValue);
        json.put(second, secondValue);
        return json;
    }

    /** Writes a member unless it has no value. */
    static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
