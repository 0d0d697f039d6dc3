package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.crypto.ConfidentialRequest;
import network.iicp.crypto.ConfidentialityKeyFile;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.crypto.Hashes;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfidentialTaskIT {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String NODE_ID = "node-cx";
    private static final byte[] PAYLOAD =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"geheim \u2615\"}]}".getBytes(UTF_8);

    @TempDir
    Path folder;

    /** Starts a node whose key the test knows from its file. */
    private TestNode node(TaskHandler handler) {
        return TestNode.start(
                settings -> settings.nodeId(NODE_ID).keyDirectory(folder).handler(TestNode.chat("m1"), handler));
    }

    private ConfidentialityKey key() {
        Path file = folder.resolve(Hashes.sha256Hex(NODE_ID).substring(0, 24) + ".json");
        assertThat(Files.exists(file)).isTrue();
        List<ConfidentialityKeyPair> keys = ConfidentialityKeyFile.loadOrCreate(file, RANDOM);
        return keys.get(0).publicKey();
    }

    private ConfidentialRequest seal(String id, byte[] payload) {
        return ConfidentialRequest.seal(key(), id, Intent.LLM_CHAT, payload, RANDOM);
    }

    private static Map<String, Object> body(String id, ConfidentialRequest sealed) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", id);
        body.put("intent", TestNode.CHAT);
        body.put("iicp_conf", sealed.envelope());
        body.put("cx_response_encryption", "required");
        return body;
    }

    private static Map<String, Object> open(ConfidentialRequest sealed, TestNode.Reply reply) {
        return Json.parseObject(sealed.openResponse(reply.member("iicp_conf_resp")), JsonLimits.DEFAULT);
    }

    @Nested
    class When_a_task_comes_encrypted {

        @Test
        void the_handler_sees_the_payload_and_only_the_sender_reads_the_answer() throws Exception {
            try (TestNode node = node(context -> {
                assertThat(context.task().payload())
                        .containsAllEntriesOf(Json.parseObject(PAYLOAD, JsonLimits.DEFAULT));
                return answer("antwort");
            })) {
                String id = newId();
                ConfidentialRequest sealed = seal(id, PAYLOAD);

                TestNode.Reply reply = node.post(body(id, sealed));

                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.json()).containsOnlyKeys("task_id", "status", "iicp_conf_resp");
                assertThat(reply.json()).containsEntry("status", "encrypted");
                Map<String, Object> opened = open(sealed, reply);
                assertThat(opened).containsEntry("task_id", id).containsEntry("status", "success");
                assertThat(Json.text(opened.get("result"))).contains("antwort");
            }
        }

        @Test
        void a_resend_gets_the_same_sealed_bytes() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            try (TestNode node = node(context -> answer("call " + calls.incrementAndGet()))) {
                String id = newId();
                Map<String, Object> body = body(id, seal(id, PAYLOAD));

                TestNode.Reply first = node.post(body);
                TestNode.Reply second = node.post(body);

                assertThat(second.body()).isEqualTo(first.body());
                assertThat(second.header("x-iicp-replayed")).isEqualTo("true");
                assertThat(calls).hasValue(1);
            }
        }

        @Test
        void a_failure_tells_its_code_in_clear_and_its_details_sealed() throws Exception {
            try (TestNode node = node(context -> answer("never"))) {
                String id = newId();
                ConfidentialRequest sealed = seal(id, "{\"model\":\"private-model\"}".getBytes(UTF_8));

                TestNode.Reply reply = node.post(body(id, sealed));

                assertThat(reply.status()).isEqualTo(404);
                assertThat(reply.errorCode()).isEqualTo("model_not_found");
                assertThat(reply.text()).doesNotContain("private-model");
                assertThat(Json.text(open(sealed, reply))).contains("private-model");
            }
        }

        @Test
        void a_retry_of_the_same_bytes_after_a_failure_is_executed() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            try (TestNode node = node(context -> {
                if (calls.incrementAndGet() == 1) {
                    throw new IllegalStateException("once");
                }
                return answer("ok");
            })) {
                String id = newId();
                Map<String, Object> body = body(id, seal(id, PAYLOAD));

                assertThat(node.post(body).status()).isEqualTo(502);
                assertThat(node.post(body).status()).isEqualTo(200);
            }
        }

        @Test
        void every_event_but_the_first_is_sealed_under_its_number() throws Exception {
            try (TestNode node = node(context -> {
                context.emit(Map.of("choices", List.of(Map.of("delta", Map.of("content", "leise")))));
                return answer("");
            })) {
                String id = newId();
                ConfidentialRequest sealed = seal(id, PAYLOAD);
                try (EventReader reader = EventReader.post(node.node.endpoint(), body(id, sealed))) {
                    List<EventReader.Event> events = reader.rest();

                    assertThat(events)
                            .extracting(EventReader.Event::name)
                            .containsExactly("accepted", "partial", "completed");
                    assertThat(events.subList(1, 3)).allSatisfy(event -> assertThat(event.data())
                            .containsOnlyKeys("task_id", "sequence", "event", "is_final", "iicp_conf_resp"));
                    LifecycleEvent partial = LifecycleCodec.decode(events.get(1).data(), sealed::openEvent);
                    assertThat(Json.text(partial.result())).contains("leise");
                }
            }
        }
    }

    @Nested
    class When_an_envelope_is_not_right {

        private void assertRefused(Map<String, Object> body, int status, String code, String number) throws Exception {
            try (TestNode node = node(context -> answer("never"))) {
                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).as(reply.text()).isEqualTo(status);
                assertThat(reply.errorCode()).isEqualTo(code);
                assertThat(reply.iicpCode()).isEqualTo(number);
                assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
                node.awaitIdle();
            }
        }

        private ConfidentialRequest sealedWithAnyKey(String id) {
            ConfidentialityKeyPair pair = ConfidentialityKeyPair.generate(RANDOM);
            return ConfidentialRequest.seal(pair.publicKey(), id, Intent.LLM_CHAT, PAYLOAD, RANDOM);
        }

        @Test
        void an_unknown_key_is_said_to_be_unavailable() throws Exception {
            String id = newId();
            assertRefused(body(id, sealedWithAnyKey(id)), 400, "cx_unavailable", "IICP-CX-01");
        }

        @Test
        void a_nonsense_envelope_does_not_open() throws Exception {
            Map<String, Object> body = body(newId(), sealedWithAnyKey(newId()));
            body.put("iicp_conf", Map.of("version", 1, "nonce", 7));
            assertRefused(body, 400, "cx_decrypt_failed", "IICP-CX-02");
        }

        @Test
        void an_envelope_of_another_task_does_not_open() throws Exception {
            try (TestNode node = node(context -> answer("never"))) {
                Map<String, Object> body = body(newId(), seal(newId(), PAYLOAD));

                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).isEqualTo(400);
                assertThat(reply.errorCode()).isEqualTo("cx_decrypt_failed");
            }
        }

        @Test
        void an_envelope_is_not_executed_twice_under_other_constraints() throws Exception {
            try (TestNode node = node(context -> {
                throw new IllegalStateException("so that the id is forgotten");
            })) {
                String id = newId();
                Map<String, Object> body = body(id, seal(id, PAYLOAD));
                node.post(body);
                body.put("constraints", Map.of("timeout_ms", 9999));

                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).isEqualTo(409);
                assertThat(reply.errorCode()).isEqualTo("replay_detected");
                assertThat(reply.iicpCode()).isEqualTo("IICP-E011");
            }
        }

        @Test
        void a_payload_that_is_no_object_is_invalid() throws Exception {
            try (TestNode node = node(context -> answer("never"))) {
                String id = newId();
                TestNode.Reply reply = node.post(body(id, seal(id, "[1]".getBytes(UTF_8))));

                assertThat(reply.status()).isEqualTo(422);
                assertThat(reply.errorCode()).isEqualTo("validation_error");
            }
        }

        @Test
        void a_node_without_a_key_says_so() throws Exception {
            try (TestNode node = TestNode.start(settings ->
                    settings.withoutConfidentiality().handler(TestNode.chat("m1"), context -> answer("never")))) {
                String id = newId();
                TestNode.Reply reply = node.post(body(id, sealedWithAnyKey(id)));

                assertThat(reply.status()).isEqualTo(400);
                assertThat(reply.errorCode()).isEqualTo("cx_unavailable");
            }
        }

        @Test
        void a_nonce_is_used_once() throws Exception {
            try (TestNode node = TestNode.serving(context -> answer("ok"))) {
                Map<String, Object> first = TestNode.task(newId());
                first.put("nonce", "n-1");
                Map<String, Object> second = TestNode.task(newId());
                second.put("nonce", "n-1");

                assertThat(node.post(first).status()).isEqualTo(200);
                TestNode.Reply reply = node.post(second);
                assertThat(reply.status()).isEqualTo(409);
                assertThat(reply.errorCode()).isEqualTo("replay_detected");
            }
        }
    }
}
