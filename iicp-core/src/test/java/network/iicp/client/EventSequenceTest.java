package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import network.iicp.transport.ServerSentEvent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EventSequenceTest {

    private static final String TASK = "0f8fad5b-d9cb-469f-a165-70867728950e";

    private final EventSequence sequence = new EventSequence(TASK, null, JsonLimits.DEFAULT);

    @Test
    void events_in_order_are_read() {
        assertThat(sequence.last()).isEqualTo(-1);
        assertThat(read(0, "accepted"))
                .hasValueSatisfying(event -> assertThat(event.type()).isEqualTo(Type.ACCEPTED));
        assertThat(read(1, "partial")).isPresent();
        assertThat(read(2, "completed")).isPresent();
        assertThat(sequence.last()).isEqualTo(2);
        assertThat(sequence.hasEnded()).isTrue();
    }

    @Test
    void an_event_that_was_seen_is_dropped() {
        read(0, "accepted");
        read(1, "partial");
        assertThat(read(0, "accepted")).isEmpty();
        assertThat(read(1, "partial")).isEmpty();
        assertThat(read(2, "partial")).isPresent();
    }

    @ParameterizedTest(name = "{0} as event {1}")
    @CsvSource({"partial,2", "completed,2", "accepted,1", "completed,0", "partial,9223372036854775807"})
    void what_does_not_follow_is_refused(String event, long number) {
        read(0, "accepted");
        assertThatThrownBy(() -> read(number, event)).isInstanceOf(ProtocolViolationException.class);
        assertThat(sequence.last()).as("nothing was counted").isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"partial", "completed", "failed"})
    void nothing_follows_the_last_event(String event) {
        read(0, "accepted");
        read(1, "completed");
        assertThatThrownBy(() -> read(2, event))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("after the last one");
    }

    @ParameterizedTest
    @CsvSource({"partial,true", "completed,false", "accepted,true", "failed,false"})
    void finality_and_name_must_agree(String event, boolean isFinal) {
        assertThatThrownBy(() -> sequence.accept(frame(0, event, "\"is_final\":" + isFinal)))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("is_final");
    }

    @Test
    void an_event_of_another_task_is_refused() {
        ServerSentEvent other = ServerSentEvent.of(
                "0",
                "accepted",
                "{\"task_id\":\"1f8fad5b-d9cb-469f-a165-70867728950e\",\"sequence\":0,\"event\":\"accepted\"}");
        assertThatThrownBy(() -> sequence.accept(other)).hasMessageContaining("another task");
    }

    @Test
    void a_frame_that_contradicts_its_data_is_refused() {
        String data = data(0, "accepted", "\"is_final\":false");
        assertThatThrownBy(() -> sequence.accept(ServerSentEvent.of("1", "accepted", data)))
                .hasMessageContaining("contradicts");
        assertThatThrownBy(() -> sequence.accept(ServerSentEvent.of("0", "partial", data)))
                .hasMessageContaining("contradicts");
        assertThat(sequence.accept(ServerSentEvent.of(data))).as("a bare frame").isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "null", "{}", "{\"task_id\":1}", "{\"sequence\":-1}"})
    void what_is_no_event_is_refused(String data) {
        assertThatThrownBy(() -> sequence.accept(new ServerSentEvent("0", "accepted", data, null)))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void other_words_of_the_profile_are_read() {
        read(0, "accepted");
        assertThat(read(1, "queued").orElseThrow().type()).isEqualTo(Type.QUEUED);
        assertThat(read(2, "running").orElseThrow().type()).isEqualTo(Type.RUNNING);
        assertThat(read(3, "streaming").orElseThrow().type()).isEqualTo(Type.PARTIAL);
        assertThat(read(4, "expired").orElseThrow().type()).isEqualTo(Type.TIMED_OUT);
    }

    @Test
    void an_event_that_does_not_open_is_not_counted() {
        IicpException closed =
                IicpException.of(IicpError.of(ErrorCode.CX_RESPONSE_INVALID, ErrorComponent.CLIENT, "does not open"));
        EventSequence sealed = new EventSequence(
                TASK,
                (number, event, body) -> {
                    throw closed;
                },
                JsonLimits.DEFAULT);
        sealed.accept(frame(0, "accepted", "\"is_final\":false"));
        assertThatThrownBy(() -> sealed.accept(frame(1, "completed", "\"iicp_conf_resp\":{}")))
                .isInstanceOf(ConfidentialityException.class);
        assertThatThrownBy(() -> sealed.accept(frame(1, "completed", "\"result\":{}")))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("in clear");
        assertThat(sealed.last()).isZero();
    }

    private Optional<LifecycleEvent> read(long number, String event) {
        return sequence.accept(frame(number, event, "\"x\":" + Json.text(Map.of())));
    }

    private static ServerSentEvent frame(long number, String event, String members) {
        return ServerSentEvent.of(Long.toString(number), event, data(number, event, members));
    }

    private static String data(long number, String event, String members) {
        return "{\"task_id\":\"%s\",\"sequence\":%d,\"event\":\"%s\",%s}".formatted(TASK, number, event, members);
    }
}
