package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ServerSentEventTest {

    private static String wire(ServerSentEvent event) {
        return new String(event.bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void the_type_message_is_not_written() {
        assertThat(wire(ServerSentEvent.of("x"))).isEqualTo("data: x\n\n");
        assertThat(wire(new ServerSentEvent("1", "failed", "{}", Duration.ofSeconds(2))))
                .isEqualTo("id: 1\nevent: failed\nretry: 2000\ndata: {}\n\n");
    }

    @Test
    void every_line_of_the_data_has_its_own_field() {
        assertThat(wire(ServerSentEvent.of("a\nb\n\nc\n"))).isEqualTo("data: a\ndata: b\ndata: \ndata: c\ndata: \n\n");
        assertThat(wire(ServerSentEvent.of(""))).isEqualTo("data: \n\n");
    }

    @Test
    void other_line_breaks_become_line_feeds_so_that_nothing_can_be_smuggled() {
        ServerSentEvent event = ServerSentEvent.of("a\r\nb\rc\revent: evil");
        assertThat(event.data()).isEqualTo("a\nb\nc\nevent: evil");
        assertThat(wire(event)).isEqualTo("data: a\ndata: b\ndata: c\ndata: event: evil\n\n");
    }

    @Test
    void a_type_or_id_that_would_break_the_line_is_refused() {
        assertThatThrownBy(() -> ServerSentEvent.of("a\nb", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServerSentEvent.of("", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServerSentEvent.of("1\r", "a", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServerSentEvent.of("\0", "a", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ServerSentEvent(null, "a", "x", Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_text_form_does_not_show_the_data() {
        assertThat(ServerSentEvent.of("7", "partial", "a secret"))
                .hasToString("ServerSentEvent[id=7, event=partial, data=8 chars]");
    }
}
