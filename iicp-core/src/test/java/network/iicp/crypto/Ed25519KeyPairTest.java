package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class Ed25519KeyPairTest {

    private static final HexFormat HEX = HexFormat.of();

    private final Ed25519KeyPair directory = Ed25519KeyPair.fromSeed(filled(0x07));

    @Nested
    class Known_answers {

        @Test
        void the_public_key_of_the_example_directory() {
            assertThat(HEX.formatHex(directory.publicKey()))
                    .isEqualTo("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c");
            assertThat(Base64.getEncoder().encodeToString(directory.publicKey()))
                    .isEqualTo("6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=");
        }

        @Test
        void the_operator_id_of_the_example_operator() {
            Ed25519KeyPair operator = Ed25519KeyPair.fromSeed(FixedRandom.counting(0, 32));

            assertThat(Base64.getEncoder().encodeToString(operator.publicKey()))
                    .isEqualTo("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
        }

        @Test
        void a_consumer_token() {
            String claims =
                    "eyJ2IjoxLCJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjgwOTAiLCJzdWIiOiJub2RlLWEiLCJhdWQiOiJub2RlLWIiLCJpbnRl"
                            + "bnQiOiJ1cm46aWljcDppbnRlbnQ6bGxtOmNoYXQ6djEiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMH0";
            byte[] message = ("iicp:consumer-token:v1\n" + claims).getBytes(US_ASCII);

            byte[] signature = directory.sign(message);

            assertThat(HEX.formatHex(signature))
                    .isEqualTo("9878d40cace4453d7651cdb9c435858f9fe28dda3efda678e8fe08d11318308c"
                            + "8a2cce1fe9ba1c8cd07ccf816de29345c19c08dcb76eb0b40bd0fa9e7ca07607");
            assertThat(Ed25519KeyPair.verify(directory.publicKey(), message, signature))
                    .isTrue();
        }

        @Test
        void a_dispatch_ticket_of_the_official_fixture() {
            String claims =
                    "eyJ2IjoxLCJ0eXAiOiJkaXNwYXRjaC1yb3V0ZS10aWNrZXQiLCJpc3MiOiJodHRwczovL2RpcmVjdG9yeS5leGFtcGxlLnRlc3QiLCJh"
                            + "dWQiOiJpaWNwLmRpcmVjdG9yeS5kaXNwYXRjaCIsImp0aSI6IjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2NyIsIm5vZGVfaWQi"
                            + "OiJub2RlLTAwMDAwMDAxIiwiaW50ZW50IjoidXJuOmlpY3A6aW50ZW50OmxsbTpjaGF0OnYxIiwiaWF0IjoxNzAwMDAwMDAw"
                            + "LCJleHAiOjQxMDI0NDQ4MDB9";
            byte[] message = ("iicp:dispatch-route-ticket:v1\n" + claims).getBytes(US_ASCII);
            byte[] signature = HEX.parseHex("86cf4831d15b1b2a73c7dd8cd2b4692a6f12a742ba4fd1b0ac30e6c60cfecf17"
                    + "bf8b9a0ac340677951649bd3403496883e9123b63d3313b8ad3438a8e3cf6a0d");
            byte[] issuer = HEX.parseHex("557a59f8820da4ad8a684fdc8a00355d30149b5ec22231ae331a62daa8dcf869");

            assertThat(Ed25519KeyPair.verify(issuer, message, signature)).isTrue();
            assertThat(Ed25519KeyPair.verify(directory.publicKey(), message, signature))
                    .isFalse();
        }

        @Test
        void an_operators_delegation() {
            String bytes = "{\"node_id\":\"node-kat-1\",\"not_after\":1893456000,\"operator_pub\":"
                    + "\"6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\"}";

            assertThat(Base64.getEncoder().encodeToString(directory.sign(bytes.getBytes(UTF_8))))
                    .isEqualTo(
                            "f1P/D1KPpIAufdBVNs1rs6ixix767FEvrFDAECrJQEpr4YmOf2+EH4RjRaJPvI0MyGbEgSo/x7G2SZX9kb85Bg==");
        }

        @ParameterizedTest
        @CsvSource(
                value = {
                    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60, d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a, '', e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
                    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb, 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c, 72, 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                })
        void of_RFC_8032(String seed, String publicKey, String message, String signature) {
            Ed25519KeyPair pair = Ed25519KeyPair.fromSeed(HEX.parseHex(seed));

            assertThat(HEX.formatHex(pair.publicKey())).isEqualTo(publicKey);
            assertThat(HEX.formatHex(pair.sign(HEX.parseHex(message)))).isEqualTo(signature);
        }

        @Test
        void agree_with_the_JDK_for_seeded_messages() throws Exception {
            Random random = new Random(8032);
            for (int i = 0; i < 50; i++) {
                byte[] seed = new byte[32];
                byte[] message = new byte[random.nextInt(300)];
                random.nextBytes(seed);
                random.nextBytes(message);

                assertThat(Ed25519KeyPair.fromSeed(seed).sign(message)).isEqualTo(signWithJdk(seed, message));
            }
        }

        private byte[] signWithJdk(byte[] seed, byte[] message) throws Exception {
            byte[] encoded = HEX.parseHex("302e020100300506032b657004220420" + HEX.formatHex(seed));
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(encoded)));
            signature.update(message);
            return signature.sign();
        }
    }

    @Nested
    class Verification {

        private final byte[] message = "a message".getBytes(UTF_8);
        private final byte[] signature = directory.sign(message);

        @Test
        void fails_for_any_flipped_bit() {
            for (int bit = 0; bit < signature.length * 8; bit++) {
                byte[] changed = signature.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(Ed25519KeyPair.verify(directory.publicKey(), message, changed))
                        .isFalse();
            }
            for (int bit = 0; bit < 256; bit++) {
                byte[] changed = directory.publicKey();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(Ed25519KeyPair.verify(changed, message, signature)).isFalse();
            }
            assertThat(Ed25519KeyPair.verify(directory.publicKey(), "another".getBytes(UTF_8), signature))
                    .isFalse();
        }

        @Test
        void fails_for_wrong_lengths() {
            for (int length : new int[] {0, 31, 33, 63, 65, 128}) {
                assertThat(Ed25519KeyPair.verify(Arrays.copyOf(directory.publicKey(), length), message, signature))
                        .isFalse();
                assertThat(Ed25519KeyPair.verify(directory.publicKey(), message, Arrays.copyOf(signature, length)))
                        .isFalse();
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "0100000000000000000000000000000000000000000000000000000000000000",
                    "0100000000000000000000000000000000000000000000000000000000000080",
                    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                    "0000000000000000000000000000000000000000000000000000000000000000",
                    "0000000000000000000000000000000000000000000000000000000000000080",
                    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                    "0200000000000000000000000000000000000000000000000000000000000000"
                })
        void fails_under_a_key_nobody_can_own(String hex) {
            byte[] key = HEX.parseHex(hex);
            byte[] forged = new byte[64];
            forged[0] = 1;

            assertThat(Ed25519KeyPair.isPublicKey(key)).isFalse();
            assertThat(Ed25519KeyPair.verify(key, message, forged)).isFalse();
        }

        @Test
        void fails_for_a_scalar_that_is_not_reduced() {
            byte[] malleable = signature.clone();
            byte[] order = HEX.parseHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
            int carry = 0;
            for (int i = 0; i < 32; i++) {
                carry += (malleable[32 + i] & 0xff) + (order[i] & 0xff);
                malleable[32 + i] = (byte) carry;
                carry >>= 8;
            }

            assertThat(Ed25519KeyPair.verify(directory.publicKey(), message, malleable))
                    .isFalse();
        }
    }

    @Test
    void keys_are_made_anew_and_live_on_through_their_seed() {
        SecureRandom random = new SecureRandom();
        Ed25519KeyPair made = Ed25519KeyPair.generate(random);

        assertThat(made.publicKey())
                .isNotEqualTo(Ed25519KeyPair.generate(random).publicKey());
        assertThat(Ed25519KeyPair.fromSeed(made.seed()).publicKey()).isEqualTo(made.publicKey());
        assertThat(Ed25519KeyPair.isPublicKey(made.publicKey())).isTrue();
    }

    @Test
    void keys_cannot_be_changed_from_outside() {
        byte[] seed = filled(0x07);
        Ed25519KeyPair pair = Ed25519KeyPair.fromSeed(seed);
        Arrays.fill(seed, (byte) 0);
        Arrays.fill(pair.publicKey(), (byte) 0);
        Arrays.fill(pair.seed(), (byte) 0);

        assertThat(pair.sign(new byte[0])).isEqualTo(directory.sign(new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 64})
    void a_seed_of_another_length_is_refused(int length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ed25519KeyPair.fromSeed(new byte[length]))
                .withMessageContaining(String.valueOf(length));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConfidentialityKeyPair.fromPrivate(new byte[length]))
                .withMessageContaining(String.valueOf(length));
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
