package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import network.iicp.IicpClient;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.documentation.Guide;
import network.iicp.protocol.ConfigurationException;
import network.iicp.transport.EndpointScope;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientEnvironmentTest {

    private static ClientSettings settings(Map<String, String> variables) {
        try (IicpClient client = IicpClient.builder().fromEnvironment(variables).build()) {
            return client.settings();
        }
    }

    @Test
    void every_variable_reaches_its_setting() {
        ClientSettings settings = settings(Map.of(
                "IICP_DIRECTORY_URL", "https://a.example/api, https://b.example/api",
                "IICP_NODE_TOKEN", "s3cret",
                "IICP_NODE_ID", "node-1",
                "IICP_REGION", " eu-central ",
                "IICP_PRIVATE_NETWORKS", "10.0.0.0/8,*.lan",
                "IICP_ROUTE_DISCOVERY_MODE", "Ticketed",
                "IICP_ROUTING_STRATEGY", "weighted_v1",
                "IICP_ROUTING_EPSILON", "0.25"));
        assertThat(settings.directories())
                .extracting(DirectorySettings::url)
                .containsExactly(URI.create("https://a.example/api"), URI.create("https://b.example/api"));
        assertThat(settings.directories().get(0).nodeToken()).hasValue("s3cret");
        assertThat(settings.directories().get(0).nodeId()).hasValue("node-1");
        assertThat(settings.directories().get(1).nodeToken()).isEmpty();
        assertThat(settings.region()).isEqualTo("eu-central");
        assertThat(settings.privateNetworks()).containsExactly("10.0.0.0/8", "*.lan");
        assertThat(settings.scope()).isEqualTo(EndpointScope.PRIVATE);
        assertThat(settings.routeDiscovery()).isEqualTo(RouteDiscovery.TICKETED);
        assertThat(settings.strategy()).isEqualTo(RoutingStrategy.WEIGHTED);
        assertThat(settings.epsilon()).isEqualTo(0.25);
        assertThat(settings.encryption()).isEqualTo(Encryption.REQUIRED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "YES", "on"})
    void a_switch_is_on(String word) {
        ClientSettings settings =
                settings(Map.of("IICP_CX_ALLOW_PLAINTEXT", word, "IICP_PROXY_ALLOW_LOOPBACK_NODES", word));
        assertThat(settings.encryption()).isEqualTo(Encryption.PREFERRED);
        assertThat(settings.scope()).isEqualTo(EndpointScope.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "false", "no", "off", "2", " "})
    void a_switch_is_off(String word) {
        ClientSettings settings =
                settings(Map.of("IICP_CX_ALLOW_PLAINTEXT", word, "IICP_PROXY_ALLOW_LOOPBACK_NODES", word));
        assertThat(settings.encryption()).isEqualTo(Encryption.REQUIRED);
        assertThat(settings.scope()).isEqualTo(EndpointScope.PUBLIC);
    }

    @Test
    void without_variables_the_defaults_hold() {
        assertThat(settings(Map.of("IICP_REGION", "  ", "PATH", "/bin")))
                .usingRecursiveComparison()
                .isEqualTo(ClientSettings.builder().build());
    }

    @Test
    void what_is_set_afterwards_wins() {
        try (IicpClient client = IicpClient.builder()
                .fromEnvironment(Map.of("IICP_REGION", "eu", "IICP_DIRECTORY_URL", "https://a.example/api"))
                .region("us")
                .directoryUrl("https://b.example/api")
                .build()) {
            assertThat(client.settings().region()).isEqualTo("us");
            assertThat(client.settings().directoryUrl()).hasHost("b.example");
        }
    }

    @Test
    void the_word_public_names_the_public_directory_and_a_token_alone_is_for_it() {
        assertThat(settings(Map.of("IICP_DIRECTORY_URL", "public")).directoryUrl())
                .isEqualTo(ClientSettings.PUBLIC_DIRECTORY);
        assertThat(settings(Map.of("IICP_NODE_TOKEN", "t")).directories().get(0).nodeToken())
                .hasValue("t");
    }

    @ParameterizedTest
    @CsvSource({
        "IICP_ROUTING_EPSILON, often",
        "IICP_ROUTING_EPSILON, NaN",
        "IICP_ROUTING_EPSILON, 2",
        "IICP_ROUTING_STRATEGY, luck",
        "IICP_ROUTE_DISCOVERY_MODE, always"
    })
    void a_value_that_cannot_be_read_is_refused_by_name(String name, String value) {
        assertThatThrownBy(() -> settings(Map.of(name, value)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(value);
    }

    @Test
    void a_credential_that_cannot_be_sent_is_refused_and_not_shown() {
        assertThatThrownBy(() -> settings(Map.of("IICP_NODE_TOKEN", "two words")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("two words");
    }

    @Test
    void the_reference_lists_every_variable_that_is_read() {
        Set<String> asked = new TreeSet<>();
        Map<String, String> recording = new java.util.HashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            public String get(Object name) {
                asked.add(String.valueOf(name));
                return null;
            }
        };
        settings(recording);
        Set<String> documented = new TreeSet<>();
        Guide.read("configuration.md").table("Without Spring").forEach(row -> {
            for (String name : row.get(0).split(", ", -1)) {
                documented.add(name);
            }
        });
        assertThat(documented).isEqualTo(asked);
    }
}
