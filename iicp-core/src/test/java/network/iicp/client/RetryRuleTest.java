package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.wire.ErrorCodec;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RetryRuleTest {

    @ParameterizedTest
    @CsvSource({
        "429, capacity_exceeded, OTHER_NODE",
        "429, IICP-E021, OTHER_NODE",
        "429, IICP-E023, OTHER_NODE",
        "503, IICP-E024, OTHER_NODE",
        "503, whatever, OTHER_NODE",
        "502, backend_error, OTHER_NODE",
        "502, whatever, OTHER_NODE",
        "504, task_timeout, OTHER_NODE",
        "500, internal_error, OTHER_NODE_ONCE",
        "500, whatever, OTHER_NODE_ONCE",
        "499, task_cancelled, OTHER_NODE",
        "408, request_timeout, OTHER_NODE",
        "408, whatever, OTHER_NODE",
        "503, IICP-E021, OTHER_NODE",
        "504, IICP-E024, OTHER_NODE",
        "402, IICP-E036, STOP",
        "403, IICP-E020, OTHER_NODE",
        "404, IICP-E030, REFRESH",
        "502, IICP-E031, OTHER_NODE",
        "401, IICP-E032, STOP",
        "409, IICP-E011, STOP",
        "422, IICP-E025, STOP",
        "422, IICP-E026, STOP",
        "422, IICP-E028, STOP",
        "413, IICP-E053, STOP",
        "422, IICP-E050, REFRESH",
        "422, IICP-E060, REFRESH",
        "400, IICP-E062, REFRESH",
        "422, IICP-E065, STOP",
        "400, IICP-CX-03, STOP",
        "500, IICP-CX-04, STOP",
        "404, not_found, REFRESH",
        "410, gone, REFRESH",
        "404, model_not_found, OTHER_NODE",
        "422, unknown_intent, OTHER_NODE",
        "400, cx_unavailable, REFRESH",
        "400, IICP-CX-01, REFRESH",
        "400, IICP-CX-02, REFRESH",
        "400, invalid_http_body, STOP",
        "401, unauthorized, STOP",
        "403, forbidden, STOP",
        "403, policy_rejected, STOP",
        "409, conflict, STOP",
        "413, request_too_large, STOP",
        "415, unsupported_content_encoding, STOP",
        "422, validation_error, STOP",
        "422, backend_rejected, STOP"
    })
    void answers_of_nodes_are_judged_by_status_and_code(int status, String code, RetryRule rule) {
        assertThat(RetryRule.of(answer(status, code))).isEqualTo(rule);
    }

    @ParameterizedTest
    @CsvSource({
        "NETWORK_ERROR, OTHER_NODE, true",
        "PROTOCOL_ERROR, OTHER_NODE, true",
        "TASK_TIMEOUT, OTHER_NODE, true",
        "ENDPOINT_REFUSED, OTHER_NODE, false",
        "CX_REQUIRED, OTHER_NODE, false",
        "CX_RESPONSE_REQUIRED, STOP, false",
        "CX_RESPONSE_INVALID, STOP, false",
        "RESPONSE_TOO_LARGE, STOP, true",
        "TASK_CANCELLED, STOP, false"
    })
    void failures_seen_here_are_judged_by_code(ErrorCode code, RetryRule rule, boolean blamed) {
        IicpException fault =
                IicpException.of(IicpError.of(code, ErrorComponent.CLIENT, "m").withHttpStatus(0));
        assertThat(RetryRule.of(fault)).isEqualTo(rule);
        assertThat(RetryRule.blamesNode(fault)).isEqualTo(blamed);
    }

    @Test
    void a_conflict_is_retried_on_the_same_node_only_when_it_names_a_wait() {
        IicpException busy = IicpException.of(
                IicpError.of(ErrorCode.CONFLICT, ErrorComponent.NODE, "m").withRetryAfter(Duration.ofMillis(100)));
        assertThat(RetryRule.of(busy)).isEqualTo(RetryRule.SAME_NODE_LATER);
    }

    @ParameterizedTest
    @CsvSource({
        "402, IICP-E036, credits_insufficient",
        "422, IICP-E036, liveness_failed",
        "403, IICP-E050, ownership_not_proven",
        "422, IICP-E050, cx_decrypt_failed",
        "504, IICP-E006, task_timeout",
        "503, IICP-E006, no_provider",
        "504, IICP-E024, task_timeout",
        "503, IICP-E024, temporarily_unavailable",
        "409, duplicate_task, conflict"
    })
    void a_number_that_means_two_things_is_told_apart_by_the_status(int status, String code, String meaning) {
        assertThat(answer(status, code).error().knownCode())
                .map(ErrorCode::slug)
                .contains(meaning);
    }

    @Test
    void only_failures_before_the_connection_stood_prove_that_nothing_was_sent() {
        assertThat(RetryRule.neverSent(network(new java.net.ConnectException("refused"))))
                .isTrue();
        assertThat(RetryRule.neverSent(
                        network(new java.io.IOException(new java.net.http.HttpConnectTimeoutException("t")))))
                .isTrue();
        assertThat(RetryRule.neverSent(network(new javax.net.ssl.SSLHandshakeException("bad"))))
                .isTrue();
        assertThat(RetryRule.neverSent(network(new java.net.UnknownHostException("x"))))
                .isTrue();
        assertThat(RetryRule.neverSent(network(new java.io.EOFException("cut"))))
                .isFalse();
        assertThat(RetryRule.neverSent(answer(429, "capacity_exceeded"))).isFalse();
        assertThat(RetryRule.neverSent(Faults.error(ErrorCode.ENDPOINT_REFUSED, "m")))
                .isTrue();
    }

    private static IicpException network(Throwable cause) {
        return Faults.error(ErrorCode.NETWORK_ERROR, "m", cause);
    }

    @Test
    void a_busy_node_is_not_blamed() {
        assertThat(RetryRule.blamesNode(answer(429, "capacity_exceeded"))).isFalse();
        assertThat(RetryRule.blamesNode(answer(502, "backend_error"))).isTrue();
    }

    @Test
    void pauses_double_with_jitter_up_to_a_bound_and_a_longer_wish_counts() {
        BackOff backOff = new BackOff(new Random(1));
        for (int failures = 1; failures < 40; failures++) {
            double expected = Math.min(5_000, 200 * Math.pow(2, Math.min(failures - 1, 10)));
            long pause = backOff.pause(failures, Duration.ZERO).toMillis();
            assertThat((double) pause).isBetween(expected * 0.8 - 1, expected * 1.2 + 1);
        }
        assertThat(backOff.pause(1, Duration.ofSeconds(9))).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void limits_out_of_range_are_refused_at_once_with_the_code_of_the_suite() {
        Assertions.assertThatThrownBy(() -> TimeLimits.DEFAULT.withTotal(Duration.ofMillis(120_001)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("120001")
                .satisfies(e -> assertThat(((IicpException) e).code()).isEqualTo("invalid_config"));
        Assertions.assertThatThrownBy(() -> TimeLimits.DEFAULT.withIdle(Duration.ZERO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("idle");
    }

    private static IicpException answer(int status, String code) {
        return IicpException.of(ErrorCodec.decode(
                status,
                Map.of("error", Map.of("code", code, "message", "m")),
                null,
                ErrorComponent.NODE,
                Instant.EPOCH));
    }
}
