package network.iicp.protocol.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A function the model may ask the application to call.
 *
 * @param name 1 to 64 characters
 * @param description what it does, for the model, or {@code null}
 * @param parameters JSON Schema of its arguments
 */
public record Tool(String name, @Nullable String description, Map<String, Object> parameters) {
    /** Checks the name and copies the schema. */
    public Tool {
        Objects.requireNonNull(name, "name");
        if (name.isBlank() || name.length() > 64) {
            throw new IllegalArgumentException("tool name must have 1 to 64 characters, has " + name.length());
        }
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
}
