package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HashesTest {

    @Test
    void sha256_hashes_its_parts_as_one() {
        String abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

        assertThat(Hashes.sha256Hex("abc")).isEqualTo(abc);
        assertThat(Hashes.sha256Hex("a".getBytes(UTF_8), new byte[0], "bc".getBytes(UTF_8)))
                .isEqualTo(abc);
        assertThat(HexFormat.of().formatHex(Hashes.sha256()))
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void the_root_of_a_directorys_event_log_is_the_known_one() {
        assertThat(Hashes.sha256Hex("iicp:dir:event-log:genesis:v1"))
                .isEqualTo("c44802bedf3e63b5a3f1634c5d19263634f92f26dd15401b09b06dd53a80cf9d");
    }

    @Test
    void a_heartbeat_challenge_is_answered_with_the_known_response() {
        assertThat(Hashes.hmacSha256Hex(
                        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                        "0123456789abcdef0123456789abcdef"))
                .isEqualTo("e24b4e3fa702b23cdaed5b4e2d0119ab5cd9be191e4ea85aeec833037340f24b");
        assertThat(Hashes.hmacSha256Hex("node-hmac-key-example", "abc123"))
                .isEqualTo("bc6e7509a3e984be99cb6562897572876ac6b5aba4fec27d01cfd22020a070f7");
    }

    @Test
    void receipts_and_price_declarations_have_the_known_signatures() {
        String key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

        assertThat(Hashes.hmacSha256Hex(
                        key,
                        "task-1:150:::0123456789abcdef0123456789abcdef:"
                                + "4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93"))
                .isEqualTo("7e87f9044c56b387ff2b9dd4d390f5b08366b276a0cccee0b55ce22e01576f72");
        assertThat(Hashes.hmacSha256Hex(key, "{\"credit_cost_multiplier\":1.5,\"pricing_model\":\"per_token\"}"))
                .isEqualTo("b773394cb7aff1dab1816e5b48b4f95611661808192661402a87fd476cfdb36f");
    }

    @Test
    void an_empty_key_and_an_empty_message_have_an_hmac() {
        assertThat(Hashes.hmacSha256Hex("", ""))
                .isEqualTo("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }

    @Test
    void comparison_is_by_content() {
        assertThat(Hashes.constantTimeEquals("token", "token")).isTrue();
        assertThat(Hashes.constantTimeEquals("token", "Token")).isFalse();
        assertThat(Hashes.constantTimeEquals("token", "token ")).isFalse();
        assertThat(Hashes.constantTimeEquals("", "")).isTrue();
        assertThat(Hashes.constantTimeEquals(new byte[] {1}, new byte[] {1})).isTrue();
        assertThat(Hashes.constantTimeEquals(new byte[] {1}, new byte[] {2})).isFalse();
    }
}
