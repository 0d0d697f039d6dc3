package network.iicp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DispatchTicketTest {

    private static final Ed25519KeyPair KEY = Ed25519KeyPair.fromSeed(seed(7));
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
    private static final String CHAT = "urn:iicp:intent:llm:chat:v1";

    private static byte[] seed(int value) {
        byte[] seed = new byte[32];
        Arrays.fill(seed, (byte) value);
        return seed;
    }

    private static DispatchTicket.Expected expected(Instant now, Duration tolerance) {
        return new DispatchTicket.Expected(Set.of("http://127.0.0.1:8090"), "node-b", CHAT, now, tolerance);
    }

    private static Map<String, Object> claims() {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("v", 1);
        claims.put("typ", "dispatch-route-ticket");
        claims.put("iss", "http://127.0.0.1:8090");
        claims.put("aud", "iicp.directory.dispatch");
        claims.put("jti", "0123456789abcdef01234567");
        claims.put("node_id", "node-b");
        claims.put("intent", CHAT);
        claims.put("iat", NOW.getEpochSecond());
        claims.put("exp", NOW.getEpochSecond() + 120);
        return claims;
    }

    private static DispatchTicket ticket(Map<String, Object> claims) {
        return DispatchTicket.read(SignedClaims.sign(DispatchTicket.DOMAIN, claims, KEY))
                .orElseThrow();
    }

    @Test
    void an_issued_ticket_is_accepted_until_it_expires() {
        String digest = "ab".repeat(32);
        DispatchTicket ticket = DispatchTicket.read(DispatchTicket.issue(
                        "http://127.0.0.1:8090", "0123456789abcdef01234567", "node-b", CHAT, NOW, digest, KEY))
                .orElseThrow();
        assertThat(ticket.isSignedBy(KEY.publicKey())).isTrue();
        assertThat(ticket.objection(expected(NOW, Duration.ZERO))).isEmpty();
        assertThat(ticket.objection(expected(NOW.plusSeconds(119), Duration.ZERO)))
                .isEmpty();
        assertThat(ticket.objection(expected(NOW.plusSeconds(120), Duration.ZERO)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("expired", "clock"));
        assertThat(ticket.objection(expected(NOW.plusSeconds(140), Duration.ofSeconds(30))))
                .isEmpty();
        assertThat(ticket.lifetime()).isEqualTo(Duration.ofSeconds(120));
        assertThat(ticket.policyDigest()).hasValue(digest);
        assertThat(ticket).hasToString("DispatchTicket[\"0123456789ab\"]");
    }

    static Stream<Arguments> claims_that_do_not_fit() {
        return Stream.of(
                claim("v", 2, "version 1"),
                claim("v", null, "version 1"),
                claim("typ", "relay-bind-ticket", "no dispatch ticket"),
                claim("iss", "https://iicp.network", "accept the issuer"),
                claim("aud", "iicp.directory.other", "audience"),
                claim("jti", "0123456789ABCDEF01234567", "24 hexadecimal"),
                claim("jti", "0123", "24 hexadecimal"),
                claim("node_id", "node-c", "another node"),
                claim("intent", "urn:iicp:intent:llm:embedding:v1", "another node or intent"),
                claim("policy_manifest_sha256", "AB".repeat(32), "digest"),
                claim("policy_manifest_sha256", 5, "digest"),
                claim("exp", null, "expired"),
                claim("exp", -5, "expired"));
    }

    private static Arguments claim(String name, Object value, String reason) {
        return Arguments.of(name, value, reason);
    }

    @ParameterizedTest
    @MethodSource
    void claims_that_do_not_fit(String name, Object value, String reason) {
        Map<String, Object> claims = claims();
        if (value == null) {
            claims.remove(name);
        } else {
            claims.put(name, value);
        }
        assertThat(ticket(claims).objection(expected(NOW, Duration.ZERO)))
                .hasValueSatisfying(told -> assertThat(told).contains(reason));
    }

    @Test
    void a_lifetime_is_counted_by_the_directorys_clock_and_bounded() {
        assertThat(lifetime(claims -> claims.put("exp", NOW.getEpochSecond() + 100_000)))
                .isEqualTo(Duration.ofMinutes(10));
        assertThat(lifetime(claims -> claims.remove("iat"))).isEqualTo(DispatchTicket.LIFETIME);
        assertThat(lifetime(claims -> claims.put("iat", Long.MAX_VALUE))).isEqualTo(Duration.ZERO);
        assertThat(lifetime(claims -> claims.put("exp", Long.MAX_VALUE))).isEqualTo(Duration.ofMinutes(10));
    }

    private static Duration lifetime(Consumer<Map<String, Object>> change) {
        Map<String, Object> claims = new HashMap<>(claims());
        change.accept(claims);
        return ticket(claims).lifetime();
    }

    @Test
    void the_issuer_is_the_url_without_slashes_and_one_api() {
        assertThat(DispatchTicket.issuerOf("https://iicp.network/api")).isEqualTo("https://iicp.network");
        assertThat(DispatchTicket.issuerOf("https://iicp.network/api//")).isEqualTo("https://iicp.network");
        assertThat(DispatchTicket.issuerOf("https://iicp.network/")).isEqualTo("https://iicp.network");
        assertThat(DispatchTicket.issuerOf("https://a.example/x/api/api")).isEqualTo("https://a.example/x/api");
    }

    /** From the directory contract; made there by another implementation. */
    @Test
    void a_consumer_token_has_the_known_bytes() {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("v", 1);
        claims.put("iss", "http://127.0.0.1:8090");
        claims.put("sub", "node-a");
        claims.put("aud", "node-b");
        claims.put("intent", CHAT);
        claims.put("iat", 1_700_000_000);
        claims.put("exp", 1_700_000_300);
        assertThat(SignedClaims.sign(SignedClaims.CONSUMER_TOKEN, claims, KEY))
                .isEqualTo("eyJ2IjoxLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjgwOTAiLCJzdWIiOiJub2RlLWEiLCJhdWQiOiJub2RlLWIi"
                        + "LCJpbnRlbnQiOiJ1cm46aWljcDppbnRlbnQ6bGxtOmNoYXQ6djEiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAw"
                        + "MDMwMH0.9878d40cace4453d7651cdb9c435858f9fe28dda3efda678e8fe08d11318308c8a2cce1fe9ba1c8cd07c"
                        + "cf816de29345c19c08dcb76eb0b40bd0fa9e7ca07607");
    }

    @Test
    void a_statement_of_one_kind_is_none_of_another() {
        String token = SignedClaims.sign(SignedClaims.CONSUMER_TOKEN, claims(), KEY);
        assertThat(DispatchTicket.read(token).orElseThrow().isSignedBy(KEY.publicKey()))
                .isFalse();
        assertThat(SignedClaims.read(SignedClaims.CONSUMER_TOKEN, token)
                        .orElseThrow()
                        .isSignedBy(KEY.publicKey()))
                .isTrue();
    }

    @Test
    void whatever_is_changed_is_not_accepted_any_more() {
        String valid = SignedClaims.sign(DispatchTicket.DOMAIN, claims(), KEY);
        long seed = 20_261_127L;
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder(valid);
            int at = random.nextInt(text.length());
            char other = (char) (random.nextInt(8) == 0 ? random.nextInt(0x300) : 33 + random.nextInt(94));
            if (text.charAt(at) == other) {
                continue;
            }
            text.setCharAt(at, other);
            assertThat(DispatchTicket.read(text.toString()).filter(ticket -> ticket.isSignedBy(KEY.publicKey())))
                    .as("seed %d, round %d, place %d", seed, i, at)
                    .isEmpty();
        }
    }

    @Test
    void texts_without_the_form_of_a_statement_are_none() {
        String valid = SignedClaims.sign(DispatchTicket.DOMAIN, claims(), KEY);
        Stream.of(
                        "",
                        ".",
                        "a.b",
                        valid + "0",
                        valid.toUpperCase(),
                        "." + valid,
                        valid.replace(".", ".."),
                        "x".repeat(5000))
                .forEach(text -> assertThat(DispatchTicket.read(text)).as(text).isEmpty());
        assertThat(SignedClaims.read(DispatchTicket.DOMAIN, valid))
                .hasValueSatisfying(claims -> assertThat(claims.toString()).isEqualTo("SignedClaims"));
    }
}
