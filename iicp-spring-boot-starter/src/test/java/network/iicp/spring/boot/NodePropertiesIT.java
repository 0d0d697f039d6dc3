package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.node.AvailabilitySchedule;
import network.iicp.node.CooperationPolicy;
import network.iicp.node.CreditReporting;
import network.iicp.node.DirectoryStatus;
import network.iicp.node.MetricsAccess;
import network.iicp.node.NodeAuthentication;
import network.iicp.node.NodeDirectory;
import network.iicp.node.NodePrice;
import network.iicp.node.NodeSettings;
import network.iicp.protocol.Intent;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.registration.NodeLimits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Every property of the node, to where it has its effect. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodePropertiesIT {

    private static final String OPERATOR_KEY = "operator-key-0123456789";

    private static LocalMesh mesh;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class))
            .withPropertyValues(
                    "iicp.directory-url=" + mesh.directoryUrl(),
                    "iicp.node.enabled=true",
                    "iicp.node.port=0",
                    "iicp.node.backend.type=demo");

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static IicpNode node(org.springframework.context.ApplicationContext context) {
        return context.getBean(IicpNodeLifecycle.class).node().orElseThrow();
    }

    private static IicpNode registered(org.springframework.context.ApplicationContext context) throws Exception {
        IicpNode node = node(context);
        node.registered().get(15, TimeUnit.SECONDS);
        return node;
    }

    private static HttpResponse<String> get(URI url, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Nested
    class Settings {
        static final List<Arguments> SETTINGS = List.of(
                row("iicp.node.id=node-1", NodeSettings::nodeId, "node-1"),
                row("iicp.node.host=localhost", NodeSettings::host, "localhost"),
                row(
                        "iicp.node.endpoint=http://127.0.0.1:7777",
                        s -> s.endpoint().get(),
                        URI.create("http://127.0.0.1:7777")),
                row("iicp.node.region=eu-central", NodeSettings::region, "eu-central"),
                row("iicp.region=us-east", NodeSettings::region, "us-east"),
                row("iicp.private-networks=10.0.0.0/8", NodeSettings::privateNetworks, List.of("10.0.0.0/8")),
                row(
                        "iicp.node.model=iicp-demo-small,iicp-demo-large",
                        NodeSettings::models,
                        List.of("iicp-demo-small", "iicp-demo-large")),
                row("iicp.node.max-concurrent=7", NodeSettings::limits, new NodeLimits(7, 10_000)),
                row("iicp.node.tokens-per-minute=500", NodeSettings::limits, new NodeLimits(4, 500)),
                row("iicp.node.authentication=token", NodeSettings::authentication, NodeAuthentication.TOKEN),
                row("iicp.node.confidentiality=false", NodeSettings::confidential, false),
                row(
                        "iicp.node.log-directory=target/logs",
                        NodeSettings::eventDirectory,
                        Optional.of(Path.of("target/logs"))),
                row(
                        "iicp.node.lock-directory=target/run",
                        NodeSettings::lockDirectory,
                        Optional.of(Path.of("target/run"))),
                row("iicp.node.metrics=operator", NodeSettings::metricsAccess, MetricsAccess.OPERATOR),
                row("iicp.node.heartbeat-interval=5s", NodeSettings::heartbeatInterval, Duration.ofSeconds(5)),
                row("iicp.node.default-timeout=20s", NodeSettings::defaultTimeout, Duration.ofSeconds(20)),
                row("iicp.node.max-timeout=60s", NodeSettings::maxTimeout, Duration.ofSeconds(60)),
                row("iicp.node.reattach-window=3s", NodeSettings::reattachWindow, Duration.ofSeconds(3)),
                row("iicp.node.grace=1s", NodeSettings::grace, Duration.ofSeconds(1)),
                row("iicp.node.max-request-size=2MB", NodeSettings::maxRequestBytes, 2 << 20),
                row("iicp.node.validate-payloads=true", NodeSettings::validatePayloads, true),
                row("iicp.node.max-response-size=3MB", NodeSettings::maxResponseBytes, 3 << 20),
                row("iicp.node.key-rotation=30d", NodeSettings::keyRotation, Duration.ofDays(30)),
                row("iicp.node.admission-wait=2s", NodeSettings::admissionWait, Duration.ofSeconds(2)),
                row("iicp.node.credit-reporting=direct", NodeSettings::creditReporting, CreditReporting.DIRECT),
                row(
                        "iicp.node.intents=urn:iicp:intent:llm:chat:v1",
                        NodeSettings::intents,
                        Set.of(Intent.parse("urn:iicp:intent:llm:chat:v1"))),
                row(
                        "iicp.node.directories[0].url=http://127.0.0.1:9499/api",
                        s -> s.directories().get(1),
                        NodeDirectory.of(URI.create("http://127.0.0.1:9499/api"))),
                row("iicp.node.cooperation.worker=true", NodeSettings::cooperation, CooperationPolicy.asWorker()),
                row(
                        "iicp.node.cooperation.tool-execution=true",
                        s -> s.cooperation().toolExecution(),
                        true),
                row(
                        "iicp.node.cooperation.max-concurrent-remote=5",
                        s -> s.cooperation().maxConcurrentRemote(),
                        5),
                row(
                        "iicp.node.cooperation.max-worker-timeout=9s",
                        s -> s.cooperation().maxWorkerTimeout(),
                        Duration.ofSeconds(9)),
                row(
                        "iicp.node.price.credit-cost-multiplier=1.5",
                        s -> s.price().get(),
                        new NodePrice(1.5, "per_token", false)));

        private static Arguments row(String property, Function<NodeSettings, Object> setting, Object expected) {
            return argumentSet(property, property, setting, expected);
        }

        @ParameterizedTest
        @FieldSource("SETTINGS")
        void are_those_of_the_properties(String property, Function<NodeSettings, Object> setting, Object expected) {
            AtomicReference<NodeSettings> settings = new AtomicReference<>();
            runner.withPropertyValues(property)
                    .withBean(IicpNodeBuilderCustomizer.class, () -> capture(settings))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(setting.apply(settings.get())).isEqualTo(expected);
                    });
        }

        @Test
        void without_properties_are_those_of_the_library() {
            AtomicReference<NodeSettings> settings = new AtomicReference<>();
            NodeSettings plain =
                    NodeSettings.builder().backend(new RecordingEngine()).build();

            runner.withBean(IicpNodeBuilderCustomizer.class, () -> capture(settings))
                    .run(context -> {
                        assertThat(settings.get().host()).isEqualTo(plain.host());
                        assertThat(settings.get().region()).isEqualTo(plain.region());
                        assertThat(settings.get().limits()).isEqualTo(plain.limits());
                        assertThat(settings.get().authentication()).isEqualTo(plain.authentication());
                        assertThat(settings.get().confidential()).isEqualTo(plain.confidential());
                        assertThat(settings.get().heartbeatInterval()).isEqualTo(plain.heartbeatInterval());
                        assertThat(settings.get().defaultTimeout()).isEqualTo(plain.defaultTimeout());
                        assertThat(settings.get().maxTimeout()).isEqualTo(plain.maxTimeout());
                        assertThat(settings.get().reattachWindow()).isEqualTo(plain.reattachWindow());
                        assertThat(settings.get().grace()).isEqualTo(plain.grace());
                        assertThat(settings.get().maxRequestBytes()).isEqualTo(plain.maxRequestBytes());
                        assertThat(settings.get().maxResponseBytes()).isEqualTo(plain.maxResponseBytes());
                        assertThat(context.getBean(IicpNodeProperties.class).port())
                                .isZero();
                    });
            assertThat(new IicpNodeProperties.Backend(null, null, null, Map.of(), Duration.ofSeconds(60)).isSet())
                    .isFalse();
        }

        private static IicpNodeBuilderCustomizer capture(AtomicReference<NodeSettings> settings) {
            return node -> node.configure(builder -> settings.set(builder.build()));
        }
    }

    @Nested
    class Effects {
        @Test
        void of_the_windows_and_the_signed_flat_price() {
            AtomicReference<NodeSettings> settings = new AtomicReference<>();
            runner.withPropertyValues(
                            "iicp.node.availability.zone=UTC",
                            "iicp.node.availability.outside-share=0.25",
                            "iicp.node.availability.windows[0].start=22:00",
                            "iicp.node.availability.windows[0].end=06:00",
                            "iicp.node.availability.windows[0].share=0.75",
                            "iicp.node.price.credit-cost-multiplier=2",
                            "iicp.node.price.model=flat",
                            "iicp.node.price.signed=true")
                    .withBean(
                            IicpNodeBuilderCustomizer.class,
                            () -> node -> node.configure(builder -> settings.set(builder.build())))
                    .run(context -> {
                        assertThat(settings.get().availability())
                                .isEqualTo(AvailabilitySchedule.in(ZoneId.of("UTC"))
                                        .withOutsideShare(0.25)
                                        .window(LocalTime.of(22, 0), LocalTime.of(6, 0), 0.75));
                        assertThat(settings.get().price()).contains(new NodePrice(2, "flat", true));
                    });
            runner.withPropertyValues(
                            "iicp.node.availability.windows[0].start=25:00",
                            "iicp.node.availability.windows[0].end=06:00")
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("iicp.node.availability")
                            .hasStackTraceContaining("25:00"));
        }

        @Test
        void of_the_join_token_of_a_further_directory() {
            try (DirectoryServer partners = DirectoryServer.builder()
                    .host("127.0.0.1")
                    .port(0)
                    .joinToken("join-token-0123456789")
                    .build()) {
                partners.start();
                runner.withPropertyValues(
                                "iicp.node.directories[0].url=" + partners.url(),
                                "iicp.node.directories[0].join-token=join-token-0123456789")
                        .run(context -> {
                            IicpNode node = registered(context);
                            org.awaitility.Awaitility.await()
                                    .atMost(Duration.ofSeconds(20))
                                    .until(() ->
                                            node.health().directories().stream().allMatch(DirectoryStatus::registered));
                            assertThat(partners.nodeCount()).isEqualTo(1);
                        });
            }
        }

        @ParameterizedTest
        @CsvSource({
            "iicp.node.tasks-per-minute-per-caller=1",
            "iicp.node.tokens-per-minute-per-caller=1",
            "iicp.node.tokens-per-minute=1"
        })
        void of_the_quotas(String property) {
            runner.withPropertyValues(
                            property, "iicp.node.enforce-tokens-per-minute=" + property.contains("tokens-per-minute=1"))
                    .run(context -> {
                        URI task = node(context).endpoint().resolve("/v1/task");
                        List<Integer> statuses = new ArrayList<>();
                        for (int i = 0; i < 2; i++) {
                            HttpRequest request = HttpRequest.newBuilder(task)
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            ("{\"task_id\":\"%s\",\"intent\":\"urn:iicp:intent:llm:chat:v1\","
                                                            + "\"payload\":{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}}")
                                                    .formatted(java.util.UUID.randomUUID())))
                                    .build();
                            statuses.add(HttpClient.newHttpClient()
                                    .send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode());
                        }
                        assertThat(statuses).containsExactly(200, 429);
                    });
        }

        @Test
        void of_the_proxies_in_front() {
            runner.withPropertyValues(
                            "iicp.node.tasks-per-minute-per-address=1", "iicp.node.trusted-proxies=127.0.0.0/8")
                    .run(context -> {
                        URI task = node(context).endpoint().resolve("/v1/task");
                        for (String caller : List.of("192.0.2.1", "192.0.2.2")) {
                            HttpRequest request = HttpRequest.newBuilder(task)
                                    .header("Content-Type", "application/json")
                                    .header("X-Forwarded-For", caller)
                                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                    .build();
                            assertThat(HttpClient.newHttpClient()
                                            .send(request, HttpResponse.BodyHandlers.discarding())
                                            .statusCode())
                                    .isEqualTo(422);
                        }
                    });
        }

        @Test
        void of_the_port() throws Exception {
            int free;
            try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                free = probe.getLocalPort();
            }
            runner.withPropertyValues("iicp.node.port=" + free)
                    .run(context -> assertThat(node(context).port()).isEqualTo(free));
        }

        @Test
        void of_the_operator_keys() {
            runner.withPropertyValues("iicp.node.authentication=operator", "iicp.node.operator-keys=" + OPERATOR_KEY)
                    .run(context -> {
                        registered(context);
                        assertThatExceptionOfType(UnauthorizedException.class)
                                .isThrownBy(
                                        () -> context.getBean(IicpClient.class).chat(ChatRequest.of("Hello")));
                        try (IicpClient operator = mesh.client(client -> client.nodeCredential(OPERATOR_KEY))) {
                            assertThat(operator.chat(ChatRequest.of("Hello")).text())
                                    .isNotEmpty();
                        }
                    });
        }

        @Test
        void of_the_join_token() {
            try (DirectoryServer closedMesh = DirectoryServer.builder()
                    .host("127.0.0.1")
                    .port(0)
                    .joinToken("join-token-0123456789")
                    .build()) {
                closedMesh.start();
                runner.withPropertyValues(
                                "iicp.directory-url=" + closedMesh.url(), "iicp.node.join-token=join-token-0123456789")
                        .run(context -> {
                            registered(context);
                            assertThat(closedMesh.nodeCount()).isEqualTo(1);
                        });
            }
        }

        @Test
        void of_the_web_page_origins() {
            runner.withPropertyValues("iicp.node.cors-origins=https://app.example")
                    .run(context -> {
                        URI health = node(context).endpoint().resolve("/iicp/health");
                        assertThat(get(health, "Origin", "https://app.example")
                                        .headers()
                                        .firstValue("Access-Control-Allow-Origin"))
                                .contains("https://app.example");
                        assertThat(get(health, "Origin", "https://evil.example")
                                        .headers()
                                        .firstValue("Access-Control-Allow-Origin"))
                                .isEmpty();
                    });
        }

        @ParameterizedTest
        @CsvSource({"iicp.node.tasks-per-minute-per-address=1", "iicp.node.tasks-per-minute-per-origin=1"})
        void of_the_rates(String property) {
            runner.withPropertyValues(property).run(context -> {
                URI task = node(context).endpoint().resolve("/v1/task");
                List<Integer> statuses = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    HttpRequest request = HttpRequest.newBuilder(task)
                            .header("Content-Type", "application/json")
                            .header("Origin", "https://app.example")
                            .POST(HttpRequest.BodyPublishers.ofString("{}"))
                            .build();
                    statuses.add(HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode());
                }
                assertThat(statuses.get(0)).isNotEqualTo(429);
                assertThat(statuses.get(2)).isEqualTo(429);
            });
        }

        @Test
        void of_the_key_directory(@TempDir Path directory) {
            ApplicationContextRunner keeping = runner.withPropertyValues(
                    "iicp.node.id=keeper", "iicp.node.key-directory=" + directory.resolve("keys"));
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                keeping.run(context -> {
                    registered(context);
                    keys.add(mesh.directory()
                            .node("keeper")
                            .orElseThrow()
                            .profile()
                            .json()
                            .toString()
                            .replaceAll(".*(cx-[0-9a-f]{16}).*", "$1"));
                });
            }

            assertThat(keys).hasSize(2).containsOnly(keys.get(0)).allMatch(key -> key.startsWith("cx-"));
            assertThat(directory.resolve("keys")).isNotEmptyDirectory();
        }

        @Test
        void of_the_policy_manifest(@TempDir Path directory) throws Exception {
            Path manifest = directory.resolve("policy.json");
            Files.writeString(manifest, "{\"jurisdiction\":\"EU\",\"training_use\":\"none\"}");
            runner.withPropertyValues("iicp.node.id=declared", "iicp.node.policy-manifest=" + manifest)
                    .run(context -> {
                        registered(context);
                        assertThat(mesh.directory()
                                        .node("declared")
                                        .orElseThrow()
                                        .profile()
                                        .json())
                                .containsEntry("policy_manifest", Map.of("jurisdiction", "EU", "training_use", "none"));
                    });
            Files.writeString(manifest, "{\"training_use\":\"sometimes\"}");
            runner.withPropertyValues("iicp.node.policy-manifest=" + manifest)
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("policy.json")
                            .hasStackTraceContaining("sometimes"));
        }

        @Test
        void of_the_ssl_bundle(@TempDir Path directory) throws Exception {
            KeyStore store = selfSigned(directory.resolve("node.p12"));
            DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
            bundles.registerBundle("mesh", SslBundle.of(SslStoreBundle.of(store, "changeit", store)));

            runner.withBean(SslBundles.class, () -> bundles)
                    .withPropertyValues("iicp.node.ssl.bundle=mesh", "iicp.node.host=localhost")
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        URI endpoint = node(context).endpoint();
                        assertThat(endpoint).hasScheme("https");
                        assertThat(healthOver(bundles.getBundle("mesh"), endpoint))
                                .isEqualTo(200);
                        SslBundle first = bundles.getBundle("mesh");
                        KeyStore newer = selfSigned(directory.resolve("newer.p12"));
                        bundles.updateBundle("mesh", SslBundle.of(SslStoreBundle.of(newer, "changeit", newer)));

                        assertThat(healthOver(bundles.getBundle("mesh"), endpoint))
                                .as("the certificate of the reloaded bundle")
                                .isEqualTo(200);
                        assertThatExceptionOfType(javax.net.ssl.SSLHandshakeException.class)
                                .as("the certificate before")
                                .isThrownBy(() -> healthOver(first, endpoint));
                    });
        }

        private static int healthOver(SslBundle trusted, URI endpoint) throws Exception {
            URI health = URI.create("https://localhost:" + endpoint.getPort() + "/iicp/health");
            return HttpClient.newBuilder()
                    .sslContext(trusted.createSslContext())
                    .build()
                    .send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }

        @Test
        void of_an_ssl_bundle_that_does_not_exist() {
            runner.withPropertyValues("iicp.node.ssl.bundle=mesh").run(context -> assertThat(
                            Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("iicp.node.ssl.bundle names \"mesh\""));
        }

        private static KeyStore selfSigned(Path file) throws Exception {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "node",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "SAN=dns:localhost,ip:127.0.0.1",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            "changeit")
                    .redirectErrorStream(true)
                    .start();
            keytool.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            assertThat(keytool.waitFor()).isZero();
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, "changeit".toCharArray());
            }
            return store;
        }
    }

    @Nested
    class The_engine {
        @ParameterizedTest
        @CsvSource({
            "ollama, ollama",
            "vllm, vllm",
            "llamacpp, llamacpp",
            "llama-cpp, llamacpp",
            "lmstudio, lmstudio",
            "lm-studio, lmstudio"
        })
        void is_of_the_type_that_is_named(String type, String announced) {
            runner.withPropertyValues(
                            "iicp.node.backend.type=" + type,
                            "iicp.node.backend.url=" + engine.url(),
                            "iicp.node.id=typed")
                    .run(context -> {
                        registered(context);
                        assertThat(mesh.directory()
                                        .node("typed")
                                        .orElseThrow()
                                        .profile()
                                        .json()
                                        .toString())
                                .contains(announced);
                    });
        }

        @Test
        void is_found_at_its_url_with_key_and_headers() {
            runner.withPropertyValues(
                            "iicp.node.backend.type=openai-compat",
                            "iicp.node.backend.url=" + engine.url(),
                            "iicp.node.backend.api-key=sk-123",
                            "iicp.node.backend.headers.X-Team=blue")
                    .run(context -> {
                        assertThat(node(context).health().models()).containsExactly("stub-model");
                        assertThat(engine.seen()).anySatisfy(headers -> assertThat(headers)
                                .containsEntry("authorization", "Bearer sk-123")
                                .containsEntry("x-team", "blue"));
                    });
        }

        @Test
        void is_given_up_when_it_is_silent_for_too_long() {
            runner.withPropertyValues(
                            "iicp.node.backend.type=openai-compat",
                            "iicp.node.backend.url=" + engine.url(),
                            "iicp.node.backend.idle-timeout=100ms")
                    .run(context -> {
                        registered(context);
                        long before = System.nanoTime();
                        try (IicpClient client = mesh.client(c -> c.maxAttempts(1))) {
                            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                                            () -> client.chat(ChatRequest.of("half an answer"))))
                                    .isInstanceOf(network.iicp.protocol.IicpException.class);
                        }
                        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
                    });
        }

        @Test
        void keeps_its_secrets() {
            runner.withPropertyValues("iicp.node.backend.api-key=sk-123", "iicp.node.operator-keys=" + OPERATOR_KEY)
                    .run(context -> assertThat(
                                    context.getBean(IicpNodeProperties.class).toString())
                            .doesNotContain("sk-123", OPERATOR_KEY));
        }

        private final StubEngine engine = new StubEngine();

        @org.junit.jupiter.api.AfterEach
        void close() {
            engine.close();
        }
    }

    /** Enough of an OpenAI-compatible server to be found, and to fall silent in the middle of an answer. */
    private static final class StubEngine implements AutoCloseable {
        private final List<Map<String, String>> seen = new CopyOnWriteArrayList<>();
        private final com.sun.net.httpserver.HttpServer server;

        StubEngine() {
            try {
                server = com.sun.net.httpserver.HttpServer.create(
                        new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            server.createContext("/", exchange -> {
                Map<String, String> headers = new java.util.HashMap<>();
                exchange.getRequestHeaders()
                        .forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
                seen.add(headers);
                if (exchange.getRequestURI().getPath().endsWith("/chat/completions")) {
                    exchange.getResponseHeaders().add("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 1_000);
                    exchange.getResponseBody().write("{\"choices\":".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    return; // and never ends
                }
                byte[] models = "{\"object\":\"list\",\"data\":[{\"id\":\"stub-model\",\"object\":\"model\"}]}"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
                boolean known = exchange.getRequestURI().getPath().endsWith("/models");
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(known ? 200 : 404, models.length);
                exchange.getResponseBody().write(models);
                exchange.close();
            });
            server.start();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        List<Map<String, String>> seen() {
            return List.copyOf(seen);
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
