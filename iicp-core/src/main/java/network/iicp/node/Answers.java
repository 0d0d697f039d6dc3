package network.iicp.node;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Usage;
import network.iicp.protocol.wire.ErrorCodec;
import network.iicp.protocol.wire.TaskReplyCodec;
import network.iicp.protocol.wire.UsageCodec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the whole answers of a node: results and failures, in clear and sealed. Thread-safe. */
final class Answers {

    private static final Logger log = LoggerFactory.getLogger(Answers.class);
    private static final String GENERATED = "X-IICP-Generated-By-AI";

    private final String nodeId;
    private final int mostBytes;
    private final OncePerCause warnings = new OncePerCause();

    Answers(String nodeId, int mostBytes) {
        this.nodeId = nodeId;
        this.mostBytes = mostBytes;
    }

    /**
     * What a handler returned, taken apart.
     *
     * @param value the intent's own result
     * @param usage the tokens it names
     * @param model the model it names, or {@code null}
     */
    record Result(Object value, Usage usage, @Nullable String model) {
        /** Returns the tokens in all, or -1 when they are not known. */
        int tokens() {
            Integer total = usage.totalTokens();
            return total == null ? -1 : total;
        }
    }

    /** Takes apart what a handler returned. A handler that made an envelope of its own is forgiven, once aloud. */
    Result read(Object returned) {
        Object value = returned;
        if (returned instanceof Map<?, ?> map && map.size() == 1 && map.get("result") != null) {
            warnings.warn(
                    this,
                    "result",
                    () -> log.warn(
                            "a handler returned {\"result\": ...}; the inner value is sent, return it directly"));
            value = map.get("result");
        }
        Map<?, ?> members = value instanceof Map<?, ?> map ? map : Map.of();
        String model = members.get("model") instanceof String name && !name.isBlank() ? name : null;
        return new Result(value, UsageCodec.decode(members.get("usage")), model);
    }

    /** Returns what was measured about a task. */
    Map<String, Object> metrics(Duration elapsed, Usage usage) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("latency_ms", elapsed.toMillis());
        if (usage.totalTokens() != null) {
            metrics.put("tokens_used", usage.totalTokens());
        }
        metrics.put("node_id", nodeId);
        return metrics;
    }

    /**
     * Returns the answer with a result.
     *
     * @param more members beside it, such as those of a sub-task
     * @throws network.iicp.protocol.IicpException if it is too large or cannot be sealed
     * @throws network.iicp.json.JsonException if the result is not JSON
     */
    StoredReply.Whole success(
            String taskId, Result result, Duration elapsed, Map<String, Object> more, @Nullable Sealer sealer) {
        Map<String, Object> metrics = metrics(elapsed, result.usage());
        if (!more.isEmpty()) {
            // A coordinator wants a number in any case.
            metrics.putIfAbsent("tokens_used", 0);
        }
        Map<String, Object> members =
                TaskReplyCodec.success(taskId, result.value(), result.usage(), result.model(), metrics);
        members.putAll(more);
        byte[] plain = Json.bytes(members);
        byte[] body = sealer == null ? plain : Json.bytes(TaskReplyCodec.encrypted(taskId, sealer.sealAnswer(plain)));
        if (body.length > mostBytes) {
            throw Refusal.of(
                    ErrorCode.RESPONSE_TOO_LARGE,
                    "the answer of %d bytes is larger than this node sends (%d)".formatted(body.length, mostBytes));
        }
        return new StoredReply.Whole(200, Map.of(GENERATED, "true"), body);
    }

    /**
     * Returns the answer with a failure. When the answer was to be sealed, what happened is told in clear only by its code, because
     * messages may name things from the payload; the rest is sealed beside it.
     *
     * @param error what happened; its task id is in the answer
     * @param qos how urgent the task is, for refusals for lack of capacity
     */
    StoredReply.Whole failure(IicpError error, @Nullable Qos qos, @Nullable Sealer sealer) {
        Map<String, Object> body = body(error, qos);
        if (sealer != null) {
            byte[] plain = Json.bytes(body);
            body = body(withoutDetails(error), qos);
            body.put("iicp_conf_resp", sealer.sealAnswer(plain));
        }
        Map<String, String> headers = new LinkedHashMap<>();
        Duration wait = error.retryAfter();
        if (wait != null) {
            headers.put(
                    "Retry-After",
                    Long.toString(Math.max(1, wait.plusMillis(999).toSeconds())));
        }
        return new StoredReply.Whole(error.httpStatus(), headers, Json.bytes(body));
    }

    private static Map<String, Object> body(IicpError error, @Nullable Qos qos) {
        Map<String, Object> body = ErrorCodec.encodeTask(error);
        if (error.code().equals(ErrorCode.CAPACITY_EXCEEDED.slug())) {
            Map<String, Object> detailed = ErrorCodec.encode(error);
            detailed.put("qos_class", (qos == null ? Qos.BEST_EFFORT : qos).wireName());
            body.put("error", detailed);
        }
        return body;
    }

    private static IicpError withoutDetails(IicpError error) {
        return new IicpError(
                error.code(),
                error.iicpCode(),
                "the task failed with %s; details are in the encrypted part".formatted(error.code()),
                error.component(),
                error.retryable(),
                error.httpStatus(),
                error.retryAfter(),
                error.taskId(),
                error.node(),
                error.attempts());
    }
}
