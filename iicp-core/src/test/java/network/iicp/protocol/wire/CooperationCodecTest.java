package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.cooperation.SubTask;
import network.iicp.protocol.cooperation.WorkReceipt;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CooperationCodecTest {

    private static final String PARENT = "11111111-2222-4333-8444-555555555555";
    private static final String KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static Map<String, Object> body(String json) {
        return Json.parseObject(json, JsonLimits.DEFAULT);
    }

    @Test
    void a_task_without_marks_came_directly() {
        assertThat(CooperationCodec.subTask(body("{}"))).isEmpty();
        assertThat(CooperationCodec.subTask(body("{\"trace\":{\"cip_role\":\"coordinator\"}}")))
                .isEmpty();
    }

    @Test
    void the_marks_are_read_from_either_place() {
        SubTask expected = new SubTask("session", PARENT, "trace");
        assertThat(CooperationCodec.subTask(body(
                        "{\"cip\":{\"cip_role\":\"worker\",\"cip_session_key\":\"session\",\"cip_parent_task_id\":\"%s\"},"
                                        .formatted(PARENT)
                                + "\"trace\":{\"cip_role\":\"coordinator\",\"trace_id\":\"trace\"}}")))
                .contains(expected);
        assertThat(CooperationCodec.subTask(body(
                        "{\"trace\":{\"cip_role\":\"worker\",\"cip_session_key\":\"session\",\"cip_parent_task_id\":\"%s\",\"trace_id\":\"trace\"}}"
                                .formatted(PARENT))))
                .contains(expected);
        assertThat(CooperationCodec.subTask(body("{\"cip\":{\"cip_role\":\"worker\"}}")))
                .contains(new SubTask(null, null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"cip\":{}}",
                "{\"cip\":{\"cip_role\":\"coordinator\"}}",
                "{\"cip\":{\"cip_role\":7}}",
                "{\"cip\":[]}",
                "{\"cip\":{\"cip_role\":\"worker\"},\"trace\":{\"cip_role\":\"boss\"}}",
                "{\"cip\":{\"cip_role\":\"worker\",\"cip_parent_task_id\":\"t1\"}}",
                "{\"cip\":{\"cip_role\":\"worker\"},\"constraints\":{\"cip\":{\"replicas\":2}}}",
                "{\"cip\":{\"cip_role\":\"worker\"},\"constraints\":{\"consensus\":{\"replicas\":3}}}"
            })
    void marks_that_are_not_valid_are_refused_with_their_own_number(String json) {
        assertThatThrownBy(() -> CooperationCodec.subTask(body(json)))
                .isInstanceOfSatisfying(InvalidRequestException.class, e -> {
                    assertThat(e.code()).isEqualTo("validation_error");
                    assertThat(e.error().iicpCode()).isEqualTo("IICP-E028");
                });
    }

    @Test
    void the_signature_of_a_receipt_is_the_known_answer() {
        String text = CooperationCodec.signedText(
                "task-1",
                150,
                null,
                "0123456789abcdef0123456789abcdef",
                "4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93",
                null);

        assertThat(Hashes.hmacSha256Hex(KEY, text))
                .isEqualTo("7e87f9044c56b387ff2b9dd4d390f5b08366b276a0cccee0b55ce22e01576f72");
        assertThat(CooperationCodec.signedText("t", 1, new SubTask("s", "p", null), "n", "h", "q"))
                .isEqualTo("t:1:p:s:n:h:q");
    }

    @Test
    void a_receipt_and_a_request_for_credits_have_their_forms() {
        Instant issued = Instant.parse("2026-07-01T12:00:00.123Z");
        WorkReceipt receipt = new WorkReceipt(
                "t",
                "node-1",
                7,
                new SubTask("s", PARENT, null),
                "asker",
                "n",
                issued,
                issued.plusSeconds(300),
                "h",
                "sig");

        assertThat(Json.text(CooperationCodec.encode(receipt)))
                .isEqualTo(
                        "{\"task_id\":\"t\",\"tokens_used\":7,\"nonce\":\"n\",\"expires_at\":\"2026-07-01T12:05:00Z\",\"response_hash\":\"h\","
                                + "\"signature\":\"sig\",\"querying_node_id\":\"asker\",\"worker_node_id\":\"node-1\",\"cip_parent_task_id\":\"%s\","
                                        .formatted(PARENT)
                                + "\"cip_session_key\":\"s\",\"issued_at\":\"2026-07-01T12:00:00Z\"}");
        assertThat(CooperationCodec.encodeAward(receipt, 0.5))
                .containsEntry("node_id", "node-1")
                .containsEntry("amount", 0.5)
                .containsEntry("reason", "task_completion")
                .doesNotContainKey("worker_node_id");
    }

    @Test
    void the_trace_of_an_answer_repeats_the_session() {
        assertThat(Json.text(CooperationCodec.answerTrace(new SubTask(null, null, null))))
                .isEqualTo("{\"cip_role\":\"worker\",\"cip_session_key\":null}");
        assertThat(CooperationCodec.answerTrace(new SubTask("s", null, "t"))).containsEntry("trace_id", "t");
    }
}
