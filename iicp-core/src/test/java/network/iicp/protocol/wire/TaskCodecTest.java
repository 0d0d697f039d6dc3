package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.TaskConstraints;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TaskCodecTest {

    private static final String ID = "550e8400-e29b-41d4-a716-446655440000";

    @Test
    void what_is_written_is_read_back() {
        TaskConstraints bounds = new TaskConstraints(
                Duration.ofSeconds(30), Qos.BATCH, Priority.HIGH, "m1", List.of("urn:iicp:profile:p:v1"));
        TaskEnvelope envelope = TaskEnvelope.plain(ID, Intent.LLM_CHAT, Map.of("messages", List.of()), bounds)
                .withAuthToken("secret");
        TaskEnvelope read = TaskCodec.decode(throughBytes(TaskCodec.encode(envelope)));
        assertThat(read).isEqualTo(envelope);
    }

    @Test
    void a_sealed_task_carries_no_payload_and_asks_for_a_sealed_answer() {
        TaskEnvelope envelope =
                TaskEnvelope.sealed(ID, Intent.LLM_CHAT, Map.of("version", 1), true, TaskConstraints.NONE);
        Map<String, Object> body = TaskCodec.encode(envelope);
        assertThat(body)
                .containsOnlyKeys("task_id", "intent", "iicp_conf", "cx_response_encryption")
                .containsEntry("cx_response_encryption", "required");
        assertThat(TaskCodec.decode(throughBytes(body)).encryptResponse()).isTrue();
    }

    @Test
    void urgency_is_written_under_both_names_and_read_from_either() {
        TaskEnvelope envelope =
                TaskEnvelope.plain(ID, Intent.LLM_CHAT, Map.of(), TaskConstraints.NONE.withQos(Qos.REALTIME));
        assertThat(TaskCodec.encode(envelope).get("constraints"))
                .isEqualTo(Map.of("qos", "realtime", "qos_class", "realtime"));
        assertThat(decode("{\"qos_class\":\"best_effort\"}").constraints().qos())
                .isEqualTo(Qos.BEST_EFFORT);
    }

    @Test
    void the_token_is_read_where_the_rust_client_puts_it() {
        TaskEnvelope read = TaskCodec.decode(parse("""
                {"task_id":"%s","intent":"urn:iicp:intent:llm:chat:v1","payload":{},"auth":{"token":"t"}}
                """.formatted(ID)));
        assertThat(read.authToken()).isEqualTo("t");
        assertThat(read).asString().doesNotContain("\"t\"");
    }

    static Stream<Arguments> bad_bodies() {
        String intent = "\"intent\":\"urn:iicp:intent:llm:chat:v1\"";
        String id = "\"task_id\":\"" + ID + "\"";
        return Stream.of(
                Arguments.of("{" + intent + ",\"payload\":{}}", "task_id"),
                Arguments.of("{\"task_id\":7," + intent + ",\"payload\":{}}", "task_id"),
                Arguments.of("{\"task_id\":\"t1\"," + intent + ",\"payload\":{}}", "version 4 UUID"),
                Arguments.of(
                        "{\"task_id\":\"550e8400-e29b-11d4-a716-446655440000\"," + intent + ",\"payload\":{}}",
                        "version 4 UUID"),
                Arguments.of("{" + id + ",\"payload\":{}}", "intent"),
                Arguments.of("{" + id + ",\"intent\":\"chat\",\"payload\":{}}", "\"chat\""),
                Arguments.of("{" + id + "," + intent + "}", "payload"),
                Arguments.of("{" + id + "," + intent + ",\"payload\":[]}", "payload"),
                Arguments.of("{" + id + "," + intent + ",\"payload\":{},\"iicp_conf\":{}}", "exactly one"),
                Arguments.of("{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"timeout_ms\":99}}", "99"),
                Arguments.of(
                        "{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"timeout_ms\":300001}}", "300001"),
                Arguments.of("{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"timeout_ms\":-1}}", "-1"),
                Arguments.of(
                        "{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"timeout_ms\":\"5\"}}",
                        "timeout_ms"),
                Arguments.of(
                        "{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"qos\":\"urgent\"}}", "urgent"),
                Arguments.of(
                        "{" + id + "," + intent + ",\"payload\":{},\"constraints\":{\"priority\":\"top\"}}", "top"),
                Arguments.of(
                        "{" + id + "," + intent + ",\"payload\":{},\"cx_response_encryption\":\"maybe\"}", "maybe"),
                Arguments.of("{" + id + "," + intent + ",\"payload\":{},\"constraints\":[]}", "constraints"));
    }

    @ParameterizedTest
    @MethodSource("bad_bodies")
    void a_bad_body_is_refused_and_the_message_names_the_member_or_value(String body, String named) {
        assertThatThrownBy(() -> TaskCodec.decode(parse(body)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(named)
                .satisfies(e -> assertThat(((IicpException) e).httpStatus()).isEqualTo(422));
    }

    private static TaskEnvelope decode(String constraints) {
        return TaskCodec.decode(parse("""
                {"task_id":"%s","intent":"urn:iicp:intent:llm:chat:v1","payload":{},"constraints":%s}
                """.formatted(ID, constraints)));
    }

    private static Map<String, Object> throughBytes(Map<String, Object> body) {
        return Json.parseObject(Json.bytes(body), JsonLimits.DEFAULT);
    }

    private static Map<String, Object> parse(String text) {
        return Json.parseObject(text, JsonLimits.DEFAULT);
    }
}
