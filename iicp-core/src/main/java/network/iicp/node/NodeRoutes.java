package network.iicp.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import network.iicp.crypto.TaskKey;
import network.iicp.node.Execution.Ending;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.transport.CallerAddress;
import network.iicp.transport.ClientGoneException;
import network.iicp.transport.CorsPolicy;
import network.iicp.transport.RequestRefusedException;
import network.iicp.transport.Routes;
import network.iicp.transport.ServerExchange;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/** The HTTP surface of a node: health, tasks, events, cancelling. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class NodeRoutes {

    private static final String TASK = "/v1/task";
    private static final String ATTACH = "/v1/task/{task_id}/events";
    private static final String TASK_KEY = "X-IICP-Task-Key";
    private static final String TASK_SECRET = "X-IICP-Task-Secret";
    private static final String CONSUMER_TOKEN = "X-IICP-Consumer-Token";
    private static final String BEARER = "bearer ";
    private static final int MAX_SEQUENCE_DIGITS = 15;

    private final TaskPipeline pipeline;
    private final Executions executions;
    private final RunningTasks tasks;
    private final Authorizer authorizer;
    private final Supplier<NodeHealth> health;
    private final Answers answers;
    private final Executor workers;
    private final CallerAddress callers;
    private final LongSupplier nanos;

    NodeRoutes(
            TaskPipeline pipeline,
            Executions executions,
            RunningTasks tasks,
            Authorizer authorizer,
            Supplier<NodeHealth> health,
            Answers answers,
            Executor workers,
            CallerAddress callers,
            LongSupplier nanos) {
        this.pipeline = pipeline;
        this.executions = executions;
        this.tasks = tasks;
        this.authorizer = authorizer;
        this.health = health;
        this.answers = answers;
        this.workers = workers;
        this.callers = callers;
        this.nanos = nanos;
    }

    /**
     * Returns the routes, open to web pages of these origins.
     *
     * @param metrics answers for the metrics, or {@code null} when they are off
     */
    Routes routes(Set<String> origins, @Nullable MetricsRoute metrics) {
        CorsPolicy cors = CorsPolicy.anyOrigin(
                        List.of("GET", "POST", "OPTIONS"),
                        List.of(
                                "Content-Type",
                                "Authorization",
                                CONSUMER_TOKEN,
                                "X-IICP-Trace-Id",
                                TASK_KEY,
                                TASK_SECRET,
                                "traceparent",
                                "tracestate"),
                        List.of("Retry-After", "X-IICP-Trace-Id", "X-IICP-Generated-By-AI", "X-IICP-Replayed"))
                .withOrigins(origins);
        Routes.Builder routes = Routes.builder()
                .cors(cors)
                .route("GET", "/iicp/health", this::health)
                .route("POST", TASK, exchange -> task(exchange, TASK, false))
                .route("POST", LifecyclePaths.DEFAULT.events(), this::taskWithEvents)
                .route("POST", LifecyclePaths.DEFAULT.cancel(), this::cancel)
                .route("GET", ATTACH, this::attach);
        if (metrics != null) {
            routes.route("GET", MetricsRoute.PATH, metrics::answer);
        }
        return routes.build();
    }

    private void health(ServerExchange exchange) {
        exchange.respondJson(200, health.get().toJson(), Map.of("Cache-Control", "no-store"));
    }

    private void taskWithEvents(ServerExchange exchange) {
        task(exchange, LifecyclePaths.DEFAULT.events(), true);
    }

    private void task(ServerExchange exchange, String path, boolean streaming) {
        long arrived = nanos.getAsLong();
        Carrier carrier = new HttpCarrier(exchange, streaming);
        String taskKey;
        try {
            requireJson(exchange);
            pipeline.preflight(source(exchange));
            taskKey = taskKey(exchange);
        } catch (IicpException e) {
            pipeline.refuse(carrier, e);
            return;
        }
        CompletableFuture<byte[]> body = exchange.body();
        boolean here = body.isDone();
        body.whenComplete((bytes, failure) -> {
            if (failure != null) {
                refuseBody(carrier, failure);
                return;
            }
            InboundTask inbound = new InboundTask(
                    path, bytes, credentials(exchange), source(exchange), taskKey, trace(exchange), arrived);
            if (here) {
                pipeline.process(inbound, carrier);
            } else {
                onWorker(inbound, carrier);
            }
        });
    }

    private static @Nullable TraceContext trace(ServerExchange exchange) {
        String state = exchange.header(TraceContext.TRACESTATE).orElse(null);
        return exchange.header(TraceContext.TRACEPARENT)
                .flatMap(parent -> TraceContext.parse(parent, state))
                .orElse(null);
    }

    /** The body was completed by a thread that reads sockets; tasks run elsewhere. */
    private void onWorker(InboundTask inbound, Carrier carrier) {
        try {
            workers.execute(() -> pipeline.process(inbound, carrier));
        } catch (RejectedExecutionException e) {
            pipeline.refuse(carrier, Unavailable.overrun());
        }
    }

    private void refuseBody(Carrier carrier, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ClientGoneException) {
            return;
        }
        if (cause instanceof RequestRefusedException refusal) {
            ErrorCode code = ErrorCode.of(refusal.code()).orElse(ErrorCode.INVALID_HTTP_BODY);
            pipeline.refuse(carrier, Refusal.of(code, String.valueOf(refusal.getMessage())));
            return;
        }
        pipeline.refuse(carrier, Refusal.of(ErrorCode.INTERNAL_ERROR, "the body of the task could not be read"));
    }

    private static void requireJson(ServerExchange exchange) {
        Optional<String> type = exchange.header("content-type");
        if (type.isEmpty()) {
            return;
        }
        String mediaType = type.get().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        boolean json = mediaType.equals("application/json")
                || (mediaType.startsWith("application/") && mediaType.endsWith("+json"));
        if (!json) {
            throw Refusal.of(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type %s is not application/json".formatted(Quoted.of(mediaType)));
        }
    }

    private InboundTask.Source source(ServerExchange exchange) {
        return new InboundTask.Source(exchange.header("origin").orElse(null), callers.of(exchange));
    }

    private static InboundTask.Credentials credentials(ServerExchange exchange) {
        return new InboundTask.Credentials(
                bearer(exchange), exchange.header(CONSUMER_TOKEN).orElse(null));
    }

    static @Nullable String bearer(ServerExchange exchange) {
        return exchange.header("authorization")
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip())
                .orElse(null);
    }

    private static @Nullable String taskKey(ServerExchange exchange) {
        Optional<String> key = exchange.header(TASK_KEY);
        if (key.isPresent() && !TaskKey.isWellFormed(key.get())) {
            throw Refusal.of(ErrorCode.VALIDATION_ERROR, "%s must be a SHA-256 in base64url".formatted(TASK_KEY));
        }
        return key.orElse(null);
    }

    private void cancel(ServerExchange exchange) {
        exchange.body().whenComplete((body, failure) -> {
            if (failure == null) {
                onWorkerOrHere(() -> cancelNow(exchange));
            } else {
                refuseBody(new HttpCarrier(exchange, false), failure);
            }
        });
    }

    /** Cancelling must work when every worker is busy, so then the socket thread does it. */
    private void onWorkerOrHere(Runnable action) {
        try {
            workers.execute(action);
        } catch (RejectedExecutionException e) {
            action.run();
        }
    }

    private void cancelNow(ServerExchange exchange) {
        boolean operator = authorizer.isOperator(bearer(exchange));
        Optional<RunningTask> found = find(exchange, task -> operator || isOwner(exchange, task));
        if (found.isEmpty()) {
            refuseUnknown(exchange);
            return;
        }
        RunningTask task = found.get();
        boolean ended =
                task.execution().end(Ending.CANCELLED, Refusal.of(ErrorCode.TASK_CANCELLED, "the task was cancelled"));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("task_id", task.id());
        json.put("status", ended ? "cancelled" : task.status());
        exchange.respondJson(200, json, Map.of());
    }

    /** Unknown task, wrong secret and task without a key look the same, so that ids cannot be probed. */
    private Optional<RunningTask> find(ServerExchange exchange, Predicate<RunningTask> allowed) {
        return tasks.find(exchange.pathVariable("task_id")).filter(allowed);
    }

    private static boolean isOwner(ServerExchange exchange, RunningTask task) {
        return task.isOwnedBy(exchange.header(TASK_SECRET).orElse(null));
    }

    private void refuseUnknown(ServerExchange exchange) {
        refuse(exchange, ErrorCode.NOT_FOUND, "there is no such task, or this is not its secret");
    }

    private void refuse(ServerExchange exchange, ErrorCode code, String message) {
        IicpError error = IicpError.of(code, ErrorComponent.NODE, message);
        new HttpCarrier(exchange, false).answer(answers.failure(error, null, null), Carrier.Replay.FIRST);
    }

    private void attach(ServerExchange exchange) {
        Optional<Long> after = after(exchange);
        if (after.isEmpty()) {
            refuse(exchange, ErrorCode.VALIDATION_ERROR, "after must be the sequence of an event, or -1");
            return;
        }
        Optional<RunningTask> task = find(exchange, found -> found.log() != null && isOwner(exchange, found));
        if (task.isEmpty()) {
            refuseUnknown(exchange);
            return;
        }
        Optional<Executions.Attachment> attachment = executions.attach(task.get(), after.get());
        if (attachment.isEmpty()) {
            refuse(
                    exchange,
                    ErrorCode.CONFLICT,
                    "the events after %d of this task are not kept any more, or were not sent yet"
                            .formatted(after.get()));
            return;
        }
        Carrier carrier = new HttpCarrier(exchange, true);
        carrier.onGone(attachment.get().delivery()::gone);
        attachment.get().start(carrier.accept(Carrier.Replay.FIRST));
    }

    private static Optional<Long> after(ServerExchange exchange) {
        Optional<String> text = exchange.query("after");
        if (text.isEmpty() || text.get().equals("-1")) {
            return Optional.of(-1L);
        }
        String digits = text.get();
        boolean number = !digits.isEmpty()
                && digits.length() <= MAX_SEQUENCE_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Optional.of(Long.parseLong(digits)) : Optional.empty();
    }
}
