package network.iicp.protocol.cooperation;

import org.jspecify.annotations.Nullable;

/**
 * What marks a task as part of a larger one that a coordinator shared out. Source: IICP cooperative inference, worker role.
 *
 * @param sessionKey name of the session, repeated in the answer, or {@code null}
 * @param parentTaskId id of the larger task, or {@code null}
 * @param traceId id that ties the parts together, or {@code null}
 */
public record SubTask(
        @Nullable String sessionKey,
        @Nullable String parentTaskId,
        @Nullable String traceId) {}
