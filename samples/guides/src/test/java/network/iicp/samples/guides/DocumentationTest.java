package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import network.iicp.samples.guides.Guides.Block;
import network.iicp.samples.guides.Guides.Page;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DocumentationTest {

    private static final Set<String> LANGUAGES =
            Set.of("java", "xml", "yaml", "properties", "console", "text", "json", "http");

    private static String pom(String folder) throws IOException {
        return Files.readString(Guides.PROJECT.resolve(folder).resolve("pom.xml"));
    }

    private static String version(String property) throws IOException {
        Matcher matcher = Pattern.compile("<%1$s>([^<]+)</%1$s>".formatted(Pattern.quote(property)))
                .matcher(pom("."));
        assertThat(matcher.find()).as(property).isTrue();
        return matcher.group(1);
    }

    /** Lines without indentation and blank ones: what a reader compares. */
    private static List<String> essence(List<String> lines) {
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    private static List<List<String>> sources() throws IOException {
        List<List<String>> sources = new ArrayList<>();
        for (String sample : List.of("samples/guides/src", "samples/quickstart/src")) {
            try (Stream<Path> files = Files.walk(Guides.PROJECT.resolve(sample))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .map(Guides::read)
                        .map(DocumentationTest::essence)
                        .forEach(sources::add);
            }
        }
        return sources;
    }

    @Test
    void every_Java_example_is_part_of_a_source_file_that_is_compiled() throws IOException {
        List<List<String>> sources = sources();
        List<String> strangers = new ArrayList<>();
        for (Page page : Guides.all()) {
            for (Block block : page.blocks("java")) {
                List<String> example = essence(block.lines());
                boolean known =
                        sources.stream().anyMatch(source -> java.util.Collections.indexOfSubList(source, example) >= 0);
                if (!known || example.isEmpty()) {
                    strangers.add(block.toString());
                }
            }
        }

        assertThat(strangers)
                .as("examples that are in no file of samples/guides or samples/quickstart")
                .isEmpty();
    }

    @Test
    void every_block_says_what_it_is() {
        assertThat(Guides.all().stream()
                        .filter(page -> !page.path().startsWith("docs/decisions"))
                        .flatMap(page -> page.blocks().stream())
                        .filter(block -> !LANGUAGES.contains(block.language())))
                .isEmpty();
    }

    @Test
    void every_link_inside_the_project_leads_somewhere() {
        List<String> broken = new ArrayList<>();
        for (Page page : Guides.all()) {
            Path folder = Path.of(page.path()).getParent();
            for (String link : page.links()) {
                if (!link.contains(":") && !leadsSomewhere(page, folder == null ? Path.of("") : folder, link)) {
                    broken.add(page.path() + ": " + link);
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Page from, Path folder, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        String target = file.isEmpty()
                ? from.path()
                : folder.resolve(file).normalize().toString().replace('\\', '/');
        if (!Files.exists(Guides.PROJECT.resolve(target))) {
            return false;
        }
        return hash < 0 || Guides.page(target).anchors().contains(link.substring(hash + 1));
    }

    @Test
    void the_readme_leads_to_every_guide() {
        List<String> links = Guides.page("README.md").links();

        assertThat(links)
                .containsAll(Guides.all().stream()
                        .map(Page::path)
                        .filter(path -> path.matches("docs/[^/]+\\.md"))
                        .toList());
    }

    @Test
    void dependencies_in_examples_are_modules_of_this_build() throws IOException {
        String version = version("version");
        Pattern dependency =
                Pattern.compile("<groupId>([^<]+)</groupId><artifactId>([^<]+)</artifactId><version>([^<]+)</version>");
        for (Page page : Guides.all()) {
            for (Block block : page.blocks("xml")) {
                Matcher matcher = dependency.matcher(String.join("", essence(block.lines())));
                int found = 0;
                while (matcher.find()) {
                    found++;
                    if (matcher.group(1).equals("network.iicp")) {
                        assertThat(pom(matcher.group(2))).contains("<artifactId>" + matcher.group(2) + "</artifactId>");
                        assertThat(matcher.group(3)).as(block.toString()).isEqualTo(version);
                    }
                }
                assertThat(found).as(block.toString()).isPositive();
            }
        }
    }

    @Test
    void the_table_of_modules_names_the_modules_of_the_build() throws IOException {
        Set<String> modules = Pattern.compile("<module>([^<]+)</module>")
                .matcher(pom(".").replaceAll("(?s)<profiles>.*</profiles>", ""))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(Guides.page("README.md").table("Modules").stream().map(row -> row.get(0)))
                .containsExactlyInAnyOrderElementsOf(modules);
    }

    @Test
    void the_table_of_versions_says_what_is_built_with() throws IOException {
        Map<String, String> built = Map.of(
                "Java", version("maven.compiler.release"),
                "Spring Boot", version("spring-boot.version"),
                "Spring AI", version("spring-ai.version"),
                "LangChain4j", version("langchain4j-core.version"));

        assertThat(Guides.page("README.md").table("Versions"))
                .allSatisfy(row -> assertThat(row.get(1)).isEqualTo(built.get(row.get(0))))
                .hasSize(built.size());
    }

    @Test
    void the_first_command_of_the_readme_runs_the_quickstart() {
        assertThat(Guides.page("README.md").blocks("console").get(0).lines())
                .singleElement()
                .asString()
                .startsWith("mvn ")
                .contains("-pl samples/quickstart -am")
                .endsWith(" spring-boot:run");
    }

    @Test
    void lines_end_where_their_text_ends() {
        for (Page page : Guides.all()) {
            assertThat(page.lines()).as(page.path()).noneMatch(line -> line.endsWith(" ") || line.contains("\t"));
        }
    }
}
