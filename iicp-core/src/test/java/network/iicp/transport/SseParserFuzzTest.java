package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import network.iicp.protocol.ProtocolViolationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SseParserFuzzTest {

    private static final long SEED = 7_331L;
    private static final String[] PIECES = {
        "data", "event", "id", "retry", ":", ": ", "\n", "\r", "\r\n", "\n\n", "\uFEFF", "x", "1", "{}", " ", "\0", "🚀"
    };

    @Test
    void mutated_streams_give_the_same_events_however_they_are_cut() {
        Random random = new Random(SEED);
        for (int round = 0; round < 3_000; round++) {
            byte[] stream = stream(random);
            List<ServerSentEvent> whole = parse(stream, stream.length + 1);
            List<ServerSentEvent> cut = parse(stream, 1 + random.nextInt(5));
            assertThat(cut).as("seed %d, round %d", SEED, round).isEqualTo(whole);
        }
    }

    private static byte[] stream(Random random) {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(60);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        int mutations = bytes.length == 0 ? 0 : random.nextInt(4);
        for (int i = 0; i < mutations; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** Returns the events before the first one that is too large. */
    private static List<ServerSentEvent> parse(byte[] bytes, int portion) {
        SseParser parser = new SseParser(64);
        List<ServerSentEvent> events = new ArrayList<>();
        try {
            for (int from = 0; from < bytes.length; from += portion) {
                int to = Math.min(bytes.length, from + portion);
                parser.feed(ByteBuffer.wrap(Arrays.copyOfRange(bytes, from, to)), events::add);
            }
        } catch (ProtocolViolationException tooLarge) {
            events.add(ServerSentEvent.of("too large"));
        }
        return events;
    }
}
