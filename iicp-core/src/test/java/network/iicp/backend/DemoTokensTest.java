package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoTokensTest {

    @Test
    void words_carry_the_white_space_before_them_and_signs_stand_alone() {
        assertThat(DemoTokens.of("Hello,  big world!\n"))
                .isEqualTo(List.of("Hello", ",", "  big", " world", "!", "\n"));
    }

    @Test
    void long_words_are_cut() {
        assertThat(DemoTokens.of("internationalization")).isEqualTo(List.of("internat", "ionaliza", "tion"));
    }

    @Test
    void ideographs_and_emoji_are_one_token_each_and_never_cut_in_half() {
        assertThat(DemoTokens.of("世界 👋🏽é")).isEqualTo(List.of("世", "界", " 👋", "🏽", "é"));
    }

    @Test
    void the_empty_text_has_no_token() {
        assertThat(DemoTokens.of("")).isEmpty();
        assertThat(DemoTokens.count("")).isZero();
    }

    @Test
    void the_tokens_together_are_the_text_again() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(42);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                int codePoint = random.nextInt(4) == 0 ? random.nextInt(0x20, 0x2FFFF) : random.nextInt(0x20, 0x7F);
                text.appendCodePoint(codePoint >= 0xD800 && codePoint <= 0xDFFF ? ' ' : codePoint);
            }
            List<String> tokens = DemoTokens.of(text.toString());
            assertThat(String.join("", tokens)).isEqualTo(text.toString());
            assertThat(DemoTokens.count(text.toString())).isEqualTo(tokens.size());
            assertThat(tokens).doesNotContain("");
        }
    }
}
