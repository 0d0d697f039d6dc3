package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import network.iicp.documentation.Guide;
import network.iicp.metrics.MetricsText;
import network.iicp.node.NodeEvent.DirectoryCall;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeMeasuresTest {

    private static final Intent OWN = Intent.parse("urn:iicp:intent:x.acme:sort:v1");
    private static final Intent STRANGE = Intent.parse("urn:iicp:intent:x.stranger:flood:v1");

    private final MetricsText metrics = new MetricsText();
    private final NodeMeasures measures = new NodeMeasures(List.of(metrics), OWN::equals);

    private static NodeEvent.TaskEnded ended(Intent intent, String outcome, int tokens, Qos qos) {
        return new NodeEvent.TaskEnded("id", intent, outcome, Duration.ofMillis(120), tokens, true, false, qos);
    }

    @Test
    void a_task_is_counted_with_status_intent_and_urgency() {
        measures.onEvent(ended(Intent.LLM_CHAT, "success", 5, Qos.BEST_EFFORT));
        measures.onEvent(ended(Intent.LLM_CHAT, "success", 7, Qos.BEST_EFFORT));
        measures.onEvent(ended(Intent.LLM_CHAT, "task_timeout", -1, Qos.REALTIME));

        assertThat(metrics.text())
                .contains(
                        "iicp_tasks_total{status=\"success\",intent=\"urn:iicp:intent:llm:chat:v1\",qos=\"best-effort\"} 2\n",
                        "iicp_tasks_total{status=\"task_timeout\",intent=\"urn:iicp:intent:llm:chat:v1\",qos=\"realtime\"} 1\n",
                        "iicp_tokens_used_total{intent=\"urn:iicp:intent:llm:chat:v1\"} 12\n",
                        "iicp_task_latency_ms_bucket{intent=\"urn:iicp:intent:llm:chat:v1\",qos=\"best-effort\",le=\"100\"} 0\n",
                        "iicp_task_latency_ms_bucket{intent=\"urn:iicp:intent:llm:chat:v1\",qos=\"best-effort\",le=\"250\"} 2\n",
                        "iicp_task_latency_ms_sum{intent=\"urn:iicp:intent:llm:chat:v1\",qos=\"best-effort\"} 240\n");
    }

    @Test
    void the_buckets_are_those_of_the_official_nodes_and_of_the_specification() {
        assertThat(NodeMeasures.LATENCY.buckets())
                .contains(50d, 100d, 250d, 500d, 1000d, 2500d, 5000d, 10_000d, 30_000d)
                .contains(10d, 50d, 100d, 250d, 500d, 1000d, 2500d, 5000d, 30_000d);
    }

    @Test
    void the_guide_lists_what_is_measured() {
        List<List<String>> rows = NodeMeasures.ALL.stream()
                .map(metric -> List.of(
                        metric.name(),
                        metric.kind().name().toLowerCase(Locale.ROOT),
                        String.join(", ", metric.labels())))
                .toList();

        assertThat(Guide.read("provider.md").table("Metrics").stream().map(row -> row.subList(0, 3)))
                .containsExactlyElementsOf(rows);
    }

    @Test
    void labels_are_words_of_the_protocol_or_other() {
        measures.onEvent(ended(OWN, "success", 1, Qos.BATCH));
        measures.onEvent(ended(STRANGE, "made_up", 1, Qos.BATCH));
        measures.onEvent(new NodeEvent.TaskRefused("made_up"));
        measures.onEvent(new NodeEvent.EngineEnded(STRANGE, Duration.ofMillis(3)));

        assertThat(metrics.text())
                .contains("intent=\"" + OWN.urn() + "\"", "status=\"other\",intent=\"other\"", "reason=\"other\"")
                .doesNotContain("made_up", "stranger");
    }

    @Test
    void refusals_and_confidentiality_failures_are_counted_by_their_code() {
        measures.onEvent(new NodeEvent.TaskRefused("capacity_exceeded"));
        measures.onEvent(new NodeEvent.TaskRefused("cx_decrypt_failed"));
        measures.onEvent(ended(Intent.LLM_CHAT, "cx_seal_failed", -1, Qos.BEST_EFFORT));

        assertThat(metrics.text())
                .contains(
                        "iicp_tasks_rejected_total{reason=\"capacity_exceeded\"} 1\n",
                        "iicp_tasks_rejected_total{reason=\"cx_decrypt_failed\"} 1\n",
                        "iicp_cx_failures_total{reason=\"cx_decrypt_failed\"} 1\n",
                        "iicp_cx_failures_total{reason=\"cx_seal_failed\"} 1\n");
    }

    @Test
    void heartbeats_that_fail_are_counted_and_no_other_call() {
        measures.onEvent(new NodeEvent.DirectoryCalled("d", DirectoryCall.HEARTBEAT, "network_error"));
        measures.onEvent(new NodeEvent.DirectoryCalled("d", DirectoryCall.HEARTBEAT, null));
        measures.onEvent(new NodeEvent.DirectoryCalled("d", DirectoryCall.REGISTER, "unauthorized"));

        assertThat(metrics.text().lines().filter(line -> line.startsWith("iicp_heartbeat")))
                .containsExactly("iicp_heartbeat_failures_total{reason=\"network_error\"} 1");
    }

    @Test
    void receipts_are_counted_by_what_came_of_them() {
        measures.onEvent(new NodeEvent.CreditsSettled(NodeEvent.CreditsSettled.AWARDED));
        measures.onEvent(new NodeEvent.CreditsSettled(NodeEvent.CreditsSettled.AWARDED));
        measures.onEvent(new NodeEvent.CreditsSettled(NodeEvent.CreditsSettled.LOST));

        assertThat(metrics.text())
                .contains("iicp_receipts_total{outcome=\"awarded\"} 2\n", "iicp_receipts_total{outcome=\"lost\"} 1\n");
    }

    @Test
    void load_capacity_and_registration_are_shown_as_they_are_now() {
        Slots slots = new Slots(3);
        boolean[] listed = {false};
        measures.show(slots, () -> listed[0]);
        assertThat(metrics.text())
                .contains("iicp_active_tasks 0\n", "iicp_capacity 3\n", "iicp_registration_state 0\n");
        listed[0] = true;

        try (Slots.Permit permit = slots.tryAcquire().orElseThrow()) {
            assertThat(permit).isNotNull();
            assertThat(metrics.text()).contains("iicp_active_tasks 1\n", "iicp_registration_state 1\n");
        }
    }
}
