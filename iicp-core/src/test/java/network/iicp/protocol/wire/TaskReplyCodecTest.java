package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.Usage;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TaskReplyCodecTest {

    private static final String ID = "550e8400-e29b-41d4-a716-446655440000";
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @ParameterizedTest
    @ValueSource(strings = {"success", "completed", "ok"})
    void every_word_for_success_is_read(String status) {
        TaskReply reply = decode(200, """
                {"task_id":"%s","status":"%s","result":{"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2}}}
                """.formatted(ID, status));
        assertThat(reply.usage()).isEqualTo(Usage.of(1, 2));
        assertThat(reply.model()).isEqualTo("m");
    }

    @Test
    void a_result_without_a_status_counts_as_success() {
        assertThat(decode(200, "{\"result\":{\"x\":1}}").result()).isInstanceOf(Map.class);
    }

    @Test
    void what_is_written_is_read_back() {
        Map<String, Object> body =
                TaskReplyCodec.success(ID, Map.of("text", "hi"), Usage.of(3, 4), "m", Map.of("latency_ms", 12));
        TaskReply reply = decode(200, Json.text(body));
        assertThat(reply.usage()).isEqualTo(Usage.of(3, 4));
        assertThat(reply.model()).isEqualTo("m");
        assertThat(reply.metrics()).containsKey("latency_ms");
    }

    static Stream<Arguments> failures_in_every_form() {
        return Stream.of(
                Arguments.of(
                        "F1 nested",
                        429,
                        "{\"error\":{\"code\":\"capacity_exceeded\",\"message\":\"full\",\"retry_after_ms\":2000}}",
                        CapacityException.class,
                        true),
                Arguments.of(
                        "F2 flat",
                        503,
                        "{\"code\":\"IICP-E024\",\"message\":\"draining\"}",
                        CapacityException.class,
                        true),
                Arguments.of("F2 text", 502, "{\"error\":\"engine broke\"}", BackendException.class, true),
                Arguments.of(
                        "F3 numeric beside status",
                        200,
                        "{\"status\":\"completed\",\"error_code\":408,\"error_message\":\"slow\"}",
                        TaskTimeoutException.class,
                        true),
                Arguments.of(
                        "F4 numeric in result",
                        200,
                        "{\"status\":\"success\",\"result\":{\"error_code\":502,\"error_message\":\"x\"}}",
                        BackendException.class,
                        true),
                Arguments.of(
                        "F4 final",
                        200,
                        "{\"status\":\"success\",\"result\":{\"error_code\":400,\"error_message\":\"x\"}}",
                        BackendException.class,
                        false),
                Arguments.of(
                        "F5 error object beside success",
                        200,
                        "{\"status\":\"completed\",\"error\":{\"code\":\"IICP-E031\",\"message\":\"relay\"}}",
                        BackendException.class,
                        true),
                Arguments.of(
                        "F6 status error",
                        500,
                        "{\"status\":\"error\",\"error\":{\"message\":\"boom\"}}",
                        network.iicp.protocol.ServerErrorException.class,
                        true),
                Arguments.of(
                        "F7 provider error inside result",
                        200,
                        "{\"status\":\"completed\",\"result\":{\"error\":{\"message\":\"model crashed\",\"type\":\"server_error\"}}}",
                        BackendException.class,
                        true));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures_in_every_form")
    void no_failure_is_taken_for_an_empty_success(
            String form, int status, String body, Class<? extends IicpException> type, boolean retryable) {
        IicpException failure = catchThrowableOfType(IicpException.class, () -> decode(status, body));
        assertThat(failure).as(form).isExactlyInstanceOf(type);
        assertThat(failure.retryable()).isEqualTo(retryable);
        assertThat(failure.taskId()).contains(ID);
    }

    @Test
    void the_longer_wait_of_header_and_body_counts() {
        IicpException failure = catchThrowableOfType(
                IicpException.class,
                () -> TaskReplyCodec.decode(
                        429,
                        parse("{\"error\":{\"code\":\"capacity_exceeded\",\"retry_after_ms\":2000}}"),
                        "7",
                        ID,
                        NOW));
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    void a_retry_after_date_is_read_and_a_past_one_means_now() {
        assertThat(RetryAfter.parse("Fri, 20 Nov 2026 12:00:09 GMT", NOW)).contains(Duration.ofSeconds(9));
        assertThat(RetryAfter.parse("Fri, 20 Nov 2026 11:00:00 GMT", NOW)).contains(Duration.ZERO);
        assertThat(RetryAfter.parse("soon", NOW)).isEmpty();
        assertThat(RetryAfter.parse("-5", NOW)).isEmpty();
        assertThat(RetryAfter.parse("999999999999", NOW)).contains(RetryAfter.LONGEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"status\":\"success\"}",
                "{\"status\":\"success\",\"result\":null}",
                "{\"status\":\"queued\",\"result\":{}}",
                "{\"task_id\":\"00000000-0000-4000-8000-000000000000\",\"status\":\"success\",\"result\":{}}"
            })
    void an_answer_that_is_none_is_a_violation(String body) {
        assertThatThrownBy(() -> decode(200, body)).isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void a_chat_result_may_carry_a_null_error_member() {
        TaskReply reply =
                decode(200, "{\"status\":\"success\",\"error\":null,\"result\":{\"error\":null,\"choices\":[{}]}}");
        assertThat(ChatCodec.asMap(reply.result())).containsKey("choices");
    }

    @Test
    void a_long_message_of_a_peer_is_cut_and_cleaned() {
        IicpException failure = catchThrowableOfType(
                IicpException.class,
                () -> decode(500, Json.text(Map.of("error", Map.of("message", "line\nline " + "x".repeat(9_000))))));
        assertThat(failure.getMessage()).hasSizeLessThanOrEqualTo(300).doesNotContain("\n");
        assertThat(failure.attempts()).isEqualTo(List.of());
    }

    private static TaskReply decode(int status, String body) {
        return TaskReplyCodec.decode(status, parse(body), null, ID, NOW);
    }

    private static Map<String, Object> parse(String text) {
        return Json.parseObject(text, JsonLimits.DEFAULT);
    }
}
