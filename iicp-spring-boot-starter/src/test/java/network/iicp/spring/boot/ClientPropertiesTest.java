package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.net.URI;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import network.iicp.IicpClient;
import network.iicp.client.ClientSettings;
import network.iicp.client.ConsumerTokenUse;
import network.iicp.client.DirectorySettings;
import network.iicp.client.Encryption;
import network.iicp.client.Hedging;
import network.iicp.client.RouteDiscovery;
import network.iicp.client.RuntimeIdentity;
import network.iicp.client.TimeLimits;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.transport.EndpointScope;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientPropertiesTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(IicpClientAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=http://127.0.0.1:9480/api");

    static final List<Arguments> SETTINGS = List.of(
            row(
                    "iicp.directory-url=https://directory.example/api",
                    s -> s.directoryUrl(),
                    URI.create("https://directory.example/api")),
            row("iicp.directory-url=public", s -> s.directoryUrl(), ClientSettings.PUBLIC_DIRECTORY),
            row("iicp.region=eu-central", s -> s.region(), "eu-central"),
            row("iicp.private-networks=10.0.0.0/8,*.lan", s -> s.privateNetworks(), List.of("10.0.0.0/8", "*.lan")),
            row("iicp.client.private-networks=192.168.0.0/16", s -> s.privateNetworks(), List.of("192.168.0.0/16")),
            row("iicp.client.scope=public", s -> s.scope(), EndpointScope.PUBLIC),
            row("iicp.client.route-discovery=ticketed", s -> s.routeDiscovery(), RouteDiscovery.TICKETED),
            row("iicp.client.merge-directories=true", s -> s.mergesDirectories(), true),
            row("iicp.client.stale-routes=2m", s -> s.staleRoutes(), Duration.ofMinutes(2)),
            row("iicp.client.consumer-tokens=required", s -> s.consumerTokens(), ConsumerTokenUse.REQUIRED),
            row("iicp.client.pinned-keys.node-1=cx-1", s -> s.pinnedKeys(), Map.of("node-1", "cx-1")),
            row(
                    "iicp.client.directories[0].url=https://mesh.example/api",
                    s -> s.directories().get(0).url(),
                    URI.create("https://mesh.example/api")),
            row("iicp.client.max-attempts=1", s -> s.maxAttempts(), 1),
            row("iicp.client.encryption=preferred", s -> s.encryption(), Encryption.PREFERRED),
            row("iicp.client.routing-strategy=deterministic", s -> s.strategy(), RoutingStrategy.DETERMINISTIC),
            row("iicp.client.routing-strategy=softmax-top-k", s -> s.strategy(), RoutingStrategy.SOFTMAX_TOP_K),
            row("iicp.client.routing-strategy=weighted_v1", s -> s.strategy(), RoutingStrategy.WEIGHTED),
            row("iicp.client.routing-strategy=WEIGHTED", s -> s.strategy(), RoutingStrategy.WEIGHTED),
            row("iicp.client.routing-epsilon=0.5", s -> s.epsilon(), 0.5),
            row("iicp.client.emulation=true", s -> s.emulation(), true),
            row("iicp.client.continue-interrupted=true", s -> s.continueInterrupted(), true),
            row("iicp.client.validate-payloads=true", s -> s.validatePayloads(), true),
            row("iicp.client.runtime-identity=auto", s -> s.runtimeIdentity(), RuntimeIdentity.AUTO),
            row("iicp.client.embedding-batch-size=7", s -> s.embeddingBatchSize(), 7),
            row("iicp.client.routing-strategy=least-loaded", s -> s.strategy(), RoutingStrategy.LEAST_LOADED),
            row("iicp.client.routing-strategy=latency_aware", s -> s.strategy(), RoutingStrategy.LATENCY_AWARE),
            row("iicp.client.cooperation.enabled=true", s -> s.cooperation().enabled(), true),
            row(
                    "iicp.client.cooperation.strategy=remote-first",
                    s -> s.cooperation().strategy(),
                    CooperationSettings.Strategy.REMOTE_FIRST),
            row(
                    "iicp.client.cooperation.max-credits-per-task=7.5",
                    s -> s.cooperation().maxCreditsPerTask(),
                    7.5),
            row(
                    "iicp.client.cooperation.session-credit-budget=70",
                    s -> s.cooperation().sessionCreditBudget(),
                    70.0),
            row(
                    "iicp.client.cooperation.min-reputation=0.4",
                    s -> s.cooperation().minReputation(),
                    0.4),
            row(
                    "iicp.client.cooperation.trusted-peers=a,b",
                    s -> s.cooperation().trustedPeers(),
                    Set.of("a", "b")),
            row(
                    "iicp.client.cooperation.send-sensitive-prompts=true",
                    s -> s.cooperation().sendSensitivePrompts(),
                    true),
            row("iicp.client.cooperation.max-replicas=9", s -> s.cooperation().maxReplicas(), 9),
            row(
                    "iicp.client.cooperation.settlement-credential=s",
                    s -> s.cooperation().settlementCredential(),
                    "s"),
            row("iicp.client.hedging=p95", s -> s.hedging(), Hedging.afterP95()),
            row("iicp.client.hedging=2s", s -> s.hedging(), Hedging.after(Duration.ofSeconds(2))),
            row("iicp.client.hedging=off", s -> s.hedging(), Hedging.OFF),
            row("iicp.client.routing-top-k=5", s -> s.topK(), 5),
            row("iicp.client.routing-softmax-tau=0.5", s -> s.softmaxTau(), 0.5),
            row("iicp.client.policy.profile=eu-restricted", s -> s.routingPolicy(), RoutingPolicy.EU_RESTRICTED),
            row("iicp.client.policy.profile=strict_policy", s -> s.routingPolicy(), RoutingPolicy.STRICT_POLICY),
            row("iicp.client.policy.regions=eu,us-east", s -> s.routingPolicy().regions(), List.of("eu", "us-east")),
            row(
                    "iicp.client.policy.require-encryption=false",
                    s -> s.routingPolicy().requireEncryption(),
                    false),
            row(
                    "iicp.client.policy.require-signed-manifest=true",
                    s -> s.routingPolicy().requireSignedManifest(),
                    true),
            row(
                    "iicp.client.policy.require-no-retention=true",
                    s -> s.routingPolicy().requireNoRetention(),
                    true),
            row(
                    "iicp.client.policy.min-manifest-identity=operator-bound",
                    s -> s.routingPolicy().minManifestIdentity(),
                    RoutingPolicy.ManifestIdentity.OPERATOR_BOUND),
            row(
                    "iicp.client.policy.allow-remote-executor=false",
                    s -> s.routingPolicy().allowRemoteExecutor(),
                    false),
            row("iicp.client.max-response-size=2MB", s -> s.maxResponseBytes(), 2 * 1024 * 1024),
            row("iicp.client.node-credential=s3cret", s -> s.nodeCredential(), "s3cret"),
            row("iicp.timeouts.connect=1s", s -> s.limits().connect(), Duration.ofSeconds(1)),
            row("iicp.timeouts.first-event=2s", s -> s.limits().firstEvent(), Duration.ofSeconds(2)),
            row("iicp.timeouts.idle=3s", s -> s.limits().idle(), Duration.ofSeconds(3)),
            row("iicp.timeouts.total=4s", s -> s.limits().total(), Duration.ofSeconds(4)));

    private static Arguments row(String property, Function<ClientSettings, Object> setting, Object expected) {
        return argumentSet(property, property, setting, expected);
    }

    @ParameterizedTest
    @FieldSource("SETTINGS")
    void every_property_reaches_the_client(String property, Function<ClientSettings, Object> setting, Object expected) {
        runner.withPropertyValues(property).run(context -> assertThat(
                        setting.apply(context.getBean(IicpClient.class).settings()))
                .isEqualTo(expected));
    }

    @Test
    void directories_have_keys_issuers_and_credentials_of_their_own() {
        String key = "557a59f8820da4ad8a684fdc8a00355d30149b5ec22231ae331a62daa8dcf869";
        runner.withPropertyValues(
                        "iicp.client.directories[0].url=https://a.example/api",
                        "iicp.client.directories[0].public-key=" + key,
                        "iicp.client.directories[0].accepted-issuers=https://b.example",
                        "iicp.client.directories[0].replica-key=" + key,
                        "iicp.client.directories[0].node-token=s3cret",
                        "iicp.client.directories[0].node-id=node-1",
                        "iicp.client.directories[1].url=public")
                .run(context -> {
                    List<DirectorySettings> directories =
                            context.getBean(IicpClient.class).settings().directories();
                    assertThat(directories).hasSize(2);
                    DirectorySettings first = directories.get(0);
                    assertThat(HexFormat.of().formatHex(first.publicKey().orElseThrow()))
                            .isEqualTo(key);
                    assertThat(first.acceptedIssuers()).containsExactly("https://b.example");
                    assertThat(HexFormat.of().formatHex(first.replicaKey().orElseThrow()))
                            .isEqualTo(key);
                    assertThat(first.nodeToken()).hasValue("s3cret");
                    assertThat(first.nodeId()).hasValue("node-1");
                    assertThat(directories.get(1).url()).isEqualTo(ClientSettings.PUBLIC_DIRECTORY);
                    assertThat(context.getBean(IicpProperties.class).toString()).doesNotContain("s3cret");
                });
    }

    @Test
    void switches_of_the_official_clients_are_read() {
        Map<String, Object> variables = Map.of(
                "IICP_DIRECTORY_URL", "https://directory.example/api",
                "IICP_CX_ALLOW_PLAINTEXT", "yes",
                "IICP_PROXY_ALLOW_LOOPBACK_NODES", "1",
                "IICP_ROUTE_DISCOVERY_MODE", "legacy");

        new ApplicationContextRunner(() -> Environments.withVariables(variables))
                .withConfiguration(AutoConfigurations.of(IicpClientAutoConfiguration.class))
                .run(context -> {
                    ClientSettings settings = context.getBean(IicpClient.class).settings();
                    assertThat(settings.encryption()).isEqualTo(Encryption.PREFERRED);
                    assertThat(settings.scope()).isEqualTo(EndpointScope.LOCAL);
                    assertThat(settings.routeDiscovery()).isEqualTo(RouteDiscovery.LEGACY);
                });
    }

    @Test
    void without_properties_the_defaults_of_the_client_hold() {
        ClientSettings plain = IicpClient.builder()
                .directoryUrl("http://127.0.0.1:9480/api")
                .build()
                .settings();

        runner.run(context -> assertThat(context.getBean(IicpClient.class).settings())
                .usingRecursiveComparison()
                .isEqualTo(plain));
    }

    @Test
    void the_defaults_in_the_metadata_are_those_of_the_client() {
        runner.run(context -> {
            IicpProperties properties = context.getBean(IicpProperties.class);
            assertThat(properties.timeouts().toTimeLimits()).isEqualTo(TimeLimits.DEFAULT);
            assertThat(properties.client().maxAttempts()).isEqualTo(ClientSettings.DEFAULT_MAX_ATTEMPTS);
            assertThat(properties.client().maxResponseSize().toBytes())
                    .isEqualTo(ClientSettings.DEFAULT_MAX_RESPONSE_BYTES);
        });
    }

    @Test
    void environment_variables_are_read() {
        Map<String, Object> variables = Map.of(
                "IICP_DIRECTORY_URL", "https://directory.example/api",
                "IICP_REGION", "eu-central",
                "IICP_CLIENT_MAXATTEMPTS", "2",
                "IICP_TIMEOUTS_FIRSTEVENT", "7s");

        new ApplicationContextRunner(() -> Environments.withVariables(variables))
                .withConfiguration(AutoConfigurations.of(IicpClientAutoConfiguration.class))
                .run(context -> {
                    ClientSettings settings = context.getBean(IicpClient.class).settings();
                    assertThat(settings.directoryUrl()).hasHost("directory.example");
                    assertThat(settings.region()).isEqualTo("eu-central");
                    assertThat(settings.maxAttempts()).isEqualTo(2);
                    assertThat(settings.limits().firstEvent()).isEqualTo(Duration.ofSeconds(7));
                });
    }

    @Test
    void secrets_do_not_show_in_the_text_form() {
        runner.withPropertyValues("iicp.client.node-credential=s3cret")
                .run(context -> assertThat(context.getBean(IicpProperties.class).toString())
                        .doesNotContain("s3cret"));
    }
}
