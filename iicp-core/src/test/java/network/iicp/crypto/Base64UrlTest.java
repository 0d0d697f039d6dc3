package network.iicp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class Base64UrlTest {

    @Test
    void every_length_is_read_with_and_without_padding() {
        Random random = new Random(64);
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String text = Base64Url.encode(bytes);

            assertThat(text).doesNotContain("=");
            assertThat(Base64Url.decode(text, length)).contains(bytes);
            assertThat(Base64Url.decode(Base64.getUrlEncoder().encodeToString(bytes), length))
                    .contains(bytes);
            assertThat(Base64Url.decode(text, length - 1)).isEmpty();
            assertThat(Base64Url.decodeExactly(text, length + 1)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "AAAAA",
                "=",
                "==",
                "====",
                "A=",
                "A==",
                "A===",
                "AA=",
                "AAA==",
                "AA===",
                "AAAA=",
                "AAAA====",
                "AA=A",
                "A A=",
                "AAA\n",
                "AA+A",
                "AA/A",
                "AAA\u00e4",
                "AAA\uff21",
                "AA\ud83d\ude00",
                "AB",
                "AB==",
                "AAB",
                "AAB="
            })
    void anything_but_the_one_spelling_is_refused(String text) {
        assertThat(Base64Url.decode(text, 100)).isEmpty();
    }

    @Test
    void a_text_too_long_is_refused_without_reading_it() {
        assertThat(Base64Url.decode("!".repeat(1000), 12)).isEmpty();
        assertThat(Base64Url.decode("AAAA", 0)).isEmpty();
        assertThat(Base64Url.decode("", 0)).contains(new byte[0]);
    }
}
