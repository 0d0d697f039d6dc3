package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.registration.NodeLimits;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeSettingsTest {

    private static NodeSettingsBuilder serving() {
        return NodeSettings.builder().handler(Intent.LLM_CHAT, context -> "ok");
    }

    @Test
    void the_defaults_are_those_of_official_nodes_where_they_are_sound() {
        NodeSettings settings = serving().build();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(9484);
        assertThat(settings.directoryUrl()).contains(URI.create("https://iicp.network/api"));
        assertThat(settings.endpoint()).isEmpty();
        assertThat(settings.region()).isEqualTo("unknown");
        assertThat(settings.limits()).isEqualTo(new NodeLimits(4, 10_000));
        assertThat(settings.authentication()).isEqualTo(NodeAuthentication.AUTO);
        assertThat(settings.maxRequestBytes()).isEqualTo(1024 * 1024);
        assertThat(settings.maxResponseBytes()).isEqualTo(1024 * 1024);
        assertThat(settings.defaultTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.maxTimeout()).isEqualTo(Duration.ofSeconds(120));
        assertThat(settings.heartbeatInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.reattachWindow()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.confidential()).isTrue();
        assertThat(settings.keyDirectory()).isEmpty();
        assertThat(settings.nodeId()).matches("[0-9a-f-]{36}");
    }

    @Test
    void built_settings_do_not_change_with_their_builder() {
        NodeSettingsBuilder builder = serving().region("eu");
        NodeSettings settings = builder.build();

        builder.region("us").maxConcurrent(9).handler(Intent.LLM_COMPLETION, context -> "ok");

        assertThat(settings.region()).isEqualTo("eu");
        assertThat(settings.limits().maxConcurrent()).isEqualTo(4);
        assertThat(settings.offers()).hasSize(1);
    }

    @Test
    void two_nodes_of_one_builder_have_two_ids_unless_one_is_set() {
        NodeSettingsBuilder builder = serving();

        assertThat(builder.build().nodeId()).isNotEqualTo(builder.build().nodeId());
        builder.nodeId("node-7");
        assertThat(builder.build().nodeId()).isEqualTo("node-7");
    }

    static Stream<Arguments> wrongValues() {
        return Stream.of(
                wrong("maxConcurrent", s -> s.maxConcurrent(0)),
                wrong("maxConcurrent", s -> s.maxConcurrent(257)),
                wrong("tokensPerMinute", s -> s.tokensPerMinute(0)),
                wrong("port", s -> s.port(-1)),
                wrong("port", s -> s.port(65_536)),
                wrong("host", s -> s.host(" ")),
                wrong("node id", s -> s.nodeId("has space")),
                wrong("node id", s -> s.nodeId("x".repeat(37))),
                wrong("region", s -> s.region("1st")),
                wrong("model", s -> s.model(" ")),
                wrong("model", s -> s.model("x".repeat(129))),
                wrong("endpoint", s -> s.endpoint(URI.create("ftp://node.example.org"))),
                wrong("endpoint", s -> s.endpoint(URI.create("https://user@node.example.org"))),
                wrong("endpoint", s -> s.endpoint(URI.create("https://n.example.org/" + "x".repeat(255)))),
                wrong("directory URL", s -> s.directoryUrl(URI.create("iicp.network/api"))),
                wrong("operator key", s -> s.operatorKey("short")),
                wrong("operator key", s -> s.operatorKey("with a space in the middle")),
                wrong("join token", s -> s.joinToken("")),
                wrong("maxRequestBytes", s -> s.maxRequestBytes(1023)),
                wrong("maxResponseBytes", s -> s.maxResponseBytes(Integer.MAX_VALUE)),
                wrong("defaultTimeout", s -> s.defaultTimeout(Duration.ofMillis(99))),
                wrong("maxTimeout", s -> s.maxTimeout(Duration.ofSeconds(301))),
                wrong("heartbeatInterval", s -> s.heartbeatInterval(Duration.ZERO)),
                wrong("reattachWindow", s -> s.reattachWindow(Duration.ofSeconds(-1))),
                wrong("grace", s -> s.grace(Duration.ofHours(1))),
                wrong("tasksPerMinutePerOrigin", s -> s.tasksPerMinutePerOrigin(-1)),
                wrong("tasksPerMinutePerAddress", s -> s.tasksPerMinutePerAddress(-1)),
                wrong(
                        "intent risk",
                        s -> s.handler(Intent.parse("urn:iicp:intent:x.acme:social-scoring:v1"), context -> "no")));
    }

    private static Arguments wrong(String names, Consumer<NodeSettingsBuilder> setter) {
        return Arguments.of(names, setter);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongValues")
    void a_wrong_value_is_refused_at_once_and_named(String names, Consumer<NodeSettingsBuilder> setter) {
        NodeSettingsBuilder builder = serving();

        assertThatThrownBy(() -> setter.accept(builder)).isInstanceOfSatisfying(ConfigurationException.class, e -> {
            assertThat(e.code()).isEqualTo("invalid_config");
            assertThat(e).hasMessageContaining(names);
        });
    }

    static Stream<Arguments> wrongTogether() {
        return Stream.of(
                Arguments.of("something to serve", NodeSettings.builder()),
                Arguments.of("no backend", serving().model("m")),
                Arguments.of(
                        "exceeds maxTimeout",
                        serving().maxTimeout(Duration.ofSeconds(10)).defaultTimeout(Duration.ofSeconds(20))),
                Arguments.of("operatorKey", serving().withoutDirectory().authentication(NodeAuthentication.OPERATOR)),
                Arguments.of("nodeId", serving().keyDirectory(Path.of("keys"))),
                Arguments.of(
                        "cannot be registered",
                        NodeSettings.builder()
                                .handler(
                                        Capability.of(Intent.parse("urn:iicp:intent:mcp:tools/call:v1"), List.of()),
                                        context -> "ok")),
                Arguments.of("scope", serving().endpoint(URI.create("http://127.0.0.1:9484"))),
                Arguments.of("scope", serving().endpoint(URI.create("http://10.0.0.7:9484"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongTogether")
    void values_that_do_not_go_together_are_refused_when_built(String names, NodeSettingsBuilder builder) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(names);
    }

    @Test
    void endpoints_are_judged_by_the_scope_of_the_directory() {
        assertThat(serving()
                        .directoryUrl(URI.create("http://localhost:9480/api"))
                        .endpoint(URI.create("http://127.0.0.1:9484"))
                        .build()
                        .endpoint())
                .isPresent();
        assertThat(serving()
                        .directoryUrl(URI.create("https://directory.corp.lan/api"))
                        .privateNetworks(List.of("10.0.0.0/8"))
                        .endpoint(URI.create("http://10.0.0.7:9484"))
                        .build()
                        .endpoint())
                .isPresent();
        assertThat(serving().endpoint(URI.create("https://n1.mesh.org")).build().endpoint())
                .isPresent();
    }

    @Test
    void the_address_for_callers_on_this_machine_follows_from_the_one_that_is_bound() {
        assertThat(BindAddress.reachable("http", "::", 1)).hasToString("http://127.0.0.1:1");
        assertThat(BindAddress.reachable("http", "0.0.0.0", 1)).hasToString("http://127.0.0.1:1");
        assertThat(BindAddress.reachable("https", "localhost", 1)).hasToString("https://127.0.0.1:1");
        assertThat(BindAddress.reachable("http", "::1", 1)).hasToString("http://[::1]:1");
        assertThat(BindAddress.reachable("http", "[::1]", 1)).hasToString("http://[::1]:1");
        assertThat(BindAddress.reachable("http", "192.168.1.5", 1)).hasToString("http://192.168.1.5:1");
        assertThat(Stream.of("127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"))
                .allMatch(BindAddress::isLoopback);
        assertThat(Stream.of("0.0.0.0", "::", "192.168.1.5", "example.org")).noneMatch(BindAddress::isLoopback);
    }

    @Test
    void the_summary_is_short() {
        assertThat(Summary.of(List.of(
                        Capability.of(Intent.LLM_CHAT, List.of("a", "b", "c", "d", "e", "f")),
                        Capability.of(Intent.LLM_EMBEDDING, List.of()))))
                .isEqualTo("llm:chat (a, b, c, d and 2 more), llm:embedding");
        assertThat(Summary.of(List.of())).isEqualTo("nothing yet");
        assertThat(Summary.callers(Set.of(NodeAuthentication.OPEN))).isEqualTo("anyone");
        assertThat(Summary.callers(Set.of())).isEqualTo("nobody yet");
    }

    @Test
    void settings_show_no_keys() {
        NodeSettings settings = serving()
                .operatorKey("operator-key-0123456789")
                .joinToken("join-token")
                .build();

        assertThat(settings.toString()).doesNotContain("operator-key", "join-token");
    }
}
