package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The vector is the one of the directory contract; it was made there by another implementation. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ReplicaSignatureTest {

    private static final URI ASKED =
            URI.create("https://replica.example/v1/discover?intent=urn%3Aiicp%3Aintent%3Allm%3Achat%3Av1");
    private static final byte[] BODY = "{\"nodes\":[]}".getBytes(UTF_8);
    private static final String SIGNATURE =
            "087bad1046507c8568c08ce7d0062cd936a71a3e51757e4b0954f87255b77b307572323b675b1a63bbefba1b16f3d428"
                    + "0807514126eac6a514d396bff3f0690e";

    private static byte[] key() {
        byte[] seed = new byte[32];
        Arrays.fill(seed, (byte) 0x11);
        return Ed25519KeyPair.fromSeed(seed).publicKey();
    }

    @Test
    void has_the_known_text_and_digest() {
        String text = ReplicaSignature.text("GET", ASKED, "1080", BODY);
        assertThat(text)
                .isEqualTo("GET:/v1/discover:intent=urn%3Aiicp%3Aintent%3Allm%3Achat%3Av1:1080:"
                        + "acf2fa576acb702442f9d0101673354c398db67315c066ca48be8db8e0d2c75b");
        assertThat(HexFormat.of().formatHex(Hashes.sha256(text.getBytes(UTF_8))))
                .isEqualTo("ffd079e611471b4838e2d058021f837ada2e9e9291c46a268f700b5317d86061");
    }

    @Test
    void the_known_signature_is_accepted_and_nothing_else() {
        assertThat(ReplicaSignature.verify(key(), "GET", ASKED, "1080", BODY, SIGNATURE))
                .isTrue();
        assertThat(ReplicaSignature.verify(key(), "POST", ASKED, "1080", BODY, SIGNATURE))
                .isFalse();
        assertThat(ReplicaSignature.verify(key(), "GET", ASKED, "1081", BODY, SIGNATURE))
                .isFalse();
        assertThat(ReplicaSignature.verify(key(), "GET", ASKED, "1080", new byte[0], SIGNATURE))
                .isFalse();
        assertThat(ReplicaSignature.verify(key(), "GET", URI.create(ASKED + "&limit=1"), "1080", BODY, SIGNATURE))
                .isFalse();
        for (String text : new String[] {null, "", "00", SIGNATURE.toUpperCase(), SIGNATURE + "0"}) {
            assertThat(ReplicaSignature.verify(key(), "GET", ASKED, "1080", BODY, text))
                    .isFalse();
        }
        for (String sequence : new String[] {null, "", "-1", "1:0", "9".repeat(40)}) {
            assertThat(ReplicaSignature.verify(key(), "GET", ASKED, sequence, BODY, SIGNATURE))
                    .isFalse();
        }
    }

    @Test
    void the_order_and_the_spelling_of_the_query_do_not_matter() {
        String expected = ReplicaSignature.text("GET", URI.create("http://h/p?a=1&b=x%20y&b=~"), "1", BODY);
        assertThat(ReplicaSignature.text("GET", URI.create("http://h/p?b=%7E&b=x+y&a=1"), "1", BODY))
                .isEqualTo(expected);
        assertThat(expected).startsWith("GET:/p:a=1&b=x%20y&b=~:1:");
        assertThat(ReplicaSignature.text("GET", URI.create("http://h/p"), "1", BODY))
                .startsWith("GET:/p::1:");
    }
}
