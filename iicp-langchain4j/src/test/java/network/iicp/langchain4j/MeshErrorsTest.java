package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.StreamInterruptedException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeshErrorsTest {

    static Stream<Arguments> codes() {
        return Stream.of(
                arguments(ErrorCode.INVALID_HTTP_BODY, InvalidRequestException.class),
                arguments(ErrorCode.REQUEST_TOO_LARGE, InvalidRequestException.class),
                arguments(ErrorCode.REQUEST_TIMEOUT, TimeoutException.class),
                arguments(ErrorCode.UNSUPPORTED_MEDIA_TYPE, InvalidRequestException.class),
                arguments(ErrorCode.UNSUPPORTED_CONTENT_ENCODING, InvalidRequestException.class),
                arguments(ErrorCode.VALIDATION_ERROR, InvalidRequestException.class),
                arguments(ErrorCode.UNAUTHORIZED, AuthenticationException.class),
                arguments(ErrorCode.TOKEN_EXPIRED, AuthenticationException.class),
                arguments(ErrorCode.FORBIDDEN, AuthenticationException.class),
                arguments(ErrorCode.NOT_FOUND, InvalidRequestException.class),
                arguments(ErrorCode.METHOD_NOT_ALLOWED, InvalidRequestException.class),
                arguments(ErrorCode.UNKNOWN_INTENT, InvalidRequestException.class),
                arguments(ErrorCode.MODEL_NOT_FOUND, ModelNotFoundException.class),
                arguments(ErrorCode.POLICY_REJECTED, InvalidRequestException.class),
                arguments(ErrorCode.TOOL_EXECUTION_DENIED, InvalidRequestException.class),
                arguments(ErrorCode.UNSUPPORTED_PROFILE, InvalidRequestException.class),
                arguments(ErrorCode.CONFLICT, InvalidRequestException.class),
                arguments(ErrorCode.REPLAY_DETECTED, InvalidRequestException.class),
                arguments(ErrorCode.RATE_LIMITED, RateLimitException.class),
                arguments(ErrorCode.CAPACITY_EXCEEDED, RateLimitException.class),
                arguments(ErrorCode.CAPACITY_EXHAUSTED, InternalServerException.class),
                arguments(ErrorCode.TEMPORARILY_UNAVAILABLE, InternalServerException.class),
                arguments(ErrorCode.NOT_CONFIGURED, NonRetriableException.class),
                arguments(ErrorCode.BACKEND_ERROR, InternalServerException.class),
                arguments(ErrorCode.BACKEND_REJECTED, InvalidRequestException.class),
                arguments(ErrorCode.TASK_TIMEOUT, TimeoutException.class),
                arguments(ErrorCode.TASK_CANCELLED, NonRetriableException.class),
                arguments(ErrorCode.CX_UNAVAILABLE, InternalServerException.class),
                arguments(ErrorCode.CX_DECRYPT_FAILED, InternalServerException.class),
                arguments(ErrorCode.CX_RESPONSE_UNAVAILABLE, NonRetriableException.class),
                arguments(ErrorCode.CX_SEAL_FAILED, InternalServerException.class),
                arguments(ErrorCode.CX_REQUIRED, NonRetriableException.class),
                arguments(ErrorCode.CX_RESPONSE_REQUIRED, NonRetriableException.class),
                arguments(ErrorCode.CX_RESPONSE_INVALID, NonRetriableException.class),
                arguments(ErrorCode.RESPONSE_TOO_LARGE, NonRetriableException.class),
                arguments(ErrorCode.INTERNAL_ERROR, InternalServerException.class),
                arguments(ErrorCode.NO_PROVIDER, InternalServerException.class),
                arguments(ErrorCode.NO_AVAILABLE_NODE, InternalServerException.class),
                arguments(ErrorCode.ROUTING_POLICY, InvalidRequestException.class),
                arguments(ErrorCode.IDENTITY_CONTEXT_UNSUPPORTED, InvalidRequestException.class),
                arguments(ErrorCode.CANDIDATE_RANKER_REFUSED, InvalidRequestException.class),
                arguments(ErrorCode.TOOLS_LOST, InternalServerException.class),
                arguments(ErrorCode.REPUTATION_TOO_LOW, AuthenticationException.class),
                arguments(ErrorCode.CREDITS_INSUFFICIENT, InvalidRequestException.class),
                arguments(ErrorCode.NO_CONSENSUS, InternalServerException.class),
                arguments(ErrorCode.NOT_ENOUGH_WORKERS, InternalServerException.class),
                arguments(ErrorCode.ENDPOINT_REFUSED, UnresolvedModelServerException.class),
                arguments(ErrorCode.ENDPOINT_NOT_ROUTABLE, UnresolvedModelServerException.class),
                arguments(ErrorCode.LIVENESS_FAILED, UnresolvedModelServerException.class),
                arguments(ErrorCode.OWNERSHIP_NOT_PROVEN, AuthenticationException.class),
                arguments(ErrorCode.NETWORK_ERROR, InternalServerException.class),
                arguments(ErrorCode.PROTOCOL_ERROR, InternalServerException.class),
                arguments(ErrorCode.DISPATCH_TICKET_UNAVAILABLE, InvalidRequestException.class),
                arguments(ErrorCode.DISPATCH_TICKET_MALFORMED, NonRetriableException.class),
                arguments(ErrorCode.DISPATCH_TICKET_UNVERIFIED, InvalidRequestException.class),
                arguments(ErrorCode.POLICY_MANIFEST_MISMATCH, InvalidRequestException.class),
                arguments(ErrorCode.CONSUMER_AUTH_REQUIRED, AuthenticationException.class),
                arguments(ErrorCode.REPLICA_UNVERIFIED, InternalServerException.class),
                arguments(ErrorCode.STREAM_INTERRUPTED, NonRetriableException.class),
                arguments(ErrorCode.INVALID_CONFIG, NonRetriableException.class));
    }

    @ParameterizedTest(name = "{0} is told as {1}")
    @MethodSource("codes")
    void every_code_has_its_exception(ErrorCode code, Class<? extends Exception> expected) {
        IicpException fault = fault(code, ErrorComponent.NODE);

        RuntimeException told = MeshErrors.translate(fault, null);

        assertThat(told)
                .isExactlyInstanceOf(expected)
                .hasMessage(fault.getMessage())
                .hasCause(fault);
    }

    @Test
    void no_code_is_forgotten_above() {
        assertThat(codes().map(row -> row.get()[0]).toList())
                .containsExactlyElementsOf(Arrays.asList(ErrorCode.values()));
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void what_may_succeed_later_is_retriable_and_what_may_not_is_not(ErrorCode code) {
        // Told as what they are although another node, or another address, might do.
        Set<ErrorCode> byKind = Set.of(ErrorCode.MODEL_NOT_FOUND);
        IicpException fault = fault(code, ErrorComponent.NODE);

        RuntimeException told = MeshErrors.translate(fault, null);

        assertThat(told instanceof RetriableException).isEqualTo(fault.retryable() && !byKind.contains(code));
        assertThat(told instanceof NonRetriableException).isNotEqualTo(told instanceof RetriableException);
    }

    @Test
    void a_directory_that_cannot_be_reached_is_an_unresolved_server() {
        IicpException fault = fault(ErrorCode.NETWORK_ERROR, ErrorComponent.DIRECTORY);

        assertThat(MeshErrors.translate(fault, null)).isExactlyInstanceOf(UnresolvedModelServerException.class);
    }

    @Test
    void a_model_that_nobody_serves_is_not_found() {
        IicpException fault = fault(ErrorCode.NO_PROVIDER, ErrorComponent.CLIENT);

        assertThat(MeshErrors.translate(fault, "llama3:8b"))
                .isExactlyInstanceOf(ModelNotFoundException.class)
                .hasCause(fault);
    }

    static Stream<Arguments> last_failures() {
        return Stream.of(
                arguments(ErrorCode.CAPACITY_EXCEEDED, RateLimitException.class),
                arguments(ErrorCode.TASK_TIMEOUT, TimeoutException.class),
                arguments(ErrorCode.MODEL_NOT_FOUND, ModelNotFoundException.class),
                arguments(ErrorCode.BACKEND_ERROR, InternalServerException.class));
    }

    @ParameterizedTest
    @MethodSource("last_failures")
    void when_every_node_failed_the_last_failure_decides(ErrorCode last, Class<? extends Exception> expected) {
        IicpException whole = IicpException.of(
                IicpError.of(ErrorCode.NO_AVAILABLE_NODE, ErrorComponent.CLIENT, "all 3 sends failed"),
                fault(last, ErrorComponent.NODE));

        assertThat(MeshErrors.translate(whole, null))
                .isExactlyInstanceOf(expected)
                .hasMessage("all 3 sends failed")
                .hasCause(whole);
    }

    @Test
    void a_stream_that_ran_out_of_time_timed_out() {
        StreamInterruptedException fault = new StreamInterruptedException(
                IicpError.of(ErrorCode.STREAM_INTERRUPTED, ErrorComponent.CLIENT, "broken"),
                "so far",
                fault(ErrorCode.TASK_TIMEOUT, ErrorComponent.CLIENT));

        assertThat(MeshErrors.translate(fault, null))
                .isExactlyInstanceOf(TimeoutException.class)
                .hasCause(fault);
    }

    @Test
    void a_code_that_only_the_peer_knows_goes_by_its_status_and_what_the_peer_says_of_retries() {
        IicpError foreign = new IicpError(
                "out_of_credits",
                null,
                "no credits",
                ErrorComponent.NODE,
                false,
                429,
                null,
                null,
                null,
                java.util.List.of());

        assertThat(MeshErrors.translate(IicpException.of(foreign), null)).isExactlyInstanceOf(RateLimitException.class);
        assertThat(MeshErrors.translate(IicpException.of(foreign.withHttpStatus(500)), null))
                .isExactlyInstanceOf(NonRetriableException.class);
        assertThat(MeshErrors.translate(
                        IicpException.of(foreign.withHttpStatus(500).withRetryable(true)), null))
                .isExactlyInstanceOf(InternalServerException.class);
    }

    @Test
    void futures_do_not_hide_the_failure() {
        IicpException fault = fault(ErrorCode.UNAUTHORIZED, ErrorComponent.NODE);

        assertThat(MeshErrors.translate(new CompletionException(new ExecutionException(fault)), null))
                .isExactlyInstanceOf(AuthenticationException.class)
                .hasCause(fault);
    }

    @Test
    void what_is_not_of_the_mesh_keeps_its_meaning() {
        CancellationException cancelled = new CancellationException();
        UnsupportedFeatureException unsupported = new UnsupportedFeatureException("not supported");

        assertThat(MeshErrors.translate(cancelled, null)).isSameAs(cancelled);
        assertThat(MeshErrors.translate(unsupported, null)).isSameAs(unsupported);
        assertThat(MeshErrors.translate(new IllegalArgumentException("topP is 3"), null))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessage("topP is 3");
        assertThat(MeshErrors.translate(new IOException(), null))
                .isExactlyInstanceOf(InternalServerException.class)
                .hasMessage("IOException");
    }

    private static IicpException fault(ErrorCode code, ErrorComponent component) {
        return IicpException.of(IicpError.of(code, component, "what happened: " + code.slug()));
    }
}
