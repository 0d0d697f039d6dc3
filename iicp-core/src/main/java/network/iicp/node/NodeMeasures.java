package network.iicp.node;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import network.iicp.spi.Metric;
import network.iicp.spi.MetricsSink;

/**
 * Measures a node: what its events tell goes to the sinks under the {@code iicp_*} names. Intents of the protocol and those this node
 * serves now are told by name, any other as {@code other}; everything else in a label is a word of an enumeration. Thread-safe.
 */
final class NodeMeasures implements NodeListener {

    /** The buckets of the official nodes and those of the specification, together. */
    private static final List<Double> MILLIS =
            List.of(10d, 50d, 100d, 250d, 500d, 1000d, 2500d, 5000d, 10_000d, 30_000d);

    static final Metric TASKS = Metric.counter(
            "iicp_tasks_total",
            "Tasks that were executed, by how they ended: success or the code of the failure.",
            "status",
            "intent",
            "qos");
    static final Metric LATENCY = Metric.histogram(
            "iicp_task_latency_ms", "Time from the arrival of a task to its end.", MILLIS, "intent", "qos");
    static final Metric TOKENS = Metric.counter("iicp_tokens_used_total", "Tokens that engines counted.", "intent");
    static final Metric REJECTED =
            Metric.counter("iicp_tasks_rejected_total", "Tasks that were refused before execution.", "reason");
    static final Metric BACKEND = Metric.histogram(
            "iicp_backend_latency_ms", "Time that an engine or handler worked on a task.", MILLIS, "intent");
    static final Metric HEARTBEAT_FAILURES =
            Metric.counter("iicp_heartbeat_failures_total", "Heartbeats that the directory did not take.", "reason");
    static final Metric CX_FAILURES =
            Metric.counter("iicp_cx_failures_total", "Encrypted tasks that could not be opened or answered.", "reason");
    static final Metric RECEIPTS =
            Metric.counter("iicp_receipts_total", "Receipts sent for credits, by what came of them.", "outcome");
    static final Metric ACTIVE = Metric.gauge("iicp_active_tasks", "Tasks that are worked on now.");
    static final Metric CAPACITY = Metric.gauge("iicp_capacity", "Tasks that can be worked on at once.");
    static final Metric REGISTRATION =
            Metric.gauge("iicp_registration_state", "1 while a directory lists the node as far as it knows, else 0.");

    /** Everything that is measured, as in the guide. */
    static final List<Metric> ALL = List.of(
            TASKS,
            LATENCY,
            BACKEND,
            TOKENS,
            REJECTED,
            CX_FAILURES,
            HEARTBEAT_FAILURES,
            RECEIPTS,
            ACTIVE,
            CAPACITY,
            REGISTRATION);

    private static final String OTHER = "other";
    private static final String CX = "cx_";
    private final List<MetricsSink> sinks;
    private final Predicate<Intent> served;

    /**
     * Makes the measures of a node.
     *
     * @param sinks where they go
     * @param served whether the node serves an intent now
     */
    NodeMeasures(List<MetricsSink> sinks, Predicate<Intent> served) {
        this.sinks = List.copyOf(sinks);
        this.served = served;
    }

    /** Shows load and state from here on. */
    void show(Slots slots, BooleanSupplier registered) {
        for (MetricsSink sink : sinks) {
            sink.gauge(ACTIVE, slots::active);
            sink.gauge(CAPACITY, slots::total);
            sink.gauge(REGISTRATION, () -> registered.getAsBoolean() ? 1 : 0);
        }
    }

    @Override
    public void onEvent(NodeEvent event) {
        if (event instanceof NodeEvent.TaskEnded ended) {
            taskEnded(ended);
        } else if (event instanceof NodeEvent.TaskRefused refused) {
            count(REJECTED, 1, code(refused.code()));
            countConfidentiality(refused.code());
        } else if (event instanceof NodeEvent.EngineEnded engine) {
            observe(BACKEND, engine.elapsed(), intent(engine.intent()));
        } else if (event instanceof NodeEvent.DirectoryCalled called) {
            String failure = called.failure();
            if (called.call() == NodeEvent.DirectoryCall.HEARTBEAT && failure != null) {
                count(HEARTBEAT_FAILURES, 1, code(failure));
            }
        } else if (event instanceof NodeEvent.CreditsSettled settled) {
            count(RECEIPTS, 1, settled.outcome());
        }
    }

    private void taskEnded(NodeEvent.TaskEnded ended) {
        String intent = intent(ended.intent());
        String qos = ended.qos().wireName();
        String status = ended.isSuccess() ? NodeEvent.TaskEnded.SUCCESS : code(ended.outcome());
        count(TASKS, 1, status, intent, qos);
        observe(LATENCY, ended.elapsed(), intent, qos);
        if (ended.tokens() > 0) {
            count(TOKENS, ended.tokens(), intent);
        }
        countConfidentiality(ended.outcome());
    }

    private void countConfidentiality(String code) {
        if (code.startsWith(CX)) {
            count(CX_FAILURES, 1, code(code));
        }
    }

    private String intent(Intent intent) {
        return intent.isActive() || served.test(intent) ? intent.urn() : OTHER;
    }

    private static String code(String slug) {
        return ErrorCode.of(slug).map(ErrorCode::slug).orElse(OTHER);
    }

    private void count(Metric metric, long amount, String... labels) {
        sinks.forEach(sink -> sink.count(metric, amount, labels));
    }

    private void observe(Metric metric, Duration elapsed, String... labels) {
        double millis = elapsed.toNanos() / 1e6;
        sinks.forEach(sink -> sink.observe(metric, millis, labels));
    }
}
