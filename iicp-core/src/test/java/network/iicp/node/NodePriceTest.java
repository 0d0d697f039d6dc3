package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodePriceTest {

    private static final String KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    @Test
    void the_signature_is_the_known_answer() {
        assertThat(new NodePrice(1.5, "per_token", true).declare(KEY).declarationSignature())
                .isEqualTo("b773394cb7aff1dab1816e5b48b4f95611661808192661402a87fd476cfdb36f");
    }

    @ParameterizedTest
    @CsvSource({"2.0,2", "0.05,0.05", "0,0", "1000,1000", "6.5,6.5"})
    void numbers_are_signed_in_their_shortest_form(double multiplier, String printed) {
        String text = "{\"credit_cost_multiplier\":%s,\"pricing_model\":\"flat\"}".formatted(printed);

        assertThat(new NodePrice(multiplier, "flat", true).declare(KEY).declarationSignature())
                .isEqualTo(network.iicp.crypto.Hashes.hmacSha256Hex(KEY, text));
    }

    @Test
    void an_unsigned_price_has_no_signature_and_an_impossible_one_is_refused() {
        assertThat(new NodePrice(1, "flat", false).declare().declarationSignature())
                .isNull();
        assertThatThrownBy(() -> new NodePrice(1001, "flat", false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new NodePrice(1, "free", false)).isInstanceOf(IllegalArgumentException.class);
    }
}
