package network.iicp.micrometer;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import network.iicp.node.NodeEvent;
import network.iicp.node.NodeListener;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * Observes the tasks of a node with Micrometer: one observation for each task that is executed, in the trace of its consumer, and one below it
 * for the work of the engine or handler, which is current while it works. Where tracing is set up, requests to engines carry that trace. Give the
 * object to {@code IicpNode.Builder#listener}, and {@code observed::headers} to {@code NodeSettingsBuilder#traceSource}. Thread-safe.
 *
 * <table>
 *   <caption>Observations</caption>
 *   <tr><th>name</th><th>low cardinality</th><th>high cardinality</th></tr>
 *   <tr><td>{@value #TASK}</td><td>{@code gen_ai.operation.name}, {@code iicp.intent}, {@code iicp.encrypted},
 *     {@code iicp.streaming}, {@code iicp.qos}, {@code iicp.outcome}</td><td>{@code iicp.task.id}</td></tr>
 *   <tr><td>{@value #ENGINE}</td><td>{@code gen_ai.operation.name}, {@code iicp.intent}</td><td></td></tr>
 * </table>
 *
 * Intents of the application's own are told by name up to {@value MicrometerCalls#MOST_NAMES}, then as {@code other}.
 */
public final class MicrometerTasks implements NodeListener {

    /** The observation of a task. */
    public static final String TASK = "iicp.task.execute";

    /** The observation of the work of an engine or handler. */
    public static final String ENGINE = "iicp.backend.call";

    private final ObservationRegistry registry;
    private final ObservedNames intents = new ObservedNames(MicrometerCalls.MOST_NAMES);
    private final Map<String, Observation> tasks = new ConcurrentHashMap<>();
    private final Map<Thread, Work> works = new ConcurrentHashMap<>();

    /** What an engine or handler is doing on a thread. */
    private record Work(Observation observation, Observation.Scope scope, Map<String, String> headers) {}

    /** Observes into a registry. */
    public MicrometerTasks(ObservationRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    @Override
    public void onEvent(NodeEvent event) {
        if (event instanceof NodeEvent.TaskStarted started && !registry.isNoop()) {
            begin(started);
        } else if (event instanceof NodeEvent.EngineEnded) {
            Work work = works.remove(Thread.currentThread());
            if (work != null) {
                work.scope().close();
                work.observation().stop();
            }
        } else if (event instanceof NodeEvent.TaskEnded ended) {
            Observation task = tasks.remove(ended.taskId());
            if (task != null) {
                ObservedOutcome.stop(task, ObservedOutcome.bounded(ended.outcome()));
            }
        }
    }

    private void begin(NodeEvent.TaskStarted started) {
        KeyValues what = KeyValues.of(
                "gen_ai.operation.name",
                ObservedNames.operation(started.intent()),
                "iicp.intent",
                intents.bounded(started.intent()));
        Observation task = task(started, what);
        tasks.put(started.taskId(), task);
        Map<String, String> headers = new HashMap<>();
        SenderContext<Map<String, String>> context = new SenderContext<>(
                (carrier, name, value) -> {
                    if (carrier != null) {
                        carrier.put(name, value);
                    }
                },
                Kind.CLIENT);
        context.setCarrier(headers);
        Observation work = Observation.createNotStarted(ENGINE, () -> context, registry)
                .parentObservation(task)
                .contextualName("iicp backend " + ObservedNames.operation(started.intent()))
                .lowCardinalityKeyValues(what)
                .start();
        works.put(Thread.currentThread(), new Work(work, work.openScope(), headers));
    }

    private Observation task(NodeEvent.TaskStarted started, KeyValues what) {
        ReceiverContext<Map<String, String>> context = new ReceiverContext<>(Map::get, Kind.SERVER);
        context.setCarrier(headers(started.trace()));
        return Observation.createNotStarted(TASK, () -> context, registry)
                .contextualName("iicp task " + ObservedNames.operation(started.intent()))
                .lowCardinalityKeyValues(what.and(
                        "iicp.encrypted",
                        String.valueOf(started.encrypted()),
                        "iicp.streaming",
                        String.valueOf(started.streamed()),
                        "iicp.qos",
                        started.qos().wireName(),
                        ObservedOutcome.KEY,
                        ObservedOutcome.NONE))
                .highCardinalityKeyValue("iicp.task.id", started.taskId())
                .start();
    }

    private static Map<String, String> headers(@Nullable TraceContext trace) {
        Map<String, String> headers = new HashMap<>();
        if (trace != null) {
            headers.put(TraceContext.TRACEPARENT, trace.traceparent());
            if (trace.tracestate() != null) {
                headers.put(TraceContext.TRACESTATE, trace.tracestate());
            }
        }
        return headers;
    }

    /**
     * Returns the trace that the request to the engine carries, or {@code null} when tracing is not set up. For {@link TraceSource}: to be asked
     * on the thread that works on the task.
     */
    public TraceSource.@Nullable Headers headers(String taskId) {
        Work work = works.get(Thread.currentThread());
        if (work == null) {
            return null;
        }
        String traceparent = work.headers().get(TraceContext.TRACEPARENT);
        String tracestate = work.headers().get(TraceContext.TRACESTATE);
        return traceparent == null ? null : new TraceSource.Headers(traceparent, tracestate);
    }
}
