package network.iicp.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every public type, method, constant and record component of the published modules is documented. */
@Tag("architecture")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DocumentationTest {

    static List<Path> published_modules() throws IOException {
        try (Stream<Path> beside = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            return beside.filter(folder -> folder.getFileName().toString().startsWith("iicp-"))
                    .map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("published_modules")
    void the_public_API_is_documented(Path sources) throws IOException {
        assertThat(UndocumentedApi.below(sources)).isEmpty();
    }

    @Test
    void the_check_finds_what_lacks_a_comment(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("Sample.java"), """
                package sample;
                /**
                 * Said.
                 *
                 * @param said a word
                 */
                public record Sample(String said, String unsaid) {
                    public Sample {}
                    public static final int LOOSE = 1;
                    /** Said. */
                    public void fine() {}
                    public void bare() {}
                    @Override public String toString() { return ""; }
                    void hidden() {}
                    private int alsoHidden() { return 1; }
                    interface NotPublic { void neither(); }
                    public interface Port { void call(); }
                    /** Said. */
                    public enum Colour { RED }
                }
                """);

        assertThat(UndocumentedApi.below(folder))
                .containsExactly(
                        "Sample: @param unsaid (Sample.java:7)",
                        "Sample.LOOSE (Sample.java:9)",
                        "Sample.bare (Sample.java:12)",
                        "Port (Sample.java:17)",
                        "Port.call (Sample.java:17)",
                        "Colour.RED (Sample.java:19)");
    }
}
