package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.micrometer.MicrometerCalls;
import network.iicp.micrometer.MicrometerTasks;
import network.iicp.samples.guides.Guides.Block;
import network.iicp.samples.guides.Guides.Page;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConfigurationGuideTest {

    private static final List<String> SECTIONS = List.of(
            "Mesh and client",
            "Spring AI: chat",
            "Spring AI: embedding",
            "Spring AI: moderation",
            "Spring AI: transcription",
            "Spring AI: speech",
            "LangChain4j",
            "Node");
    private static final Pattern PROPERTY = Pattern.compile("`((?:iicp|spring\\.ai\\.iicp)\\.[a-z0-9.-]+)(?:=[^`]*)?`");
    private static final Map<String, String> defaults = new TreeMap<>();

    @BeforeAll
    static void readMetadata() throws IOException {
        List<URL> files = Collections.list(ConfigurationGuideTest.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"));
        for (URL file : files) {
            try (InputStream in = file.openStream()) {
                JsonObject metadata = JsonObject.parse(in.readAllBytes(), JsonLimits.DEFAULT.withMaxBytes(8 << 20));
                for (JsonObject property : metadata.objects("properties")) {
                    String name = property.string("name");
                    if (name.startsWith("iicp.") || name.startsWith("spring.ai.iicp.")) {
                        defaults.put(name, text(property.raw("defaultValue")));
                    }
                }
            }
        }
        assertThat(defaults).isNotEmpty();
    }

    private static String text(Object value) {
        if (value == null) {
            return "";
        }
        return value instanceof List<?> list
                ? String.join(", ", list.stream().map(String::valueOf).toList())
                : String.valueOf(value);
    }

    /** Observations and their keys look like properties. */
    private static final Set<String> OBSERVED = Set.of(
            MicrometerCalls.CALL,
            MicrometerCalls.ATTEMPT,
            MicrometerTasks.TASK,
            MicrometerTasks.ENGINE,
            "iicp.qos",
            "iicp.attempt.reason",
            "iicp.encrypted",
            "iicp.intent",
            "iicp.outcome",
            "iicp.streaming");

    @Test
    void the_reference_lists_every_property_with_its_default() {
        Page page = Guides.page("docs/configuration.md");
        Map<String, String> documented = new TreeMap<>();
        for (String section : SECTIONS) {
            for (List<String> row : page.table(section)) {
                assertThat(documented.put(row.get(0), row.get(1)))
                        .as(row.get(0))
                        .isNull();
                assertThat(row.get(2)).as(row.get(0)).isNotBlank();
            }
        }

        assertThat(documented).isEqualTo(defaults);
    }

    @Test
    void every_property_that_a_page_mentions_exists() {
        Set<String> unknown = new TreeSet<>();
        for (Page page : Guides.all()) {
            if (page.path().startsWith("docs/decisions") || page.path().equals("docs/architecture.md")) {
                continue;
            }
            for (String line : page.prose()) {
                Matcher matcher = PROPERTY.matcher(line);
                while (matcher.find()) {
                    if (!exists(matcher.group(1)) && !OBSERVED.contains(matcher.group(1))) {
                        unknown.add(page.path() + ": " + matcher.group(1));
                    }
                }
            }
        }

        assertThat(unknown).isEmpty();
    }

    @Test
    void every_property_in_an_example_exists() {
        List<String> unknown = new ArrayList<>();
        for (Page page : Guides.all()) {
            for (Block block : page.blocks("yaml")) {
                Object yaml = new Yaml().load(String.join("\n", block.lines()));
                for (String key : keys("", yaml)) {
                    boolean ours = key.startsWith("iicp.") || key.startsWith("spring.ai.iicp.");
                    if (ours && !exists(key)) {
                        unknown.add(block + ": " + key);
                    }
                }
            }
        }

        assertThat(unknown).isEmpty();
    }

    /** A prefix such as {@code iicp.node} stands for all below it. */
    private static boolean exists(String name) {
        String prefix = name.replaceFirst("\\.$", "") + ".";
        return defaults.containsKey(name)
                || defaults.keySet().stream().anyMatch(known -> known.startsWith(prefix))
                || name.startsWith("iicp.node.backend.headers.");
    }

    private static List<String> keys(String prefix, Object node) {
        if (!(node instanceof Map<?, ?> map)) {
            return List.of(prefix);
        }
        List<String> keys = new ArrayList<>();
        map.forEach(
                (key, value) -> keys.addAll(keys(prefix.isEmpty() ? String.valueOf(key) : prefix + "." + key, value)));
        return keys;
    }
}
