package network.iicp.protocol.wire;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Task;
import org.jspecify.annotations.Nullable;

/**
 * Where a node offers events and cancelling over HTTP. The service-lifecycle profile forbids guessing the paths, so a node
 * says them, in an extension of its capability and in its health answer; both are untrusted and checked here.
 *
 * @param events path of {@code POST} for a task with events
 * @param cancel path of {@code POST} to cancel, with {@code {task_id}} for the task
 * @param attach path of {@code GET} for the events after a sequence, with {@code {task_id}} for the task; {@code null} when the node does not
 *     offer to attach again
 */
public record LifecyclePaths(
        String events, String cancel, @Nullable String attach) {

    /** Name of the capability extension that carries the paths. */
    public static final String EXTENSION = "network.iicp.service-lifecycle";

    private static final String TASK_ID = "{task_id}";
    private static final int MAX_LENGTH = 128;
    private static final Pattern SEGMENTS = Pattern.compile("(?:/(?:[A-Za-z0-9._~-]+|\\{task_id}))+");

    /** The paths nodes of this library use. */
    public static final LifecyclePaths DEFAULT =
            new LifecyclePaths("/v1/task/events", "/v1/task/{task_id}/cancel", "/v1/task/{task_id}/events");

    /**
     * Checks the paths: one leading slash, plain segments, {@code {task_id}} as the only variable, at most 128
     * characters, no {@code //} and no {@code ..}.
     *
     * @throws ProtocolViolationException if a path is not allowed
     */
    public LifecyclePaths {
        requireAllowed(events);
        requireAllowed(cancel);
        requireTaskId(cancel);
        if (attach != null) {
            requireAllowed(attach);
            requireTaskId(attach);
        }
    }

    /** Paths of a node that does not offer to attach again. */
    public LifecyclePaths(String events, String cancel) {
        this(events, cancel, null);
    }

    private static void requireTaskId(String path) {
        if (!path.contains(TASK_ID)) {
            throw violation(path);
        }
    }

    private static void requireAllowed(String path) {
        if (path.length() > MAX_LENGTH || !SEGMENTS.matcher(path).matches() || hasDotSegment(path)) {
            throw violation(path);
        }
    }

    private static boolean hasDotSegment(String path) {
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return true;
            }
        }
        return false;
    }

    private static ProtocolViolationException violation(String path) {
        return new ProtocolViolationException(IicpError.of(
                ErrorCode.PROTOCOL_ERROR,
                ErrorComponent.NODE,
                "the node offers events at %s, which is not a path this client follows".formatted(Quoted.of(path))));
    }

    /** Returns the paths as a capability extension. */
    public Map<String, Object> toExtension() {
        Map<String, Object> extension = new LinkedHashMap<>();
        extension.put("required", false);
        extension.put("value", toMap());
        return Map.of(EXTENSION, extension);
    }

    /** Returns the {@code profiles} member of the health answer. */
    public Map<String, Object> toHealthProfiles() {
        return Map.of(Capability.SERVICE_LIFECYCLE, toMap());
    }

    private Map<String, Object> toMap() {
        Map<String, Object> paths = new LinkedHashMap<>();
        paths.put("events", events);
        paths.put("cancel", cancel);
        if (attach != null) {
            paths.put("attach", attach);
        }
        return paths;
    }

    /** Reads the paths from a capability; empty when it does not carry them or they are not allowed. */
    public static Optional<LifecyclePaths> fromCapability(Capability capability) {
        Map<String, Object> extension = ChatCodec.asMap(capability.extensions().get(EXTENSION));
        return read(ChatCodec.asMap(extension.get("value")));
    }

    /** Reads the paths from a health answer; empty when it does not carry them or they are not allowed. */
    public static Optional<LifecyclePaths> fromHealth(Map<String, Object> health) {
        Map<String, Object> profiles = ChatCodec.asMap(health.get("profiles"));
        return read(ChatCodec.asMap(profiles.get(Capability.SERVICE_LIFECYCLE)));
    }

    private static Optional<LifecyclePaths> read(Map<String, Object> paths) {
        if (paths.get("events") instanceof String events && paths.get("cancel") instanceof String cancel) {
            try {
                String attach = paths.get("attach") instanceof String path ? path : null;
                return Optional.of(new LifecyclePaths(events, cancel, attach));
            } catch (ProtocolViolationException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Returns the address to send a task to for events. */
    public URI events(URI endpoint, String taskId) {
        return under(endpoint, events, taskId);
    }

    /** Returns the address to cancel a task at. */
    public URI cancel(URI endpoint, String taskId) {
        return under(endpoint, cancel, taskId);
    }

    /**
     * Resolves a path under an endpoint, keeping the endpoint's own path prefix.
     *
     * @param endpoint base URL of a node
     * @param path starts with a slash; {@code {task_id}} is replaced
     * @param taskId the task, or {@code null} when the path has no variable
     */
    public static URI under(URI endpoint, String path, @Nullable String taskId) {
        if (taskId != null && !Task.isValidId(taskId)) {
            throw new IllegalArgumentException("not a task id: " + Quoted.of(taskId));
        }
        String base = endpoint.toString();
        int end = base.length();
        while (end > 0 && base.charAt(end - 1) == '/') {
            end--;
        }
        return URI.create(base.substring(0, end) + (taskId == null ? path : path.replace(TASK_ID, taskId)));
    }
}
