package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Whatever arrives, the reader returns a value or throws its one exception, and spends no more than it may. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonFuzzTest {

    private static final long SEED = 20_261_120;
    private static final JsonLimits LIMITS = new JsonLimits(1 << 16, 32, 1 << 14, 64, 4_000);

    /** Bytes that mean something to a parser. */
    private static final byte[] TELLING = {
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '\\',
        'u',
        'd',
        '8',
        '0',
        '1',
        '9',
        '-',
        '+',
        '.',
        'e',
        'E',
        't',
        'n',
        'f',
        '/',
        '*',
        '#',
        ' ',
        '\n',
        '\t',
        0,
        0x1F,
        0x7F,
        (byte) 0x80,
        (byte) 0xBF,
        (byte) 0xC0,
        (byte) 0xC3,
        (byte) 0xE2,
        (byte) 0xED,
        (byte) 0xEF,
        (byte) 0xF0,
        (byte) 0xF4,
        (byte) 0xFF
    };

    private static final String[] FRAGMENTS = {
        "null",
        "true",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "1e999999999",
        "-0",
        "[[[[[[[[[[",
        "{\"a\":{\"a\":",
        "\"a\":1,\"a\":1",
        "\uFEFF",
        "NaN",
        "//",
        "\\u0000",
        "\"\"",
        "9999999999999999999999999999999999999999999999999999999999999999999999999",
        ",,",
        "\u2028"
    };

    @Test
    void mutated_documents_are_read_or_refused() {
        var random = new SplittableRandom(SEED);
        List<byte[]> corpus = corpus();
        int read = 0;
        int refused = 0;
        for (int round = 0; round < 100_000; round++) {
            byte[] input = corpus.get(random.nextInt(corpus.size()));
            for (int i = random.nextInt(1, 5); i > 0; i--) {
                input = mutate(input, corpus, random);
            }
            if (outcome(input, round)) {
                read++;
            } else {
                refused++;
            }
        }
        assertThat(read).as("mutants that are still JSON").isGreaterThan(3_000);
        assertThat(refused).as("mutants that are not").isGreaterThan(30_000);
    }

    @Test
    void noise_is_read_or_refused() {
        var random = new SplittableRandom(SEED + 1);
        int refused = 0;
        for (int round = 0; round < 60_000; round++) {
            var input = new byte[random.nextInt(40)];
            for (int i = 0; i < input.length; i++) {
                input[i] = random.nextInt(8) == 0 ? (byte) random.nextInt() : TELLING[random.nextInt(TELLING.length)];
            }
            if (!outcome(input, round)) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(54_000);
    }

    @Test
    void every_truncation_of_a_document_is_refused() {
        for (byte[] document : corpus()) {
            for (int length = 0; length < document.length; length++) {
                assertThat(outcome(Arrays.copyOf(document, length), length)).isFalse();
            }
        }
    }

    @Test
    void utf8_is_judged_as_the_jdk_judges_it() {
        var random = new SplittableRandom(SEED + 2);
        for (int round = 0; round < 200_000; round++) {
            var bytes = new byte[random.nextInt(24)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte)
                        switch (random.nextInt(3)) {
                            case 0 -> 'a';
                            case 1 -> random.nextInt(0x80, 0xC0);
                            default -> random.nextInt(0xBE, 0x100);
                        };
            }
            if (isUtf8(bytes) != (Utf8.firstInvalid(bytes) == Utf8.VALID)) {
                fail("round %d: %s", round, Arrays.toString(bytes));
            }
        }
    }

    @Test
    void every_character_survives_escaped_and_plain() {
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                continue;
            }
            String text = Character.toString(point);
            byte[] written = Json.bytes(text);
            if (!text.equals(Json.parse(written, JsonLimits.DEFAULT))) {
                fail("U+%04X does not survive", point);
            }
            if (point < 0x3000 || point > 0xFFF0 && point < 0x10100) {
                var escaped = new StringBuilder("{\"k\":\"");
                text.chars().forEach(unit -> escaped.append("\\u%04x".formatted(unit)));
                assertThat(Json.parse(escaped.append("\"}").toString(), JsonLimits.DEFAULT))
                        .isEqualTo(Map.of("k", text));
            }
        }
    }

    @Test
    void random_values_survive_every_form() {
        var values = new RandomValues(SEED + 3);
        for (int i = 0; i < 3_000; i++) {
            byte[] compact = Json.bytes(values.next(6));
            Object value = Json.parse(compact, JsonLimits.DEFAULT);

            assertThat(Json.bytes(value)).isEqualTo(compact);
            assertThat(Json.parse(Json.text(value), JsonLimits.DEFAULT)).isEqualTo(value);
            assertThat(Json.parse(Json.pretty(value), JsonLimits.DEFAULT)).isEqualTo(value);
        }
    }

    @Test
    void many_threads_may_read_and_write_at_once() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            var runs = new ArrayList<Future<Integer>>();
            for (int thread = 0; thread < 8; thread++) {
                long seed = SEED + thread / 2; // pairs read the same names at the same time
                runs.add(threads.submit(() -> roundTrips(seed)));
            }
            for (Future<Integer> run : runs) {
                assertThat(run.get()).isEqualTo(500);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static int roundTrips(long seed) {
        var values = new RandomValues(seed);
        int survived = 0;
        for (int i = 0; i < 500; i++) {
            byte[] sent = Json.bytes(values.next(5));
            if (Arrays.equals(Json.bytes(Json.parse(sent, JsonLimits.DEFAULT)), sent)) {
                survived++;
            }
        }
        return survived;
    }

    @Test
    void memory_stays_in_proportion_to_the_document() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        JsonLimits limits = JsonLimits.DEFAULT;
        List<String> greedy = List.of(
                "[".repeat(1 << 20),
                "\"" + "\\u20ac".repeat(170_000) + "\"",
                "[" + "9".repeat(1_000_000) + "]",
                "1e" + "9".repeat(1_000_000),
                "[" + "[0],".repeat(250_000) + "0]",
                "[" + "{\"a\":0},".repeat(120_000) + "0]",
                "{\"" + "a".repeat(1_000_000) + "\":0}",
                "[" + "1e999999999,".repeat(80_000) + "0]");
        for (String document : greedy) {
            byte[] utf8 = document.getBytes(UTF_8);
            long before = threads.getCurrentThreadAllocatedBytes();
            outcome(utf8, limits, -1);
            long spent = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(spent).as(document.substring(0, 20)).isLessThan(64L << 20);
        }
    }

    private static boolean outcome(byte[] input, int round) {
        return outcome(input, LIMITS, round);
    }

    /** Whether the input was read; if so, it must also come out again as it went in. */
    private static boolean outcome(byte[] input, JsonLimits limits, int round) {
        @Nullable Object value;
        try {
            value = Json.parse(input, limits);
        } catch (JsonException e) {
            assertThat(e.getMessage()).hasSizeLessThan(700);
            return false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("round %d: %s".formatted(round, new String(input, UTF_8)), e);
        }
        byte[] written = Json.bytes(value);
        assertThat(Json.parse(written, JsonLimits.DEFAULT))
                .as("round %d", round)
                .isEqualTo(value);
        canonicalOrRefused(value);
        return true;
    }

    private static void canonicalOrRefused(@Nullable Object value) {
        byte[] canonical;
        try {
            canonical = Json.canonical(value);
        } catch (JsonException e) {
            assertThat(e.reason()).isEqualTo(JsonException.Reason.UNREPRESENTABLE);
            return;
        }
        assertThat(Json.canonical(Json.parse(canonical, JsonLimits.DEFAULT))).isEqualTo(canonical);
    }

    private static List<byte[]> corpus() {
        var corpus = new ArrayList<byte[]>();
        corpus.add("""
                {"task_id":"0197a3b0-5c00-7000-8000-000000000001","intent":"urn:iicp:intent:llm:chat:v1",
                 "payload":{"messages":[{"role":"user","content":"Grüße \\u20ac \\ud83d\\ude00 😀"}],"temperature":0.7,"max_tokens":256,
                 "stop":["\\n\\n"],"seed":-1,"tools":null,"stream":false},"constraints":{"timeout_ms":30000,"qos":"interactive"}}""".getBytes(UTF_8));
        corpus.add("{\"nodes\":[{\"node_id\":\"a\",\"score\":0.9123,\"load\":1e-3,\"tags\":[]},{\"node_id\":\"b\"}]}"
                .getBytes(UTF_8));
        corpus.add("[0,-0,1.5,1E+2,123456789012345678901234567890,true,false,null,\"\",{},[],[[[]]]]".getBytes(UTF_8));
        var values = new RandomValues(SEED);
        for (int i = 0; i < 40; i++) {
            corpus.add(Json.bytes(List.of(Map.of("v", String.valueOf(values.text())), nonNull(values.next(4)))));
        }
        return corpus;
    }

    private static Object nonNull(@Nullable Object value) {
        return value == null ? List.of() : value;
    }

    private static byte[] mutate(byte[] input, List<byte[]> corpus, SplittableRandom random) {
        int at = random.nextInt(input.length + 1);
        int end = Math.min(input.length, at + random.nextInt(12));
        return switch (random.nextInt(7)) {
            case 0 -> splice(input, at, end, new byte[0]);
            case 1 -> splice(input, at, at, Arrays.copyOfRange(input, at, end));
            case 2 -> splice(input, at, Math.min(input.length, at + 1), new byte[] {(byte) random.nextInt()});
            case 3 -> splice(input, at, Math.min(input.length, at + 1), telling(random));
            case 4 -> splice(input, at, at, telling(random));
            case 5 -> splice(input, at, at, FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(UTF_8));
            default -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = random.nextInt(other.length);
                yield splice(input, at, end, Arrays.copyOfRange(other, from, Math.min(other.length, from + 30)));
            }
        };
    }

    private static byte[] telling(SplittableRandom random) {
        return new byte[] {TELLING[random.nextInt(TELLING.length)]};
    }

    private static byte[] splice(byte[] input, int from, int to, byte[] inserted) {
        var result = new byte[input.length - (to - from) + inserted.length];
        System.arraycopy(input, 0, result, 0, from);
        System.arraycopy(inserted, 0, result, from, inserted.length);
        System.arraycopy(input, to, result, from + inserted.length, input.length - to);
        return result;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
