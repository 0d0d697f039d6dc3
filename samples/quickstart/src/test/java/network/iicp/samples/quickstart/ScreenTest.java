package network.iicp.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ScreenTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Screen screen = new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    private List<String> lines() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void a_long_answer_is_wrapped_between_words_and_indented() {
        screen.answer("word ".repeat(40).strip());

        assertThat(lines().stream().filter(line -> !line.isBlank()))
                .hasSize(3)
                .allMatch(line -> line.startsWith("     word") && line.length() <= 78 && !line.endsWith(" "));
    }

    @Test
    void parts_of_a_stream_read_like_the_whole() {
        String text = "One part ends in the midd" + "le of a word, another at a space. \nAnd a line ends.";
        for (int i = 0; i < text.length(); i++) {
            screen.more(text.substring(i, i + 1));
        }
        screen.end();

        assertThat(lines())
                .containsExactly(
                        "",
                        "     One part ends in the middle of a word, another at a space.",
                        "     And a line ends.",
                        "");
    }

    @Test
    void a_word_that_is_longer_than_a_line_is_cut() {
        screen.answer("x".repeat(200));

        assertThat(String.join("", lines()).replace(" ", "")).isEqualTo("x".repeat(200));
        assertThat(lines()).allMatch(line -> line.length() <= 78);
    }

    @Test
    void control_characters_of_a_model_do_not_reach_the_terminal() {
        screen.answer("\u001b[31mred\u001b[0m \u0007bell\r\n\tnext");

        assertThat(bytes.toString(StandardCharsets.UTF_8)).doesNotContain("\u001b", "\u0007");
        assertThat(lines()).contains("     [31mred[0m bell", "     next");
    }

    @Test
    void characters_beyond_the_basic_plane_stay_whole() {
        screen.answer("snail \uD83D\uDC0C!");

        assertThat(lines()).contains("     snail \uD83D\uDC0C!");
    }

    @Test
    void steps_wait_until_the_answer_is_complete() {
        screen.more("Half an ");
        screen.step("answer", "from alpha");
        screen.more("answer.");
        screen.end();
        screen.say("next");

        assertThat(lines()).containsExactly("", "     Half an answer.", "     answer    from alpha", "", "  next");
    }

    @Test
    void an_end_without_an_answer_writes_nothing() {
        screen.end();

        assertThat(bytes.size()).isZero();
    }
}
