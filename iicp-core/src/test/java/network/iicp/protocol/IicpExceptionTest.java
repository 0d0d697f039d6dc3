package network.iicp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpExceptionTest {

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void every_code_has_an_exception_that_carries_it(ErrorCode code) {
        IicpException failure = IicpException.of(IicpError.of(code, ErrorComponent.NODE, "why"));
        assertThat(failure.code()).isEqualTo(code.slug());
        assertThat(failure.retryable()).isEqualTo(code.retryable());
        assertThat(failure.httpStatus()).isEqualTo(code.httpStatus());
        assertThat(failure).hasMessage("why");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void every_code_is_found_by_its_slug_and_by_its_number(ErrorCode code) {
        assertThat(ErrorCode.of(code.slug())).contains(code);
        code.iicpCode().ifPresent(number -> assertThat(ErrorCode.of(number, code.httpStatus()))
                .contains(code));
    }

    @ParameterizedTest
    @CsvSource({
        "400, InvalidRequestException",
        "401, UnauthorizedException",
        "404, InvalidRequestException",
        "409, ConflictException",
        "429, CapacityException",
        "499, TaskCancelledException",
        "500, ServerErrorException",
        "502, BackendException",
        "503, CapacityException",
        "504, TaskTimeoutException"
    })
    void an_unknown_code_is_judged_by_its_status(int status, String type) {
        IicpError unknown = new IicpError(
                "peer_made_this_up", null, "m", ErrorComponent.NODE, true, status, null, null, null, List.of());
        assertThat(IicpException.of(unknown).getClass().getSimpleName()).isEqualTo(type);
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void knowing_more_keeps_type_cause_and_stack(ErrorCode code) {
        IllegalStateException cause = new IllegalStateException("inner");
        IicpException failure = IicpException.of(IicpError.of(code, ErrorComponent.NODE, "why"), cause);
        Attempt attempt = new Attempt(1, "abcdefgh", "first_choice", code.slug(), Duration.ofMillis(5));
        IicpException more =
                failure.withError(failure.error().withAttempts(List.of(attempt)).withNode("abcdefgh"));
        assertThat(more).hasSameClassAs(failure).hasCause(cause);
        assertThat(more.getStackTrace()).isEqualTo(failure.getStackTrace());
        assertThat(more.attempts()).containsExactly(attempt);
        assertThat(more.node()).contains("abcdefgh");
    }

    @Test
    void a_failure_survives_serialisation_with_all_it_knows() throws Exception {
        IicpException failure =
                new CapacityException(IicpError.of(ErrorCode.CAPACITY_EXCEEDED, ErrorComponent.NODE, "busy")
                        .withRetryAfter(Duration.ofSeconds(2)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(((IicpException) in.readObject()).error()).isEqualTo(failure.error());
        }
    }
}
