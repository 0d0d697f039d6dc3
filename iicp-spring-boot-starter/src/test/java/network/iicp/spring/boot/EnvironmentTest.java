package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Official environment variables, and the metadata that editors show. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EnvironmentTest {

    private static IicpNodeProperties node(StandardEnvironment environment) {
        return Binder.get(environment).bindOrCreate("iicp.node", IicpNodeProperties.class);
    }

    @Test
    void variables_of_the_command_line_are_properties_of_the_node() {
        StandardEnvironment environment = Environments.of(Map.ofEntries(
                Map.entry("IICP_BACKEND_URL", "http://localhost:8000"),
                Map.entry("IICP_BACKEND_TYPE", "openai_compat"),
                Map.entry("IICP_BACKEND_API_KEY", "sk-123"),
                Map.entry("IICP_BACKEND_MODEL", "llama3:8b"),
                Map.entry("IICP_PUBLIC_ENDPOINT", "https://node.example"),
                Map.entry("IICP_HOST", "::"),
                Map.entry("IICP_PORT", "9490"),
                Map.entry("IICP_MAX_CONCURRENT", "8"),
                Map.entry("IICP_JOIN_TOKEN", "join"),
                Map.entry("IICP_CX_KEY_DIR", "/var/lib/iicp"),
                Map.entry("IICP_NODE_ID", "node-1"),
                Map.entry("IICP_NODE_AUTHENTICATION", "token"),
                Map.entry("IICP_NODE_ENABLED", "true")));

        IicpNodeProperties node = node(environment);

        assertThat(node.backend().url()).hasPort(8000);
        assertThat(node.backend().type()).isEqualTo(BackendType.OPENAI_COMPAT);
        assertThat(node.backend().apiKey()).isEqualTo("sk-123");
        assertThat(node.model()).containsExactly("llama3:8b");
        assertThat(node.endpoint()).hasHost("node.example");
        assertThat(node.host()).isEqualTo("::");
        assertThat(node.port()).isEqualTo(9490);
        assertThat(node.maxConcurrent()).isEqualTo(8);
        assertThat(node.joinToken()).isEqualTo("join");
        assertThat(node.keyDirectory()).hasToString("/var/lib/iicp");
        assertThat(node.id()).isEqualTo("node-1");
        assertThat(node.authentication()).hasToString("TOKEN");
        assertThat(node.enabled()).isTrue();
    }

    @Test
    void properties_go_before_the_variables_of_the_command_line() {
        StandardEnvironment environment = Environments.of(Map.of("IICP_PORT", "9490"));
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("application", Map.of("iicp.node.port", "9500")));

        assertThat(node(environment).port()).isEqualTo(9500);
    }

    @Test
    void blank_variables_are_not_set() {
        StandardEnvironment environment =
                Environments.of(Map.of("IICP_PORT", " ", "IICP_BACKEND_URL", "", "IICP_BACKEND_API_KEY", ""));

        assertThat(node(environment).port()).isEqualTo(9484);
        assertThat(node(environment).backend().isSet()).isFalse();
        assertThat(environment.getPropertySources().contains(OfficialEnvironment.SOURCE))
                .isFalse();
    }

    @Test
    void other_official_variables_do_not_disturb() {
        StandardEnvironment environment = Environments.of(Map.of("IICP_NODE_NAME", "home", "IICP_NODE_TOKEN", "t"));

        assertThat(node(environment).enabled()).isFalse();
    }

    @Test
    void an_application_reads_them_at_its_start() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(EmptyApplication.class)
                .environment(Environments.untouched(Map.of("IICP_PORT", "9490", "IICP_REGION", "eu-central")))
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .run()) {
            assertThat(context.getEnvironment().getProperty("iicp.node.port")).isEqualTo("9490");
            assertThat(context.getEnvironment().getProperty("iicp.region")).isEqualTo("eu-central");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class EmptyApplication {}

    @Test
    void every_variable_stands_for_a_property_that_exists() throws Exception {
        assertThat(described().keySet()).containsAll(OfficialEnvironment.PROPERTIES.values());
    }

    @Test
    void every_property_is_described_in_the_metadata() throws Exception {
        Map<String, String> described = described();

        assertThat(described)
                .containsKeys("iicp.directory-url", "iicp.langchain4j.enabled", "spring.ai.iicp.chat.model");
        assertThat(described)
                .allSatisfy((name, description) ->
                        assertThat(description).as(name).matches("[A-Z0-9].*").endsWith("."));
    }

    /** Returns names and descriptions in the metadata that the build has made. */
    private static Map<String, String> described() throws Exception {
        Map<String, String> described = new TreeMap<>();
        try (InputStream in =
                IicpProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            assertThat(in).isNotNull();
            JsonObject.parse(in.readAllBytes(), JsonLimits.DEFAULT)
                    .objects("properties")
                    .forEach(property -> described.put(property.string("name"), property.string("description", "")));
        }
        return described;
    }
}
