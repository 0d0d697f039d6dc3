package network.iicp.node;

import static network.iicp.node.TestNode.SOON;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.directory.DirectoryClient;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.directory.server.OwnershipRule;
import network.iicp.json.Json;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.spi.TaskHandler;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.ListenerStartException;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node and a real directory on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MembershipIT {

    private static final Ed25519KeyPair DIRECTORY_KEY = Ed25519KeyPair.generate(new SecureRandom());

    private final HttpTransport transport = HttpTransport.builder().build();
    private DirectoryServer directory;

    @BeforeEach
    void start() {
        directory = directory(0);
    }

    @AfterEach
    void stop() {
        directory.close();
        transport.close();
    }

    private static DirectoryServer directory(int port) {
        DirectoryServer server =
                DirectoryServer.builder().port(port).signingKey(DIRECTORY_KEY).build();
        server.start();
        return server;
    }

    private TestNode node(Consumer<NodeSettingsBuilder> more) {
        return node(more, context -> answer("ok"));
    }

    private TestNode node(Consumer<NodeSettingsBuilder> more, TaskHandler handler) {
        return TestNode.start(settings -> more.accept(settings.directoryUrl(directory.url())
                .heartbeatInterval(Duration.ofSeconds(1))
                .handler(TestNode.chat("m1"), handler)));
    }

    private static void awaitRegistered(TestNode node) throws Exception {
        node.node.registered().get(20, TimeUnit.SECONDS);
    }

    private List<NodeDescriptor> discover() throws Exception {
        return DirectoryClient.of(transport, directory.url())
                .discover(
                        DiscoverQuery.builder(Intent.LLM_CHAT).build(),
                        Deadline.after(Duration.ofSeconds(5)),
                        TraceContext.root(new SecureRandom()))
                .get()
                .nodes();
    }

    @Nested
    class A_node_that_starts {

        @Test
        void is_found_with_everything_a_consumer_needs() throws Exception {
            try (TestNode node = node(settings -> settings.region("eu-test"))) {
                awaitRegistered(node);

                NodeDescriptor found = discover().get(0);

                assertThat(found.id()).isEqualTo(node.node.id());
                assertThat(found.endpoint()).isEqualTo(URI.create("http://127.0.0.1:" + node.node.port()));
                assertThat(found.region()).isEqualTo("eu-test");
                assertThat(found.allModels()).containsExactly("m1");
                assertThat(found.available()).isTrue();
                assertThat(found.streams(Intent.LLM_CHAT)).isTrue();
                assertThat(found.key()).isPresent();
                assertThat(found.key().get().encryptsResponses()).isTrue();
                assertThat(found.key().get().encryptsStreams()).isTrue();
                assertThat(found.capabilities()).singleElement().satisfies(capability -> assertThat(
                                LifecyclePaths.fromCapability(capability))
                        .contains(LifecyclePaths.DEFAULT));
                assertThat(node.node.health().registered()).isTrue();
                assertThat(node.heard(NodeEvent.Registered.class)).hasSize(1);
            }
            assertThat(directory.nodeCount()).as("deregistered when closed").isZero();
        }

        @Test
        void serves_while_its_directory_is_down_and_registers_when_it_comes_up() throws Exception {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            try (TestNode node = TestNode.start(
                    settings -> settings.directoryUrl(URI.create("http://127.0.0.1:%d/api".formatted(port)))
                            .handler(TestNode.chat("m1"), context -> answer("served")))) {
                await().atMost(SOON)
                        .until(() -> !node.heard(NodeEvent.DirectoryLost.class).isEmpty());
                assertThat(node.post(task(newId())).status()).isEqualTo(200);
                assertThat(node.node.registered()).isNotDone();

                try (DirectoryServer late = directory(port)) {
                    awaitRegistered(node);
                    assertThat(late.nodeCount()).isEqualTo(1);
                    assertThat(node.heard(NodeEvent.DirectoryRecovered.class)).hasSize(1);
                    node.node.close();
                    assertThat(late.nodeCount()).isZero();
                }
            }
        }

        @Test
        void names_the_address_that_is_taken() {
            try (TestNode node = node(settings -> {})) {
                TestNode[] second = new TestNode[1];

                assertThatThrownBy(() -> second[0] = node(settings -> settings.port(node.node.port())))
                        .isInstanceOf(ListenerStartException.class)
                        .hasMessageContaining(String.valueOf(node.node.port()));
                assertThat(second[0]).isNull();
            }
        }

        @Test
        void serves_unregistered_when_it_has_no_endpoint_for_a_far_directory() throws Exception {
            try (TestNode node =
                    TestNode.start(settings -> settings.directoryUrl(URI.create("https://directory.invalid/api"))
                            .handler(TestNode.chat("m1"), context -> answer("served")))) {
                assertThat(node.post(task(newId())).status()).isEqualTo(200);
                assertThat(node.node.health().registered()).isFalse();
                assertThat(node.heard(NodeEvent.DirectoryLost.class)).isEmpty();
            }
        }

        @Test
        void starts_once() {
            try (TestNode node = node(settings -> {})) {
                assertThatThrownBy(node.node::start).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Nested
    class A_node_that_is_forgotten {

        @Test
        void registers_again_under_a_new_token() throws Exception {
            try (TestNode node = node(settings -> {})) {
                awaitRegistered(node);
                assertThat(directory.forget(node.node.id())).isTrue();

                await().atMost(SOON).until(() -> directory.nodeCount() == 1);

                await().atMost(SOON)
                        .until(() -> node.heard(NodeEvent.Registered.class).size() == 2);
                assertThat(node.heard(NodeEvent.DirectoryLost.class)).isEmpty();
            }
        }

        @Test
        void comes_back_after_its_directory_was_down() throws Exception {
            int port = directory.port();
            try (TestNode node = node(settings -> {})) {
                awaitRegistered(node);
                directory.close();
                await().atMost(SOON)
                        .until(() -> node.heard(NodeEvent.DirectoryLost.class).size() == 1);
                assertThat(node.post(task(newId())).status()).isEqualTo(200);

                directory = directory(port);

                await().atMost(SOON).until(() -> directory.nodeCount() == 1);
                await().atMost(SOON)
                        .until(() ->
                                node.heard(NodeEvent.DirectoryRecovered.class).size() == 1);
                assertThat(node.heard(NodeEvent.DirectoryLost.class)).hasSize(1);
            }
        }
    }

    @Nested
    class A_node_that_works {

        @Test
        void tells_what_it_did() throws Exception {
            try (TestNode node = node(settings -> {})) {
                awaitRegistered(node);
                for (int i = 0; i < 3; i++) {
                    assertThat(node.post(task(newId())).status()).isEqualTo(200);
                }

                await().atMost(SOON).until(() -> String.valueOf(DirectoryClient.of(transport, directory.url())
                                .nodeDetail(node.node.id(), Deadline.after(Duration.ofSeconds(5)))
                                .get())
                        .contains("3"));
            }
        }

        @Test
        void is_hidden_while_it_drains_and_gone_when_it_has_stopped() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            TestNode node = node(settings -> {}, context -> {
                busy.countDown();
                free.await();
                return answer("last");
            });
            awaitRegistered(node);
            CompletableFuture<TestNode.Reply> running = node.postAsync(task(newId()));
            busy.await();
            CompletableFuture<Void> closing = node.stopAside();

            await().atMost(SOON).until(() -> discover().stream().noneMatch(NodeDescriptor::available));
            free.countDown();

            assertThat(running.get().status()).isEqualTo(200);
            closing.get();
            node.close();
            assertThat(directory.nodeCount()).isZero();
        }

        @Test
        void follows_its_engine() throws Exception {
            FakeEngine engine = new FakeEngine("ollama", TestNode.chat("old"));
            try (TestNode node = TestNode.start(settings -> settings.directoryUrl(directory.url())
                    .heartbeatInterval(Duration.ofSeconds(1))
                    .backend(engine))) {
                awaitRegistered(node);
                engine.capabilities = List.of(TestNode.chat("new"));

                await().atMost(SOON).until(() -> discover().get(0).allModels().contains("new"));

                await().atMost(SOON)
                        .untilAsserted(
                                () -> assertThat(node.node.health().models()).containsExactly("new"));
            }
            assertThat(engine.closed).hasValue(1);
        }

        @Test
        void that_is_closed_before_it_registered_fails_the_waiting() {
            TestNode node = TestNode.start(settings -> settings.directoryUrl(URI.create("http://127.0.0.1:1/api"))
                    .handler(TestNode.chat("m1"), context -> answer("ok")));
            CompletableFuture<Void> registered = node.node.registered();
            node.close();

            assertThatThrownBy(registered::get).isInstanceOf(ExecutionException.class);
            node.close();
            assertThat(node.node.state()).isEqualTo(NodeState.STOPPED);
        }
    }

    @Nested
    class A_node_with_two_directories {

        @Test
        void is_listed_by_both_and_told_apart_by_their_tokens() throws Exception {
            try (DirectoryServer second = directory(0);
                    TestNode node = node(settings -> settings.directories(
                            List.of(NodeDirectory.of(directory.url()), NodeDirectory.of(second.url()))))) {
                await().atMost(SOON)
                        .until(() -> node.heard(NodeEvent.Registered.class).size() == 2);

                assertThat(directory.nodeCount()).isEqualTo(1);
                assertThat(second.nodeCount()).isEqualTo(1);
                assertThat(node.node.health().directories()).hasSize(2).allMatch(DirectoryStatus::registered);
                node.node.close();
                assertThat(directory.nodeCount()).isZero();
                assertThat(second.nodeCount()).isZero();
            }
        }

        @Test
        void is_served_by_one_while_the_other_is_down() throws Exception {
            DirectoryServer second = directory(0);
            int port = second.port();
            try (TestNode node = node(settings ->
                    settings.directories(List.of(NodeDirectory.of(directory.url()), NodeDirectory.of(second.url()))))) {
                await().atMost(SOON)
                        .until(() -> node.heard(NodeEvent.Registered.class).size() == 2);
                second.close();
                await().atMost(SOON)
                        .until(() -> node.heard(NodeEvent.DirectoryLost.class).size() == 1);
                assertThat(discover()).hasSize(1);
                assertThat(node.node.health().registered()).isTrue();

                try (DirectoryServer back = directory(port)) {
                    await().atMost(SOON).until(() -> back.nodeCount() == 1);
                    await().atMost(SOON)
                            .until(() -> node.heard(NodeEvent.DirectoryRecovered.class)
                                            .size()
                                    == 1);
                    node.node.close();
                }
            }
        }
    }

    @Nested
    class A_node_that_is_started_again {

        @Test
        void proves_with_its_kept_token_that_it_is_the_same(@TempDir Path home) throws Exception {
            DirectoryServer strict = DirectoryServer.builder()
                    .port(0)
                    .ownership(OwnershipRule.STRICT)
                    .build();
            strict.start();
            try {
                Consumer<NodeSettingsBuilder> same = settings ->
                        settings.directoryUrl(strict.url()).nodeId("the-same").keyDirectory(home);
                TestNode first = node(same);
                awaitRegistered(first);
                // Another process with the same files takes over: the first one has not left.
                try (TestNode second = node(same)) {
                    awaitRegistered(second);
                    assertThat(strict.nodeCount()).isEqualTo(1);
                    first.node.close();
                    assertThat(strict.nodeCount())
                            .as("the one before cannot take it down")
                            .isEqualTo(1);
                }
                assertThat(strict.nodeCount()).isZero();
            } finally {
                strict.close();
            }
        }
    }

    @Nested
    class A_node_that_asks_for_tokens {

        private String token(String nodeId) {
            long now = Instant.now().getEpochSecond();
            Map<String, Object> claims = new TreeMap<>(Map.of(
                    "v", 1, "iss", "x", "sub", "node-a", "aud", nodeId, "intent", "*", "iat", now, "exp", now + 300));
            String body = Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(claims));
            byte[] signature =
                    DIRECTORY_KEY.sign(("iicp:consumer-token:v1\n" + body).getBytes(StandardCharsets.US_ASCII));
            return body + "." + HexFormat.of().formatHex(signature);
        }

        @Test
        void serves_those_the_directory_vouches_for() throws Exception {
            try (TestNode node = node(settings -> settings.authentication(NodeAuthentication.TOKEN))) {
                awaitRegistered(node);

                TestNode.Reply without = node.post(task(newId()));
                TestNode.Reply junk = node.post(task(newId()), "X-IICP-Consumer-Token", "junk.junk");
                assertThat(without.status()).isEqualTo(401);
                assertThat(without.errorCode()).isEqualTo("unauthorized");
                assertThat(without.header("access-control-allow-origin")).isEqualTo("*");
                await().atMost(SOON).untilAsserted(() -> assertThat(
                                node.post(task(newId()), "X-IICP-Consumer-Token", token(node.node.id()))
                                        .status())
                        .isEqualTo(200));
                assertThat(junk.status()).isEqualTo(401);
                assertThat(node.post(task(newId()), "X-IICP-Consumer-Token", token("another"))
                                .status())
                        .isEqualTo(401);
            }
        }

        @Test
        void refuses_a_bad_token_even_when_it_is_open() throws Exception {
            try (TestNode node = node(settings -> {})) {
                awaitRegistered(node);

                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(node.post(task(newId()), "X-IICP-Consumer-Token", "junk.junk")
                                        .status())
                                .isEqualTo(401));
                assertThat(node.post(task(newId()), "Authorization", "Bearer whatever")
                                .status())
                        .isEqualTo(200);
            }
        }

        @Test
        void serves_only_the_operator_when_that_is_set() throws Exception {
            try (TestNode node = node(settings ->
                    settings.authentication(NodeAuthentication.OPERATOR).operatorKey("operator-key-0123456789"))) {
                awaitRegistered(node);

                assertThat(node.post(task(newId()), "X-IICP-Consumer-Token", token(node.node.id()))
                                .status())
                        .isEqualTo(401);
                assertThat(node.post(task(newId()), "Authorization", "bearer operator-key-0123456789")
                                .status())
                        .isEqualTo(200);
                Map<String, Object> body = task(newId());
                body.put("auth", Map.of("token", "operator-key-0123456789"));
                assertThat(node.post(body).status()).isEqualTo(200);
            }
        }

        @Test
        void is_what_a_plain_handler_gets_by_itself() throws Exception {
            try (TestNode node = node(settings -> settings.authentication(NodeAuthentication.AUTO))) {
                assertThat(node.post(task(newId())).status()).isEqualTo(401);
            }
        }
    }
}
