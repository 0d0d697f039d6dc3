package network.iicp.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import network.iicp.spi.Metric;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;

/**
 * Measures a consumer: what its events tell goes to the sinks under the {@code iicp_client_*} names. Labels hold words of the protocol,
 * and the first few intents of the application's own; never nodes, models and tasks. Thread-safe.
 */
final class ClientMeasures implements RoutingListener {

    private static final List<Double> MILLIS =
            List.of(10d, 50d, 100d, 250d, 500d, 1000d, 2500d, 5000d, 10_000d, 30_000d, 60_000d, 120_000d);

    static final Metric CALLS = Metric.counter(
            "iicp_client_calls_total",
            "Calls, by how they ended: success, cancelled or the code of the failure.",
            "intent",
            "outcome");
    static final Metric LATENCY = Metric.histogram(
            "iicp_client_call_latency_ms", "Time from the beginning of a call to its end.", MILLIS, "intent");
    static final Metric FIRST_CONTENT = Metric.histogram(
            "iicp_client_first_content_ms",
            "Time from the beginning of a streamed call to its first content.",
            MILLIS,
            "intent");
    static final Metric ATTEMPTS = Metric.counter(
            "iicp_client_attempts_total",
            "Sends, by how they ended: success, cancelled or the code of the failure.",
            "outcome");
    static final Metric CHOICES = Metric.counter(
            "iicp_client_choices_total",
            "Nodes that were chosen for a send, by why: failover and retry among them.",
            "reason");
    static final Metric ROUTES = Metric.counter(
            "iicp_client_routes_total", "Look-ups of routes, by what answered: the directory or the cache.", "source");
    static final Metric REJECTED =
            Metric.counter("iicp_client_rejected_candidates_total", "Candidates that were left out, by why.", "reason");
    static final Metric BREAKERS = Metric.counter(
            "iicp_client_breaker_changes_total", "Changes of circuit breakers, by the new state.", "state");
    static final Metric FALLBACKS =
            Metric.counter("iicp_client_fallbacks_total", "Calls that were served by the next best way.", "to");
    static final Metric OPEN = Metric.gauge("iicp_client_open_breakers", "Nodes that are left alone now.");
    static final Metric ACTIVE = Metric.gauge("iicp_client_active_calls", "Calls that have begun and not ended.");
    static final Metric AGE = Metric.gauge(
            "iicp_client_directory_age_seconds", "Time since the directory last answered; not a number before it did.");

    /** Everything that is measured, as in the guide. */
    static final List<Metric> ALL = List.of(
            CALLS, LATENCY, FIRST_CONTENT, ATTEMPTS, CHOICES, ROUTES, REJECTED, BREAKERS, FALLBACKS, OPEN, ACTIVE, AGE);

    private static final String OTHER = "other";
    private static final int OWN_INTENTS = 32;
    private final List<MetricsSink> sinks;
    private final LongSupplier nanos;
    private final Set<Intent> ownIntents = ConcurrentHashMap.newKeySet();
    private final Map<String, Begun> streams = new ConcurrentHashMap<>();

    private record Begun(Intent intent, long nanos) {}

    ClientMeasures(List<MetricsSink> sinks, LongSupplier nanos) {
        this.sinks = List.copyOf(sinks);
        this.nanos = nanos;
    }

    /** Shows how the client is from here on. */
    void show(Supplier<ClientHealth> health) {
        for (MetricsSink sink : sinks) {
            sink.gauge(OPEN, () -> health.get().openBreakers());
            sink.gauge(ACTIVE, () -> health.get().activeCalls());
            sink.gauge(AGE, () -> seconds(health.get()));
        }
    }

    private static double seconds(ClientHealth health) {
        Duration age = health.sinceAnswer();
        return age == null ? Double.NaN : age.toNanos() / 1e9;
    }

    @Override
    public void onEvent(RoutingEvent event) {
        if (event instanceof RoutingEvent.Started started) {
            if (started.streaming()) {
                streams.put(started.taskId(), new Begun(started.intent(), nanos.getAsLong()));
            }
        } else if (event instanceof RoutingEvent.Ended ended) {
            streams.remove(ended.taskId());
            String intent = intent(ended.intent());
            count(CALLS, intent, outcome(ended.outcome()));
            observe(LATENCY, ended.elapsed(), intent);
        } else if (event instanceof RoutingEvent.StreamStarted started) {
            Begun begun = streams.remove(started.taskId());
            if (begun != null) {
                observe(FIRST_CONTENT, Duration.ofNanos(nanos.getAsLong() - begun.nanos()), intent(begun.intent()));
            }
        } else {
            step(event);
        }
    }

    private void step(RoutingEvent event) {
        if (event instanceof RoutingEvent.AttemptFailed failed) {
            count(ATTEMPTS, outcome(failed.code()));
        } else if (event instanceof RoutingEvent.Answered) {
            count(ATTEMPTS, RoutingEvent.Ended.SUCCESS);
        } else if (event instanceof RoutingEvent.GaveUp) {
            count(ATTEMPTS, RoutingEvent.Ended.CANCELLED);
        } else if (event instanceof RoutingEvent.Selected selected) {
            count(CHOICES, selected.reason());
        } else if (event instanceof RoutingEvent.Discovered discovered) {
            count(ROUTES, discovered.source());
        } else if (event instanceof RoutingEvent.Rejected rejected) {
            count(REJECTED, rejected.reason());
        } else if (event instanceof RoutingEvent.BreakerChanged changed) {
            count(BREAKERS, changed.state());
        } else if (event instanceof RoutingEvent.FellBack fell) {
            count(FALLBACKS, fell.to());
        }
    }

    private String intent(Intent intent) {
        if (intent.isActive() || ownIntents.contains(intent)) {
            return intent.urn();
        }
        if (ownIntents.size() < OWN_INTENTS) {
            ownIntents.add(intent);
            return intent.urn();
        }
        return OTHER;
    }

    private static String outcome(String word) {
        if (word.equals(RoutingEvent.Ended.SUCCESS) || word.equals(RoutingEvent.Ended.CANCELLED)) {
            return word;
        }
        return ErrorCode.of(word).map(ErrorCode::slug).orElse(OTHER);
    }

    private void count(Metric metric, String... labels) {
        sinks.forEach(sink -> sink.count(metric, 1, labels));
    }

    private void observe(Metric metric, Duration elapsed, String... labels) {
        double millis = elapsed.toNanos() / 1e6;
        sinks.forEach(sink -> sink.observe(metric, millis, labels));
    }
}
