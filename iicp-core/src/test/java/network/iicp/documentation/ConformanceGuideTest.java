package network.iicp.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConformanceGuideTest {

    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))#([A-Za-z0-9_]+)`");

    /** Test classes of all modules, with their sources. */
    private static Map<String, String> tests() throws IOException {
        Path root = Path.of(System.getProperty("basedir", "."), "..");
        Map<String, String> sources = new TreeMap<>();
        List<Path> folders;
        try (Stream<Path> modules = Files.walk(root, 2)) {
            folders = modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList();
        }
        for (Path folder : folders) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }

    @Test
    void every_test_that_is_claimed_exists() throws IOException {
        Map<String, String> sources = tests();
        List<String> missing = new ArrayList<>();
        int claims = 0;
        for (String line : Guide.read("conformance.md").lines()) {
            Matcher claim = TEST.matcher(line);
            while (claim.find()) {
                claims++;
                String source = sources.getOrDefault(claim.group(1), "");
                if (!source.contains(" " + claim.group(2) + "(")) {
                    missing.add(claim.group());
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(claims).isGreaterThan(10);
    }

    @Test
    void every_rule_of_a_provider_has_a_test_or_says_what_is_missing() {
        assertThat(Guide.read("conformance.md").table("Provider")).allSatisfy(row -> {
            assertThat(row).hasSize(4);
            assertThat(row.get(3)).as(row.get(0)).isNotBlank();
            assertThat(!row.get(2).isBlank() || row.get(3).startsWith("no"))
                    .as(row.get(0))
                    .isTrue();
        });
    }
}
