package network.iicp.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names of the JSON types, for messages. */
final class JsonType {

    private JsonType() {}

    static String of(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof Number) {
            return "a number";
        }
        if (value instanceof Boolean) {
            return "a boolean";
        }
        if (value instanceof List<?>) {
            return "an array";
        }
        if (value instanceof Map<?, ?>) {
            return "an object";
        }
        return value.getClass().getName();
    }
}
