package network.iicp.node;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.wire.LifecyclePaths;
import org.jspecify.annotations.Nullable;

/**
 * How a node is at one moment: what {@code GET /iicp/health} tells. Immutable.
 *
 * @param nodeId the node
 * @param state where it is in its life
 * @param region where it says it is
 * @param activeTasks tasks it works on
 * @param maxConcurrent tasks it can work on at once
 * @param effectiveMaxConcurrent how many of them it offers at this time of day
 * @param available whether it would take a task now
 * @param intents what it serves, as URNs
 * @param models the models it serves
 * @param engine how its engines are
 * @param reports what is known of its models: what is loaded, what fits, how fast they are
 * @param directories how it stands with each of its directories
 */
public record NodeHealth(
        String nodeId,
        NodeState state,
        String region,
        int activeTasks,
        int maxConcurrent,
        int effectiveMaxConcurrent,
        boolean available,
        List<String> intents,
        List<String> models,
        BackendStability engine,
        List<ModelReport> reports,
        List<DirectoryStatus> directories) {

    /** Copies the lists. */
    public NodeHealth {
        intents = List.copyOf(intents);
        models = List.copyOf(models);
        reports = List.copyOf(reports);
        directories = List.copyOf(directories);
    }

    /** Returns whether a directory lists the node, as far as it knows. */
    public boolean registered() {
        return directories.stream().anyMatch(DirectoryStatus::registered);
    }

    /** Returns the share of places that are taken, 0 to 1. */
    public double load() {
        return maxConcurrent < 1 ? 1.0 : Math.min(1.0, (double) activeTasks / maxConcurrent);
    }

    /** Returns {@code ok}, or {@code degraded} when an engine is not well or the node takes no tasks. */
    public String status() {
        boolean well = state == NodeState.SERVING && engine.state() == BackendStability.State.OK;
        return well ? "ok" : "degraded";
    }

    /** Returns the body of the health answer. Names no addresses: neither the engine's nor the directory's. */
    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", status());
        json.put("node_id", nodeId);
        json.put("region", region);
        json.put("load", Math.round(load() * 1000) / 1000.0);
        json.put("active_jobs", activeTasks);
        json.put("max_concurrent", maxConcurrent);
        json.put("effective_max_concurrent", effectiveMaxConcurrent);
        json.put("available", available);
        if (!models.isEmpty()) {
            json.put("model", models.get(0));
        }
        json.put("models", models);
        if (!intents.isEmpty()) {
            json.put("intent", intents.get(0));
        }
        json.put("intents", intents);
        json.put("pinhole_state", Map.of("active", false));
        Map<String, Object> stability = new LinkedHashMap<>();
        stability.put("backend_state", engine.state().wireName());
        stability.put("reason_class", engine.reason().wireName());
        put(stability, "retry_after_s", engine.retryAfterSeconds());
        if (engine.drainUntil() != null) {
            stability.put("drain_until", engine.drainUntil().getEpochSecond());
        }
        json.put("backend_stability", stability);
        if (!reports.isEmpty()) {
            json.put("model_reports", reports.stream().map(NodeHealth::report).toList());
        }
        json.put("profiles", LifecyclePaths.DEFAULT.toHealthProfiles());
        return json;
    }

    private static Map<String, Object> report(ModelReport report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", report.model());
        put(json, "loaded", report.loaded());
        put(json, "context_length", report.contextLength());
        put(json, "tokens_per_second", rounded(report.tokensPerSecond()));
        put(json, "time_to_first_token_ms", rounded(report.firstTokenMillis()));
        if (report.measuredTasks() > 0) {
            json.put("measured_tasks", report.measuredTasks());
        }
        return json;
    }

    private static @Nullable Double rounded(@Nullable Double value) {
        return value == null ? null : Math.round(value * 10) / 10.0;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
