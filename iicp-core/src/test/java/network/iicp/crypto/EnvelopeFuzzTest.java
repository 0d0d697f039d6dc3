package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.crypto.CxExample.INTENT;
import static network.iicp.crypto.CxExample.TASK;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import network.iicp.json.Json;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeded mutations of everything this package reads from outside: it opens to the original, or fails in our own terms. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EnvelopeFuzzTest {

    private static final int ROUNDS = 2_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 20261120, 977})
    void mutated_requests_open_unchanged_or_not_at_all(long seed) {
        Mutator mutator = new Mutator(seed);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, Object> mutated = mutator.mutate(CxExample.requestEnvelope());
            try {
                assertThat(CxExample.open(mutated).payload())
                        .as("round %d", round)
                        .isEqualTo(CxExample.PAYLOAD);
            } catch (ConfidentialityException e) {
                assertThat(e.getMessage()).as("round %d", round).hasSizeLessThan(300);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 20261120, 978})
    void mutated_answers_and_events_open_unchanged_or_not_at_all(long seed) {
        Mutator mutator = new Mutator(seed);
        ConfidentialRequest request = CxExample.request();
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try {
                byte[] answer = request.openResponse(mutator.mutate(CxExample.answerEnvelope()));
                assertThat(answer).as("round %d", round).isEqualTo(CxExample.ANSWER);
                Map<String, Object> event = request.openEvent(1, "partial", mutator.mutate(CxExample.eventEnvelope()));
                assertThat(Json.bytes(event)).as("round %d", round).isEqualTo(CxExample.EVENT);
            } catch (ConfidentialityException e) {
                assertThat(e.getMessage()).as("round %d", round).hasSizeLessThan(300);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 20261120})
    void authentic_events_with_arbitrary_content_open_or_fail_in_our_terms(long seed) throws Exception {
        Mutator mutator = new Mutator(seed);
        ConfidentialRequest request = CxExample.request();
        byte[] secret = HexFormat.of().parseHex(CxExample.SHARED_SECRET);
        byte[] original =
                "{\"result\":{\"choices\":[{\"delta\":{\"content\":\"\u00e4\"}}]},\"pad\":\"000\"}".getBytes(UTF_8);
        int opened = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, Object> sealed = JdkConfidentiality.seal(
                    secret,
                    "IICP-CX-STREAM-v1" + TASK,
                    TASK + "|resp|" + round + "|partial",
                    CxExample.EVENT_NONCE,
                    mutator.bytes(original));
            try {
                assertThat(request.openEvent(round, "partial", sealed)).doesNotContainKey("pad");
                opened++;
            } catch (ConfidentialityException e) {
                assertThat(e.getMessage()).contains("encrypted event " + round);
            }
        }
        assertThat(opened).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 20261120})
    void arbitrary_advertised_keys_seal_or_fail_in_our_terms(long seed) {
        Mutator mutator = new Mutator(seed);
        ConfidentialityKey good = CxExample.nodeKey().publicKey();
        int refused = 0;
        for (int round = 0; round < ROUNDS / 4; round++) {
            ConfidentialityKey key = new ConfidentialityKey(
                    good.algorithm(), good.encoding(), mutator.text(good.key()), good.keyId(), good.features(), null);
            try {
                ConfidentialRequest.seal(key, TASK, INTENT, CxExample.PAYLOAD, new SecureRandom());
            } catch (ConfidentialityException e) {
                assertThat(e.getMessage()).doesNotContain(key.key().isBlank() ? "\n" : key.key());
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 20261120})
    void mutated_key_files_are_read_or_refused_in_our_terms(long seed) {
        Mutator mutator = new Mutator(seed);
        byte[] original = ("{\"version\":1,\"algorithm\":\"X25519\","
                        + "\"private_key\":\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA\"}")
                .getBytes(UTF_8);
        Path file = Path.of("key.json");
        for (int round = 0; round < ROUNDS; round++) {
            byte[] mutated = mutator.bytes(original);
            try {
                assertThat(KeyDocument.parse(file, mutated, "X25519").privateKey())
                        .hasSize(32);
            } catch (ConfigurationException e) {
                assertThat(e.getMessage()).contains("\"key.json\"").doesNotContain("AQIDBAUG");
            }
        }
    }

    /** Makes small changes, the way a faulty or hostile peer would. */
    private static final class Mutator {

        private static final String ALPHABET = "AZaz09-_=+/ !|\u0000\n\u00e4\ud83d";

        private final Random random;

        Mutator(long seed) {
            this.random = new Random(seed);
        }

        Map<String, Object> mutate(Map<String, Object> envelope) {
            Map<String, Object> mutated = new LinkedHashMap<>(envelope);
            List<String> names = new ArrayList<>(envelope.keySet());
            int changes = 1 + random.nextInt(2);
            for (int i = 0; i < changes; i++) {
                String name = names.get(random.nextInt(names.size()));
                switch (random.nextInt(6)) {
                    case 0 -> mutated.remove(name);
                    case 1 -> mutated.put(name, anything());
                    case 2 -> mutated.put(name, envelope.get(names.get(random.nextInt(names.size()))));
                    case 3 -> mutated.put("x" + name, anything());
                    default ->
                        mutated.computeIfPresent(
                                name, (n, value) -> value instanceof String text ? text(text) : anything());
                }
            }
            return mutated;
        }

        String text(String text) {
            if (text.isEmpty()) {
                return "=";
            }
            StringBuilder changed = new StringBuilder(text);
            int at = random.nextInt(text.length());
            char other = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
            switch (random.nextInt(5)) {
                case 0 -> changed.deleteCharAt(at);
                case 1 -> changed.insert(at, other);
                case 2 -> changed.setLength(at);
                case 3 -> changed.append("=".repeat(random.nextInt(4)));
                default -> changed.setCharAt(at, other);
            }
            return changed.toString();
        }

        byte[] bytes(byte[] bytes) {
            byte[] changed = bytes.clone();
            int changes = random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            return random.nextInt(8) == 0 ? Arrays.copyOf(changed, random.nextInt(changed.length)) : changed;
        }

        private Object anything() {
            return switch (random.nextInt(8)) {
                case 0 -> random.nextInt();
                case 1 -> Double.NaN;
                case 2 -> new BigDecimal("1E+2147483647");
                case 3 -> List.of(1, List.of());
                case 4 -> Map.of("version", 1);
                case 5 -> "";
                case 6 -> new String(new byte[random.nextInt(5000)], ISO_8859_1);
                default -> Boolean.TRUE;
            };
        }
    }
}
