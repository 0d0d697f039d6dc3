package network.iicp.directory.server;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.BackendStability.Reason;
import network.iicp.protocol.registration.BackendStability.State;
import network.iicp.protocol.registration.HeartbeatMetrics;
import org.jspecify.annotations.Nullable;

/**
 * A heartbeat whose form was checked. Counts over the bound are cut to it, and a load outside 0 to 1 is moved inside:
 * official nodes repeat a refused batch forever and would be lost. Source: IICP directory, heartbeat.
 *
 * @param nodeId the node
 * @param available whether it takes tasks; a node that says nothing does
 * @param load share of its slots in use, or {@code null} for unchanged
 * @param activeJobs tasks running, or {@code null} for unchanged
 * @param succeeded tasks answered since the last batch
 * @param failed tasks failed since the last batch
 * @param latencyMillis their mean duration
 * @param batchId names the batch, or {@code null}
 * @param models what the node says about the models its engine serves
 * @param stability how its engine is, or {@code null} for unchanged
 * @param challengeResponse answer to the last challenge, or {@code null}
 * @param profileChanges members of the profile it changes; a {@code null} value removes one
 */
record HeartbeatRequest(
        String nodeId,
        boolean available,
        @Nullable Double load,
        @Nullable Integer activeJobs,
        int succeeded,
        int failed,
        double latencyMillis,
        @Nullable String batchId,
        ServedModels models,
        @Nullable BackendStability stability,
        @Nullable String challengeResponse,
        Map<String, @Nullable Object> profileChanges) {

    /**
     * What a heartbeat says about models.
     *
     * @param stated whether it says anything
     * @param names the models served now; {@code null} goes back to the registered ones
     */
    record ServedModels(boolean stated, @Nullable List<String> names) {}

    private static final Pattern BATCH_ID = Pattern.compile("[!-~]{1,64}");
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{1,64}");
    private static final int MOST_MODELS = 256;
    private static final int LONGEST_MODEL = 128;
    private static final int LONGEST_ID = 64;
    private static final double LONGEST_LATENCY = 86_400_000;

    private static final List<String> CHANGEABLE = List.of(
            "pricing",
            "auto_update_enabled",
            "auto_update_interval_s",
            "sdk_latest_seen",
            "sdk_update_last_checked_at",
            "sdk_update_error_class");

    /**
     * Checks a heartbeat.
     *
     * @throws DirectoryRefusal if a member has not its form
     */
    static HeartbeatRequest of(Map<String, Object> json) {
        Complaints complaints = new Complaints();
        Members members = new Members(json, "", complaints);
        members.require("node_id");
        String nodeId = members.text("node_id", LONGEST_ID);
        Boolean available = members.flag("available");
        Double load = members.number("load", -Double.MAX_VALUE, Double.MAX_VALUE);
        Integer activeJobs = members.whole("active_jobs", 0, Integer.MAX_VALUE);
        Members metrics = members.object("metrics");
        String batchId = members.text(
                "metrics_batch_id",
                LONGEST_ID,
                t -> BATCH_ID.matcher(t).matches(),
                "must be printable ASCII without spaces");
        BackendStability stability = stability(members.object("backend_stability"));
        String answer = members.text("challenge_response", LONGEST_ID);
        ServedModels models = models(members);
        RegistrationRequest.checkPricing(members);
        RegistrationRequest.checkUpdates(members);
        int succeeded = count(metrics, "tasks_success");
        int failed = count(metrics, "tasks_failed");
        Double latency = metrics == null ? null : metrics.number("avg_latency_ms", 0, LONGEST_LATENCY);
        complaints.refuse();
        return new HeartbeatRequest(
                String.valueOf(nodeId),
                !Boolean.FALSE.equals(available),
                load == null ? null : Math.max(0.0, Math.min(1.0, load)),
                activeJobs,
                succeeded,
                failed,
                latency == null ? 0 : latency,
                batchId,
                models,
                stability,
                answer != null && HEX.matcher(answer).matches() ? answer : null,
                changes(json));
    }

    private static int count(@Nullable Members metrics, String name) {
        Integer count = metrics == null ? null : metrics.whole(name, 0, Integer.MAX_VALUE);
        return count == null ? 0 : Math.min(count, HeartbeatMetrics.MAX_TASKS);
    }

    private static ServedModels models(Members members) {
        if (!members.has("health_models")) {
            return new ServedModels(false, null);
        }
        if (members.raw("health_models") == null) {
            return new ServedModels(true, null);
        }
        return new ServedModels(true, List.copyOf(members.texts("health_models", MOST_MODELS, LONGEST_MODEL)));
    }

    private static @Nullable BackendStability stability(@Nullable Members report) {
        if (report == null) {
            return null;
        }
        report.require("backend_state");
        String state = report.text("backend_state", 32, w -> State.of(w).isPresent(), "is no known state");
        String reason = report.text("reason_class", 32, w -> Reason.of(w).isPresent(), "is no known reason");
        Integer retryAfter = report.whole("retry_after_s", 0, 86_400);
        Double drainUntil = report.raw("drain_until") instanceof Number ? report.number("drain_until", 0, 1e11) : null;
        if (state == null) {
            return null;
        }
        return new BackendStability(
                State.of(state).orElse(State.OK),
                reason == null ? Reason.OK : Reason.of(reason).orElse(Reason.OK),
                retryAfter,
                drainUntil == null ? null : Instant.ofEpochSecond(drainUntil.longValue()));
    }

    private static Map<String, @Nullable Object> changes(Map<String, Object> json) {
        Map<String, @Nullable Object> changes = new LinkedHashMap<>();
        for (String name : CHANGEABLE) {
            if (json.containsKey(name)) {
                changes.put(name, json.get(name));
            }
        }
        return changes;
    }
}
