package network.iicp.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.json.Json;
import network.iicp.node.InboundTask.Credentials;
import network.iicp.protocol.Intent;
import network.iicp.protocol.UnauthorizedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuthorizerTest {

    private static final String NODE = "node-b";
    private static final String OPERATOR_KEY = "operator-key-0123456789";
    private static final Ed25519KeyPair PAIR = Ed25519KeyPair.generate(new SecureRandom());

    private final ManualClock time = new ManualClock();
    private final AtomicReference<Optional<byte[]>> published = new AtomicReference<>(Optional.of(PAIR.publicKey()));
    private final AtomicInteger fetches = new AtomicInteger();
    private final AtomicReference<List<String>> ownTokens = new AtomicReference<>(List.of("own-token"));
    private final DirectoryKey key = new DirectoryKey(
            () -> {
                fetches.incrementAndGet();
                return published.get();
            },
            time);
    private final Authorizer authorizer =
            new Authorizer(ownTokens::get, List.of(OPERATOR_KEY), new ConsumerTokens(NODE, List.of(key), time));

    @BeforeEach
    void fetch() {
        key.refresh();
    }

    private Map<String, Object> claims() {
        long now = time.instant().getEpochSecond();
        Map<String, Object> claims = new TreeMap<>();
        claims.put("v", 1);
        claims.put("iss", "http://127.0.0.1:8090");
        claims.put("sub", "node-a");
        claims.put("aud", NODE);
        claims.put("intent", Intent.LLM_CHAT.urn());
        claims.put("iat", now);
        claims.put("exp", now + 300);
        return claims;
    }

    private static String sign(Ed25519KeyPair pair, Map<String, Object> claims) {
        String body = Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(claims));
        byte[] signature = pair.sign(("iicp:consumer-token:v1\n" + body).getBytes(US_ASCII));
        return body + "." + HexFormat.of().formatHex(signature);
    }

    private String token(String name, Object value) {
        Map<String, Object> claims = claims();
        claims.put(name, value);
        return sign(PAIR, claims);
    }

    private Caller identify(String bearer, String consumerToken, String inBody) {
        return authorizer.identify(new Credentials(bearer, consumerToken), inBody, Intent.LLM_CHAT);
    }

    @Nested
    class A_caller {

        @Test
        void without_credentials_is_anonymous() {
            assertThat(identify(null, null, null)).isEqualTo(Caller.ANONYMOUS);
        }

        @Test
        void with_an_unknown_credential_is_anonymous() {
            assertThat(identify("something", null, "else")).isEqualTo(Caller.ANONYMOUS);
        }

        @Test
        void with_an_empty_credential_is_anonymous_even_if_the_nodes_token_is_empty() {
            ownTokens.set(List.of(""));
            assertThat(identify("", null, "")).isEqualTo(Caller.ANONYMOUS);
            ownTokens.set(List.of());
            assertThat(identify("", null, "")).isEqualTo(Caller.ANONYMOUS);
        }

        @Test
        void with_the_nodes_own_token_is_the_operator_wherever_it_stands() {
            assertThat(identify("own-token", null, null)).isEqualTo(Caller.OPERATOR);
            assertThat(identify(null, null, "own-token")).isEqualTo(Caller.OPERATOR);
            assertThat(identify(OPERATOR_KEY, null, null)).isEqualTo(Caller.OPERATOR);
        }

        @Test
        void with_the_token_of_an_earlier_registration_is_anonymous() {
            ownTokens.set(List.of("other-directory", "new-token"));
            assertThat(identify("own-token", null, null)).isEqualTo(Caller.ANONYMOUS);
        }

        @Test
        void with_a_consumer_token_is_that_consumer() {
            assertThat(identify(null, sign(PAIR, claims()), null)).isEqualTo(Caller.consumer("node-a"));
            assertThat(identify(null, token("intent", "*"), null)).isEqualTo(Caller.consumer("node-a"));
        }

        @Test
        void passes_by_what_was_proven() {
            assertThat(Stream.of(NodeAuthentication.OPEN, NodeAuthentication.TOKEN, NodeAuthentication.OPERATOR))
                    .filteredOn(Caller.ANONYMOUS::passes)
                    .containsExactly(NodeAuthentication.OPEN);
            assertThat(Stream.of(NodeAuthentication.OPEN, NodeAuthentication.TOKEN, NodeAuthentication.OPERATOR))
                    .filteredOn(Caller.consumer("a")::passes)
                    .containsExactly(NodeAuthentication.OPEN, NodeAuthentication.TOKEN);
            assertThat(Stream.of(NodeAuthentication.OPEN, NodeAuthentication.TOKEN, NodeAuthentication.OPERATOR))
                    .filteredOn(Caller.OPERATOR::passes)
                    .hasSize(3);
        }
    }

    @Nested
    class A_consumer_token {

        static Stream<Arguments> wrongClaims() {
            return Stream.of(
                    Arguments.of("v", 2),
                    Arguments.of("v", "1"),
                    Arguments.of("sub", ""),
                    Arguments.of("sub", 7),
                    Arguments.of("aud", "node-c"),
                    Arguments.of("aud", List.of(NODE)),
                    Arguments.of("intent", "urn:iicp:intent:llm:embedding:v1"),
                    Arguments.of("exp", 1),
                    Arguments.of("exp", "never"));
        }

        @ParameterizedTest(name = "with {0} = {1} is refused")
        @MethodSource("wrongClaims")
        void with_wrong_claims(String name, Object value) {
            assertRefused(token(name, value));
        }

        @Test
        void in_another_form_is_refused() {
            String good = sign(PAIR, claims());
            for (String bad : List.of(
                    "",
                    ".",
                    "a.b",
                    good + "0",
                    good.replace('.', ','),
                    good + "." + good,
                    good.substring(1),
                    good.substring(0, good.length() - 2) + "zz",
                    "x".repeat(5000) + good,
                    good.substring(0, good.indexOf('.')) + "." + "00".repeat(64),
                    "\u00e4" + good)) {
                assertRefused(bad);
            }
        }

        @Test
        void with_claims_that_are_no_object_is_refused() {
            String body = Base64.getUrlEncoder().withoutPadding().encodeToString("[1]".getBytes(UTF_8));
            byte[] signature = PAIR.sign(("iicp:consumer-token:v1\n" + body).getBytes(US_ASCII));
            assertRefused(body + "." + HexFormat.of().formatHex(signature));
        }

        @Test
        void is_refused_even_from_the_operator() {
            assertThatThrownBy(() -> identify("own-token", "junk", null)).isInstanceOf(UnauthorizedException.class);
        }

        @Test
        void lives_ten_seconds_longer_than_it_says() {
            String token = sign(PAIR, claims());
            time.advance(Duration.ofSeconds(309));
            assertThat(identify(null, token, null)).isEqualTo(Caller.consumer("node-a"));

            time.advance(Duration.ofSeconds(1));

            assertThatThrownBy(() -> identify(null, token, null))
                    .isInstanceOfSatisfying(UnauthorizedException.class, e -> assertThat(e.code())
                            .isEqualTo("token_expired"));
        }

        @Test
        void proves_nothing_while_no_key_is_known() {
            published.set(Optional.empty());
            DirectoryKey none = new DirectoryKey(published::get, time);
            Authorizer without =
                    new Authorizer(ownTokens::get, List.of(), new ConsumerTokens(NODE, List.of(none), time));

            assertThat(without.identify(new Credentials(null, "junk"), null, Intent.LLM_CHAT))
                    .isEqualTo(Caller.ANONYMOUS);
        }

        @Test
        void signed_with_a_new_key_makes_the_node_ask_once_a_minute() {
            Ed25519KeyPair rotated = Ed25519KeyPair.generate(new SecureRandom());
            String token = sign(rotated, claims());
            published.set(Optional.of(rotated.publicKey()));

            assertRefused(token);
            assertThat(fetches).as("asked less than a minute ago").hasValue(1);
            time.advance(Duration.ofSeconds(60));
            assertThat(identify(null, token, null)).isEqualTo(Caller.consumer("node-a"));
            assertThat(fetches).hasValue(2);
            assertRefused(sign(PAIR, claims()));
            assertThat(fetches).hasValue(2);
        }

        @Test
        void of_any_directory_of_the_node_is_accepted_and_of_no_other() {
            Ed25519KeyPair second = Ed25519KeyPair.generate(new SecureRandom());
            DirectoryKey secondKey = new DirectoryKey(() -> Optional.of(second.publicKey()), time);
            ConsumerTokens tokens = new ConsumerTokens(NODE, List.of(key, secondKey), time);
            String ofSecond = sign(second, claims());

            assertThat(tokens.verify(ofSecond, Intent.LLM_CHAT))
                    .as("the second directory has not told its key yet")
                    .contains("node-a");
            assertThat(tokens.verify(sign(PAIR, claims()), Intent.LLM_CHAT)).contains("node-a");
            String stranger = sign(Ed25519KeyPair.generate(new SecureRandom()), claims());
            assertThatThrownBy(() -> tokens.verify(stranger, Intent.LLM_CHAT))
                    .isInstanceOf(UnauthorizedException.class);
        }

        @Test
        void that_may_be_of_a_directory_without_a_known_key_proves_nothing() {
            DirectoryKey silent = new DirectoryKey(Optional::empty, time);
            ConsumerTokens tokens = new ConsumerTokens(NODE, List.of(key, silent), time);
            String stranger = sign(Ed25519KeyPair.generate(new SecureRandom()), claims());

            assertThat(tokens.verify(stranger, Intent.LLM_CHAT)).isEmpty();
        }

        @Test
        void of_the_known_answer_is_accepted() {
            String known =
                    "eyJ2IjoxLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjgwOTAiLCJzdWIiOiJub2RlLWEiLCJhdWQiOiJub2RlLWIiLCJpbnRl"
                            + "bnQiOiJ1cm46aWljcDppbnRlbnQ6bGxtOmNoYXQ6djEiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMH0"
                            + ".9878d40cace4453d7651cdb9c435858f9fe28dda3efda678e8fe08d11318308c"
                            + "8a2cce1fe9ba1c8cd07ccf816de29345c19c08dcb76eb0b40bd0fa9e7ca07607";
            byte[] issuer = HexFormat.of().parseHex("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c");
            DirectoryKey fixed = new DirectoryKey(() -> Optional.of(issuer), time);
            fixed.refresh();
            Clock then = Clock.fixed(Instant.ofEpochSecond(1_700_000_100), ZoneOffset.UTC);

            assertThat(new ConsumerTokens("node-b", List.of(fixed), then).verify(known, Intent.LLM_CHAT))
                    .contains("node-a");
        }

        private void assertRefused(String token) {
            assertThatThrownBy(() -> identify(null, token, null))
                    .as(token.length() > 80 ? token.substring(0, 80) : token)
                    .isInstanceOf(UnauthorizedException.class);
        }
    }
}
