package network.iicp.protocol.lifecycle;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import network.iicp.protocol.IicpError;
import org.jspecify.annotations.Nullable;

/**
 * One event of a task's life. Sequences start at 0 and have no gaps; exactly one event is terminal and nothing follows it.
 *
 * @param taskId the task
 * @param sequence position, from 0
 * @param type what happened
 * @param result more of the result for {@link Type#PARTIAL}, the end of it for {@link Type#COMPLETED}; else {@code null}
 * @param error what failed, for the terminal events other than {@link Type#COMPLETED}
 * @param metrics what the node measured; empty when it says nothing
 */
public record LifecycleEvent(
        String taskId,
        long sequence,
        Type type,
        @Nullable Object result,
        @Nullable IicpError error,
        Map<String, Object> metrics) {

    /** What happened to the task. */
    public enum Type {
        /** The node took the task; sequence 0. */
        ACCEPTED("accepted", false),
        /** The task waits for its turn; no content. */
        QUEUED("queued", false),
        /** The task is being executed; no content. */
        RUNNING("running", false),
        /** The task waits for something; no content. */
        WAITING("waiting", false),
        /** A part of the result. */
        PARTIAL("partial", false),
        /** The task is done. */
        COMPLETED("completed", true),
        /** The task failed. */
        FAILED("failed", true),
        /** The node did not take the task. */
        REJECTED("rejected", true),
        /** The task was cancelled. */
        CANCELLED("cancelled", true),
        /** The task ran out of time. */
        TIMED_OUT("timed_out", true);

        private final String wireName;
        private final boolean terminal;

        Type(String wireName, boolean terminal) {
            this.wireName = wireName;
            this.terminal = terminal;
        }

        /** Returns the type that a word on the wire means; {@code expired} and {@code streaming} are other words of the profile. */
        public static Optional<Type> of(String word) {
            return switch (word) {
                case "expired" -> Optional.of(TIMED_OUT);
                case "streaming" -> Optional.of(PARTIAL);
                default ->
                    Arrays.stream(values())
                            .filter(type -> type.wireName.equals(word))
                            .findFirst();
            };
        }

        /** Returns the word used on the wire. */
        public String wireName() {
            return wireName;
        }

        /** Returns whether nothing follows this event. */
        public boolean isTerminal() {
            return terminal;
        }
    }

    /** Checks that nothing required is missing and copies the metrics. */
    public LifecycleEvent {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(type, "type");
        if (sequence < 0) {
            throw new IllegalArgumentException("sequence must not be negative, was " + sequence);
        }
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** Returns whether nothing follows this event. */
    public boolean isTerminal() {
        return type.isTerminal();
    }

    /** Names task, position and type; never the result. */
    @Override
    public String toString() {
        return "LifecycleEvent[%s #%d %s]".formatted(taskId, sequence, type.wireName());
    }
}
