package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class VariablesGuideTest {

    private static final Pattern ROW = Pattern.compile("\\| `(IICP_[A-Z_]+)` \\| `([a-z0-9.-]+)` \\|");

    @Test
    void the_reference_lists_every_variable_that_is_read() throws IOException {
        Path page = Path.of(System.getProperty("basedir", "."), "..", "docs", "configuration.md");
        Map<String, String> documented = new TreeMap<>();
        Matcher rows = ROW.matcher(Files.readString(page));
        while (rows.find()) {
            documented.put(rows.group(1), rows.group(2));
        }

        assertThat(documented).isEqualTo(OfficialEnvironment.PROPERTIES);
    }
}
