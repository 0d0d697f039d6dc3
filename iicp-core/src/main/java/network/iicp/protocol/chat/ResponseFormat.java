package network.iicp.protocol.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The form the answer must have. */
public sealed interface ResponseFormat {

    /** Free text. */
    record Text() implements ResponseFormat {}

    /** Any JSON object. */
    record JsonObject() implements ResponseFormat {}

    /**
     * JSON that follows a schema.
     *
     * @param name name of the schema, 1 to 64 characters
     * @param schema the JSON Schema
     * @param strict whether the engine must enforce it, or {@code null} to leave it to the engine
     */
    record JsonSchema(
            String name,
            Map<String, Object> schema,
            @Nullable Boolean strict) implements ResponseFormat {
        /** Checks the name and copies the schema. */
        public JsonSchema {
            Objects.requireNonNull(name, "name");
            schema = Collections.unmodifiableMap(new LinkedHashMap<>(schema));
        }
    }
}
