package network.iicp.samples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BenchmarksTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        return Benchmarks.run(
                List.of(words),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void without_a_run_it_says_what_there_is() {
        assertThat(run()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("consumer", "provider", "soak", "no-lost-call", "cut-streams", "provider-faults", "jmh")
                .doesNotContain("role-");
    }

    @Test
    void an_unknown_run_or_option_is_a_wrong_command_line() {
        assertThat(run("fly")).isEqualTo(2);
        assertThat(run("consumer", "--height", "3")).isEqualTo(2);
        assertThat(run("consumer", "--rounds", "0")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("fly", "--height", "--rounds");
    }

    @Test
    void options_have_defaults_and_ranges() {
        List<Arguments.Option> known = List.of(
                new Arguments.Option("rounds", "", "5"),
                new Arguments.Option("python", "", ""),
                new Arguments.Option("connections", "", "1,16"));
        Arguments given = Arguments.parse(List.of("--rounds", "7"), known);
        assertThat(given.number("rounds", 1)).isEqualTo(7);
        assertThat(given.optional("python")).isEmpty();
        assertThat(given.numbers("connections")).containsExactly(1, 16);
        assertThatThrownBy(() -> given.number("rounds", 8)).hasMessageContaining("at least 8");
        assertThatThrownBy(() -> Arguments.parse(List.of("--rounds"), known)).hasMessageContaining("needs a value");
    }
}
