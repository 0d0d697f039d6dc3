package network.iicp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import network.iicp.documentation.Guide;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CliGuideTest {

    private static final Pattern ENVIRONMENT = Pattern.compile("\\$\\{env:([A-Z_]+):-(.*)}");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    private static CommandLine commandLine() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return IicpNodeCommand.commandLine(nowhere, nowhere);
    }

    private static CommandLine command(String name) {
        return commandLine().getSubcommands().get(name);
    }

    /** What an option says of itself: variable and default, before picocli has looked at the environment. */
    private static List<String> facts(OptionSpec option) {
        String value = "";
        if (option.userObject() instanceof Field field) {
            value = field.getAnnotation(CommandLine.Option.class).defaultValue();
        }
        Matcher matcher = ENVIRONMENT.matcher(value);
        if (matcher.matches()) {
            return List.of(matcher.group(1), matcher.group(2));
        }
        return List.of("", value.startsWith("__no_default") ? "" : value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"directory", "serve", "query", "list"})
    void the_guide_lists_every_flag_with_its_variable_and_default(String name) {
        Map<String, List<String>> expected = new TreeMap<>();
        for (OptionSpec option : command(name).getCommandSpec().options()) {
            if (!option.inherited() && !option.usageHelp() && !option.versionHelp()) {
                expected.put(option.longestName(), facts(option));
            }
        }
        Map<String, List<String>> documented = new TreeMap<>();
        for (List<String> row : Guide.read("cli.md").table(name)) {
            documented.put(row.get(0).split(" ", -1)[0], List.of(row.get(1), row.get(2)));
            assertThat(row.get(3)).as(row.get(0)).isNotBlank();
        }

        assertThat(documented).isEqualTo(expected);
    }

    @Test
    void the_guide_has_every_command() {
        assertThat(Guide.read("cli.md").table("Commands").stream().map(row -> row.get(0)))
                .containsExactlyInAnyOrderElementsOf(
                        commandLine().getSubcommands().keySet());
    }

    @Test
    void the_guide_says_what_exit_codes_mean() {
        assertThat(Guide.read("cli.md").table("Exit codes").stream().map(row -> row.get(0)))
                .containsExactly(
                        String.valueOf(ExitCode.OK), String.valueOf(ExitCode.FAILED), String.valueOf(ExitCode.USAGE));
    }

    @Test
    void the_command_lines_of_all_pages_are_right() throws Exception {
        int checked = 0;
        for (Path page : pages()) {
            for (String line : Files.readAllLines(page)) {
                String call = line.replaceFirst("^java -jar iicp-core/target/iicp-node\\.jar ", "iicp-node ");
                if (call.startsWith("iicp-node ")) {
                    commandLine().parseArgs(words(call.substring("iicp-node ".length())));
                    checked++;
                }
            }
        }

        assertThat(checked).isPositive();
    }

    private static List<Path> pages() {
        Path project = Path.of(System.getProperty("basedir", "."), "..");
        List<Path> pages = new ArrayList<>(List.of(project.resolve("README.md")));
        try (Stream<Path> files = Files.list(project.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
        return pages;
    }

    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            String quoted = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            words.add(quoted == null ? matcher.group(3) : quoted);
        }
        return words.toArray(String[]::new);
    }
}
