package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The primitives against their RFCs and against the JDK. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyDerivationTest {

    private static final HexFormat HEX = HexFormat.of();

    @Test
    void x25519_agrees_with_the_iterated_vector_of_RFC_7748() {
        byte[] scalar = HEX.parseHex("09" + "00".repeat(31));
        byte[] point = scalar;
        for (int i = 1; i <= 1000; i++) {
            byte[] result =
                    ConfidentialityKeyPair.fromPrivate(scalar).agree(point).orElseThrow();
            point = scalar;
            scalar = result;
            if (i == 1) {
                assertThat(HEX.formatHex(scalar))
                        .isEqualTo("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
            }
        }

        assertThat(HEX.formatHex(scalar)).isEqualTo("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
    }

    @Test
    void hkdf_agrees_with_RFC_5869() {
        byte[] secret = HEX.parseHex("0b".repeat(22));
        byte[] salt = HEX.parseHex("000102030405060708090a0b0c");
        byte[] info = HEX.parseHex("f0f1f2f3f4f5f6f7f8f9");

        assertThat(HEX.formatHex(Hkdf.derive(secret, salt, info)))
                .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    @Test
    void both_agree_with_the_JDK_for_seeded_inputs() throws Exception {
        Random random = new Random(7748);
        for (int i = 0; i < 50; i++) {
            ConfidentialityKeyPair ours = ConfidentialityKeyPair.fromPrivate(bytes(random, 32));
            ConfidentialityKeyPair theirs = ConfidentialityKeyPair.fromPrivate(bytes(random, 32));
            byte[] salt = bytes(random, 12);
            byte[] secret = JdkConfidentiality.agree(ours.privateKey(), theirs.rawPublicKey());

            assertThat(theirs.agree(ours.rawPublicKey())).contains(secret);
            assertThat(ours.agree(theirs.rawPublicKey())).contains(secret);
            assertThat(Hkdf.derive(secret, salt, ("info" + i).getBytes(UTF_8)))
                    .isEqualTo(JdkConfidentiality.hkdf(secret, salt, "info" + i));
        }
    }

    @Test
    void a_public_key_is_accepted_below_the_prime_and_refused_from_it_on() {
        ConfidentialityKeyPair pair = ConfidentialityKeyPair.fromPrivate(FixedRandom.counting(1, 32));
        byte[] largest = HEX.parseHex("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        byte[] prime = HEX.parseHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        byte[] topBit = HEX.parseHex("0900000000000000000000000000000000000000000000000000000000000080");
        byte[] base = HEX.parseHex("0900000000000000000000000000000000000000000000000000000000000000");

        assertThat(pair.agree(largest)).isPresent();
        assertThat(pair.agree(base)).contains(pair.rawPublicKey());
        assertThat(pair.agree(prime)).isEmpty();
        assertThat(pair.agree(topBit)).isEmpty();
        assertThat(pair.agree(new byte[31])).isEmpty();
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
