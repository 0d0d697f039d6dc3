package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.chat;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.Capability;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BufferedTaskIT {

    @Nested
    class When_a_task_is_served {

        @Test
        void the_answer_has_the_canonical_form() throws Exception {
            try (TestNode node = TestNode.serving(context -> answer("hello"))) {
                String id = newId();

                TestNode.Reply reply = node.post(task(id), "X-IICP-Trace-Id", "trace-1");

                assertThat(reply.status()).isEqualTo(200);
                Map<String, Object> json = reply.json();
                assertThat(json).containsEntry("task_id", id).containsEntry("status", "success");
                assertThat(json).containsEntry("model_used", "m1").containsEntry("generated_by_ai", true);
                assertThat(Json.text(json.get("result"))).isEqualTo(Json.text(answer("hello")));
                assertThat(number(reply.member("usage").get("total_tokens"))).isEqualTo(5);
                Map<String, Object> metrics = reply.member("metrics");
                assertThat(number(metrics.get("latency_ms"))).isNotNegative();
                assertThat(number(metrics.get("tokens_used"))).isEqualTo(5);
                assertThat(metrics).containsEntry("node_id", node.node.id());
                assertThat(reply.header("content-type")).startsWith("application/json");
                assertThat(reply.header("x-iicp-trace-id")).isEqualTo("trace-1");
                assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_the_operator_allows_large_requests {

        @Test
        void one_long_string_may_fill_them() throws Exception {
            try (TestNode node = TestNode.start(settings -> settings.maxRequestBytes(4 * 1024 * 1024)
                    .handler(
                            chat("m1"),
                            context -> answer("got "
                                    + String.valueOf(context.task().payload().get("audio"))
                                            .length())))) {
                Map<String, Object> body = task(newId());
                body.put(
                        "payload",
                        Map.of(
                                "messages",
                                List.of(Map.of("role", "user", "content", "hi")),
                                "audio",
                                "A".repeat(3 * 1024 * 1024)));

                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).isEqualTo(200);
                assertThat(Json.text(reply.json().get("result"))).contains("got 3145728");
            }
        }
    }

    @Nested
    class When_tasks_follow_each_other_on_one_connection {

        @Test
        void none_of_them_is_lost_or_mixed_up() throws Exception {
            try (TestNode node =
                    TestNode.serving(context -> answer(context.task().id()))) {
                for (int i = 0; i < 500; i++) {
                    String id = newId();

                    TestNode.Reply reply = node.post(task(id));

                    assertThat(reply.status()).isEqualTo(200);
                    assertThat(reply.json()).containsEntry("task_id", id);
                    assertThat(Json.text(reply.json().get("result"))).contains(id);
                }
                node.awaitIdle();
                assertThat(node.heard(NodeEvent.TaskEnded.class)).hasSize(500);
            }
        }
    }

    @Nested
    class When_health_is_asked {

        @Test
        void it_tells_load_models_and_where_events_are_offered() throws Exception {
            try (TestNode node = TestNode.serving(context -> answer("ok"))) {
                TestNode.Reply reply = node.get("/iicp/health?probe=1");

                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.json())
                        .containsEntry("status", "ok")
                        .containsEntry("node_id", node.node.id())
                        .containsEntry("region", "unknown")
                        .containsEntry("available", true)
                        .containsEntry("model", "m1")
                        .containsEntry("models", List.of("m1"))
                        .containsEntry("intent", TestNode.CHAT)
                        .containsKeys("load", "active_jobs", "max_concurrent", "effective_max_concurrent");
                assertThat(LifecyclePaths.fromHealth(reply.json())).contains(LifecyclePaths.DEFAULT);
                assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
            }
        }
    }

    @Nested
    class When_a_payload_asks_for_more_than_was_promised {

        @Test
        void the_number_of_tokens_is_bounded() throws Exception {
            try (TestNode node = TestNode.serving(
                    context -> Map.of("seen", context.task().payload().get("max_tokens")))) {
                Map<String, Object> body = task(newId());
                body.put("payload", Map.of("max_tokens", 5000, "model", "m1"));

                TestNode.Reply reply = node.post(body);

                assertThat(number(reply.member("result").get("seen"))).isEqualTo(100);
            }
        }
    }

    @Nested
    class When_a_task_names_a_model_or_none {

        private Object seen(Map<String, Object> payload, String... operatorsChoice) throws Exception {
            Capability many = TestNode.chat("qwen2:7b", "llama3:latest", "llama3:8b");
            try (TestNode node = TestNode.start(
                    settings -> settings.backend(new EchoingEngine(many)).models(List.of(operatorsChoice)))) {
                Map<String, Object> body = task(newId());
                body.put("payload", payload);

                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).isEqualTo(200);
                return reply.member("result").get("seen");
            }
        }

        @Test
        void the_engine_gets_the_operators_first_choice() throws Exception {
            assertThat(seen(Map.of(), "llama3", "qwen2:7b")).isEqualTo("llama3:latest");
        }

        @Test
        void the_engine_gets_its_own_first_model_when_the_operator_has_no_choice_either() throws Exception {
            assertThat(seen(Map.of())).isEqualTo("qwen2:7b");
        }

        @Test
        void the_engine_gets_its_own_name_for_the_model_that_was_asked_for() throws Exception {
            assertThat(seen(Map.of("model", "llama3"))).isEqualTo("llama3:latest");
            assertThat(seen(Map.of("model", "llama3:8b"))).isEqualTo("llama3:8b");
        }
    }

    /** An engine that answers with the model it was asked for. */
    private record EchoingEngine(Capability capability) implements InferenceBackend {

        @Override
        public String type() {
            return "ollama";
        }

        @Override
        public List<Capability> capabilities() {
            return List.of(capability);
        }

        @Override
        public State state() {
            return State.OK;
        }

        @Override
        public Object handle(TaskContext context) {
            return Map.of("seen", String.valueOf(context.task().payload().get("model")));
        }

        @Override
        public void close() {}
    }

    private static long number(Object value) {
        return new BigDecimal(value.toString()).longValueExact();
    }
}
