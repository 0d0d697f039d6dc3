package network.iicp.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * One request: an intent, its payload and its bounds, under an id that stays the same across retries and nodes.
 *
 * <p>The payload is a JSON object as plain Java values: maps with string keys, lists, strings, numbers, booleans, nulls.
 * Immutable at the top level; the caller must not change nested values afterwards.
 *
 * @param id a version 4 UUID in lower-case text
 * @param intent what is wanted
 * @param payload the intent's own members
 * @param constraints bounds on the execution
 */
public record Task(String id, Intent intent, Map<String, Object> payload, TaskConstraints constraints) {

    private static final Pattern UUID_V4 =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}");

    /**
     * Checks the id and copies the payload.
     *
     * @throws InvalidRequestException if the id is not a version 4 UUID
     */
    public Task {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(intent, "intent");
        Objects.requireNonNull(constraints, "constraints");
        if (!isValidId(id)) {
            throw new InvalidRequestException(IicpError.of(
                    ErrorCode.VALIDATION_ERROR,
                    ErrorComponent.CLIENT,
                    "task_id %s is not a version 4 UUID".formatted(Quoted.of(id))));
        }
        payload = Collections.unmodifiableMap(new LinkedHashMap<>(payload));
    }

    /** Returns a task with a new random id and no constraints. */
    public static Task of(Intent intent, Map<String, Object> payload) {
        return new Task(UUID.randomUUID().toString(), intent, payload, TaskConstraints.NONE);
    }

    /** Returns whether the text is a version 4 UUID. */
    public static boolean isValidId(String id) {
        return UUID_V4.matcher(id).matches();
    }

    /** Returns a copy with these constraints. */
    public Task withConstraints(TaskConstraints bounds) {
        return new Task(id, intent, payload, bounds);
    }

    /** Names the task and its intent; never the payload. */
    @Override
    public String toString() {
        return "Task[%s, %s]".formatted(id, intent);
    }
}
