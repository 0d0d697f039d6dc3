package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import network.iicp.protocol.ProtocolViolationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SseParserTest {

    private static List<ServerSentEvent> parse(String text) {
        return parse(text.getBytes(StandardCharsets.UTF_8), Integer.MAX_VALUE);
    }

    /** Feeds portions of the given size. */
    private static List<ServerSentEvent> parse(byte[] bytes, int portion) {
        SseParser parser = new SseParser(10_000);
        List<ServerSentEvent> events = new ArrayList<>();
        int from = 0;
        while (from < bytes.length) {
            int to = (int) Math.min(bytes.length, (long) from + portion);
            parser.feed(ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to)), events::add);
            from = to;
        }
        return events;
    }

    private static List<String> data(String text) {
        return parse(text).stream().map(ServerSentEvent::data).toList();
    }

    @Test
    void an_event_has_type_id_data_and_retry() {
        assertThat(parse("event: partial\nid: 7\nretry: 1500\ndata: {\"a\":1}\n\n"))
                .containsExactly(new ServerSentEvent("7", "partial", "{\"a\":1}", Duration.ofMillis(1500)));
    }

    @Test
    void an_event_without_a_type_is_a_message() {
        assertThat(parse("data: x\n\n")).containsExactly(ServerSentEvent.of("x"));
        assertThat(parse("event:\ndata: x\n\n")).containsExactly(ServerSentEvent.of("x"));
    }

    @Test
    void fields_do_not_carry_over_to_the_next_event() {
        assertThat(parse("event: a\nid: 1\ndata: x\n\ndata: y\n\n"))
                .containsExactly(ServerSentEvent.of("1", "a", "x"), ServerSentEvent.of("y"));
    }

    @Test
    void data_lines_are_joined() {
        assertThat(data("data: one\ndata: two\ndata:\ndata: four\n\n")).containsExactly("one\ntwo\n\nfour");
    }

    @Test
    void exactly_one_space_after_the_colon_is_dropped() {
        assertThat(data("data:x\n\ndata: x\n\ndata:  x\n\n")).containsExactly("x", "x", " x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void lines_end_in_three_ways(String end) {
        assertThat(data("data: a" + end + "data: b" + end + end + "data: c" + end + end))
                .containsExactly("a\nb", "c");
    }

    @Test
    void line_ends_may_be_mixed_and_cut_in_the_middle() {
        byte[] bytes = "data: a\r\ndata: b\r\r\ndata: c\n\r\ndata: d\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        for (int portion = 1; portion < bytes.length; portion++) {
            assertThat(parse(bytes, portion))
                    .as("portions of %d", portion)
                    .extracting(ServerSentEvent::data)
                    .containsExactly("a\nb", "c", "d");
        }
    }

    @Test
    void comments_and_unknown_fields_are_ignored() {
        assertThat(data(": comment\nfoo: bar\ndata: x\nDATA: y\n:\n:data: z\n\n"))
                .containsExactly("x");
    }

    @Test
    void a_line_without_a_colon_is_a_field_without_a_value() {
        assertThat(data("data\n\n")).containsExactly("");
        assertThat(data("data\ndata\n\n")).containsExactly("\n");
        assertThat(data("nonsense\n\n")).isEmpty();
    }

    @Test
    void an_event_without_data_is_dropped() {
        assertThat(parse("event: a\nid: 1\n\n\n\ndata: x\n\n")).containsExactly(ServerSentEvent.of("x"));
    }

    @Test
    void an_event_that_is_cut_off_is_dropped() {
        assertThat(data("data: a\n\ndata: b\n")).containsExactly("a");
        assertThat(data("data: a\n\ndata: b")).containsExactly("a");
    }

    @Test
    void a_byte_order_mark_at_the_beginning_is_skipped() {
        assertThat(data("\uFEFFdata: a\n\n")).containsExactly("a");
        assertThat(data("\uFEFF: comment\ndata: a\n\n")).containsExactly("a");
        assertThat(data("data: a\n\n\uFEFFdata: b\n\n")).containsExactly("a");
        assertThat(parse("\uFEFFdata: a\n\n".getBytes(StandardCharsets.UTF_8), 1))
                .hasSize(1);
    }

    @Test
    void text_may_be_cut_inside_a_character() {
        byte[] bytes = "data: grün 🚀 東京\n\n".getBytes(StandardCharsets.UTF_8);
        for (int portion = 1; portion < bytes.length; portion++) {
            assertThat(parse(bytes, portion)).containsExactly(ServerSentEvent.of("grün 🚀 東京"));
        }
    }

    @Test
    void malformed_text_is_replaced() {
        byte[] bytes = {'d', 'a', 't', 'a', ':', (byte) 0xC3, 'x', '\n', '\n'};
        assertThat(parse(bytes, 100)).extracting(ServerSentEvent::data).containsExactly("\uFFFDx");
    }

    @Test
    void an_id_with_a_NUL_is_ignored() {
        assertThat(parse("id: 1\nid: a\0b\ndata: x\n\n").get(0).id()).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "abc", "", "99999999999999999999", "１２"})
    void a_retry_that_is_no_number_is_ignored(String retry) {
        assertThat(parse("retry: " + retry + "\ndata: x\n\n").get(0).retry()).isNull();
    }

    @Test
    void an_event_at_the_limit_is_accepted_and_one_above_refused() {
        SseParser parser = new SseParser(100);
        List<ServerSentEvent> events = new ArrayList<>();
        String fits = "data: " + "x".repeat(94) + "\n\n";
        parser.feed(ByteBuffer.wrap(fits.getBytes(StandardCharsets.UTF_8)), events::add);
        assertThat(events).hasSize(1);
        String tooLong = "data: " + "x".repeat(95) + "\n\n";
        assertThatThrownBy(() -> parser.feed(ByteBuffer.wrap(tooLong.getBytes(StandardCharsets.UTF_8)), events::add))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("100 bytes");
    }

    @Test
    void many_short_lines_are_bounded_too() {
        SseParser parser = new SseParser(1000);
        byte[] line = "data: 0123456789\n".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        parser.feed(ByteBuffer.wrap(line), event -> {});
                    }
                })
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void an_endless_comment_costs_no_memory() {
        SseParser parser = new SseParser(100);
        List<ServerSentEvent> events = new ArrayList<>();
        parser.feed(ByteBuffer.wrap(":".getBytes(StandardCharsets.UTF_8)), events::add);
        byte[] more = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 100; i++) {
            parser.feed(ByteBuffer.wrap(more), events::add);
        }
        parser.feed(ByteBuffer.wrap("\ndata: a\n\n".getBytes(StandardCharsets.UTF_8)), events::add);
        assertThat(events).containsExactly(ServerSentEvent.of("a"));
    }

    @Test
    void a_limit_below_one_is_refused() {
        assertThatThrownBy(() -> new SseParser(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_an_event_writes_is_what_the_parser_reads() {
        Random random = new Random(20261120);
        String[] pieces = {"a", " ", ":", "\n", "ü", "🚀", "data", "\u2028", "\uFEFF", "x".repeat(300), "\0"};
        for (int round = 0; round < 500; round++) {
            StringBuilder data = new StringBuilder();
            int length = random.nextInt(12);
            for (int i = 0; i < length; i++) {
                data.append(pieces[random.nextInt(pieces.length)]);
            }
            ServerSentEvent event = new ServerSentEvent(
                    random.nextBoolean() ? "" + random.nextInt() : null,
                    random.nextBoolean() ? "partial" : ServerSentEvent.MESSAGE,
                    data.toString(),
                    random.nextBoolean() ? Duration.ofMillis(random.nextInt(100_000)) : null);
            assertThat(parse(event.bytes(), 1 + random.nextInt(7)))
                    .as("round %d", round)
                    .containsExactly(event);
        }
    }
}
