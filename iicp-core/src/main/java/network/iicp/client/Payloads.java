package network.iicp.client;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** JSON values as nodes send them. */
final class Payloads {

    private Payloads() {}

    /** Returns the value if it is a JSON object; its keys are texts then. */
    @SuppressWarnings("unchecked")
    static Optional<Map<String, Object>> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? Optional.of((Map<String, Object>) map) : Optional.empty();
    }
}
