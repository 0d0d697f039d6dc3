package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.chat;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import network.iicp.metrics.MetricsText;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MetricsIT {

    private static final String KEY = "operator-key-of-a-test";

    @Test
    void what_a_node_did_is_read_as_Prometheus_text() throws Exception {
        MetricsText own = new MetricsText();
        try (TestNode node = TestNode.start(settings -> settings.metrics(own).handler(chat("m1"), context -> {
            if (context.task().constraints().qos() != null) {
                throw Refusal.of(ErrorCode.BACKEND_REJECTED, "no");
            }
            return answer("ok");
        }))) {
            assertThat(node.post(task(newId())).status()).isEqualTo(200);
            assertThat(node.post(task(newId(), Map.of("qos", "batch"))).status())
                    .isEqualTo(ErrorCode.BACKEND_REJECTED.httpStatus());
            Map<String, Object> unknown = task(newId());
            unknown.put("intent", "urn:iicp:intent:x.stranger:flood:v1");
            assertThat(node.post(unknown).status()).isGreaterThanOrEqualTo(400);

            TestNode.Reply reply = node.get("/metrics");

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-type")).startsWith("text/plain; version=0.0.4");
            String chat = "intent=\"urn:iicp:intent:llm:chat:v1\"";
            await().atMost(TestNode.SOON)
                    .untilAsserted(() -> assertThat(node.get("/metrics").text())
                            .contains(
                                    "iicp_tasks_total{status=\"success\"," + chat + ",qos=\"best-effort\"} 1\n",
                                    "iicp_tasks_total{status=\"backend_rejected\"," + chat + ",qos=\"batch\"} 1\n",
                                    "iicp_tasks_rejected_total{reason=\"unknown_intent\"} 1\n",
                                    "iicp_tokens_used_total{" + chat + "} 5\n",
                                    "iicp_task_latency_ms_count{" + chat + ",qos=\"best-effort\"} 1\n",
                                    "iicp_backend_latency_ms_count{" + chat + "} 2\n",
                                    "iicp_active_tasks 0\n",
                                    "iicp_capacity 4\n",
                                    "iicp_registration_state 0\n")
                            .doesNotContain("stranger"));
            assertThat(own.text())
                    .as("a sink of the application hears the same")
                    .contains("iicp_tasks_total{");
            node.awaitIdle();
        }
    }

    @Test
    void metrics_for_the_operator_are_refused_to_anyone_else() throws Exception {
        try (TestNode node = TestNode.start(settings -> settings.metrics(MetricsAccess.OPERATOR)
                .operatorKey(KEY)
                .handler(chat("m1"), context -> answer("ok")))) {
            TestNode.Reply stranger = node.get("/metrics");
            assertThat(stranger.status()).isEqualTo(401);
            assertThat(stranger.errorCode()).isEqualTo("unauthorized");
            assertThat(node.get("/metrics", "Authorization", "Bearer wrong").status())
                    .isEqualTo(401);

            assertThat(node.get("/metrics", "Authorization", "Bearer " + KEY).text())
                    .contains("iicp_capacity 4\n");
        }
    }

    @Test
    void metrics_that_are_off_are_not_there_and_a_sink_still_hears() throws Exception {
        MetricsText own = new MetricsText();
        try (TestNode node = TestNode.start(settings ->
                settings.metrics(MetricsAccess.OFF).metrics(own).handler(chat("m1"), context -> answer("ok")))) {
            assertThat(node.get("/metrics").status()).isEqualTo(404);
            assertThat(node.post(task(newId())).status()).isEqualTo(200);

            await().atMost(TestNode.SOON).until(() -> own.text().contains("iicp_tasks_total{status=\"success\""));
        }
    }
}
