package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoEmbeddingTest {

    private static double cosine(String one, String two) {
        double[] a = DemoEmbedding.of(one, 64);
        double[] b = DemoEmbedding.of(two, 64);
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
        }
        return product;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "!?", "a", "The quick brown fox", "世界", "👋", "\u0301"})
    void every_text_has_a_vector_of_length_one(String text) {
        assertThat(cosine(text, text)).isCloseTo(1, within(1e-5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 2048})
    void every_number_of_dimensions_works(int dimensions) {
        assertThat(DemoEmbedding.of("hello", dimensions)).hasSize(dimensions).doesNotContain(Double.NaN);
    }

    @Test
    void equal_texts_give_equal_vectors_and_case_makes_no_difference() {
        assertThat(DemoEmbedding.of("Hello, World", 64)).isEqualTo(DemoEmbedding.of("hello world", 64));
    }

    @Test
    void different_signs_are_different_texts() {
        assertThat(DemoEmbedding.of("!", 64)).isNotEqualTo(DemoEmbedding.of("?", 64));
    }

    @Test
    void texts_that_share_words_are_closer_than_those_that_do_not() {
        List<List<String>> pairs = List.of(
                List.of("The cat sits on the mat", "A cat lies on our mat"),
                List.of("Berlin is the capital of Germany", "What is the capital of Germany?"),
                List.of("Quarterly revenue exceeded expectations", "Revenue fell short of expectations"),
                List.of("encrypt this message", "message encryption"));
        for (List<String> pair : pairs) {
            double near = cosine(pair.get(0), pair.get(1));
            for (List<String> other : pairs) {
                if (other != pair) {
                    assertThat(near).as("%s / %s", pair, other).isGreaterThan(cosine(pair.get(0), other.get(1)) + 0.1);
                }
            }
        }
    }

    @Test
    void a_text_beyond_the_limit_counts_as_its_beginning() {
        String beginning = "word ".repeat(DemoEmbedding.LONGEST_TEXT / 5 + 1).substring(0, DemoEmbedding.LONGEST_TEXT);
        assertThat(DemoEmbedding.of(beginning + " more of it", 8)).isEqualTo(DemoEmbedding.of(beginning, 8));
    }
}
