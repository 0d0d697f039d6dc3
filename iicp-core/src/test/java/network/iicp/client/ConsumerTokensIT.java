package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import network.iicp.IicpClient;
import network.iicp.directory.DirectoryClient;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.NodeCodec;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens that a directory issues for this consumer, and keys that nodes must have. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsumerTokensIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");

    private final FakeDirectory directory = new FakeDirectory();
    private final FakeNode node = new FakeNode("aaaaaaaa-1", job -> job.say("hello back"));
    private final HttpTransport transport = HttpTransport.builder().build();
    private final List<AutoCloseable> open = new ArrayList<>(List.of(directory, node, transport));
    private final List<RoutingEvent> events = new CopyOnWriteArrayList<>();
    private Instant now = Instant.now();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private IicpClient client(UnaryOperator<IicpClient.Builder> more) {
        directory.with(node);
        IicpClient client = more.apply(IicpClient.builder()
                        .directories(List.of(DirectorySettings.builder(directory.url())
                                .nodeToken("the-secret-of-this-node")
                                .nodeId("me-1")
                                .build()))
                        .listener(events::add))
                .build();
        open.add(client);
        return client;
    }

    private List<String> shown() {
        return node.server().requests().stream()
                .map(request -> request.header("x-iicp-consumer-token"))
                .toList();
    }

    @Test
    void a_task_carries_the_token_and_the_next_one_the_same() {
        IicpClient client = client(builder -> builder);
        client.chat(HELLO);
        client.chat(HELLO);
        assertThat(shown()).hasSize(2).allMatch(token -> token.endsWith("-for-aaaaaaaa-1"));
        assertThat(directory.tokensAsked()).isEqualTo(1);
        RawServer.Request request = directory.asked("consumer-token").get(0);
        assertThat(request.path()).isEqualTo("/api/v1/consumer-token");
        assertThat(request.header("authorization")).isEqualTo("Bearer the-secret-of-this-node");
        assertThat(request.header("x-node-id")).isEqualTo("me-1");
        assertThat(Json.parseObject(request.body(), JsonLimits.DEFAULT))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("target_node_id", "aaaaaaaa-1", "intent", Intent.LLM_CHAT.urn()));
    }

    @Test
    void the_node_token_goes_to_its_directory_and_to_no_node() {
        client(builder -> builder).chat(HELLO);
        for (RawServer.Request request : node.server().requests()) {
            assertThat(request.headers().toString()).doesNotContain("the-secret-of-this-node");
            assertThat(new String(request.body(), java.nio.charset.StandardCharsets.UTF_8))
                    .doesNotContain("the-secret-of-this-node");
        }
        assertThat(directory.asked("dispatch/ticket"))
                .allMatch(request -> request.header("authorization").isEmpty());
    }

    @Test
    void without_a_token_an_optional_task_goes_and_a_required_one_does_not() {
        directory.tokens(FakeDirectory.refusal(401, "unauthorized"));
        client(builder -> builder).chat(HELLO);
        assertThat(shown()).containsExactly("");
        assertThatThrownBy(() -> client(builder -> builder.consumerTokens(ConsumerTokenUse.REQUIRED))
                        .chat(HELLO))
                .isInstanceOfSatisfying(IicpException.class, fault -> {
                    assertThat(fault.iicpCode()).hasValue("IICP-CONSUMER-AUTH-REQUIRED");
                    assertThat(fault.getMessage()).doesNotContain("the-secret");
                });
        assertThat(shown()).hasSize(1);
    }

    @Test
    void a_token_can_be_required_only_where_there_is_a_credential() {
        directory.with(node);
        IicpClient client = IicpClient.builder()
                .directoryUrl(directory.url())
                .consumerTokens(ConsumerTokenUse.REQUIRED)
                .build();
        open.add(client);
        assertThatThrownBy(() -> client.chat(HELLO)).hasMessageContaining("no directory has a node token");
        assertThat(directory.tokensAsked()).isZero();
    }

    @Test
    void disabled_means_that_none_is_asked_for() {
        client(builder -> builder.consumerTokens(ConsumerTokenUse.DISABLED)).chat(HELLO);
        assertThat(directory.tokensAsked()).isZero();
        assertThat(shown()).containsExactly("");
    }

    @Test
    void a_token_the_node_refuses_is_not_shown_again() {
        node.behave(job -> job.line().json(401, "{\"error\":{\"code\":\"token_expired\"}}"));
        IicpClient client = client(builder -> builder);
        assertThatThrownBy(() -> client.chat(HELLO)).isInstanceOf(IicpException.class);
        node.behave(job -> job.say("yes"));
        client.chat(HELLO);
        assertThat(directory.tokensAsked()).isEqualTo(2);
    }

    @Test
    void a_call_that_is_cancelled_while_the_token_is_fetched_sends_nothing() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        directory.tokens((request, line) -> {
            asked.countDown();
            go.await();
            directory.token(request, line);
        });
        IicpClient client = client(builder -> builder);
        CompletableFuture<?> call = client.chatAsync(HELLO);
        asked.await();
        call.cancel(true);
        go.countDown();
        client.chat(HELLO);
        assertThat(node.payloads()).hasSize(1);
        assertThatThrownBy(call::join)
                .isInstanceOfAny(java.util.concurrent.CancellationException.class, TaskCancelledException.class);
    }

    private ConsumerTokens tokens() {
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneId.of("UTC");
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
        DirectoryClient client = DirectoryClient.of(transport, URI.create(directory.url()));
        return new ConsumerTokens(
                List.of(new ConsumerTokens.Issuer(client, "secret", null)), ConsumerTokenUse.OPTIONAL, clock);
    }

    private static NodeDescriptor described(String id) {
        return NodeCodec.decode(Map.of("node_id", id, "endpoint", "http://127.0.0.1:9"))
                .orElseThrow();
    }

    private Optional<String> token(ConsumerTokens tokens, String id) {
        return tokens.of(described(id), Intent.LLM_CHAT, TraceContext.root(new Random(3)))
                .join();
    }

    @Test
    void a_token_is_used_until_thirty_seconds_before_its_end() {
        ConsumerTokens tokens = tokens();
        Optional<String> first = token(tokens, "n");
        now = now.plusSeconds(260);
        assertThat(token(tokens, "n")).isEqualTo(first);
        now = now.plusSeconds(20);
        assertThat(token(tokens, "n")).isPresent().isNotEqualTo(first);
        assertThat(directory.tokensAsked()).isEqualTo(2);
    }

    @Test
    void a_failure_is_remembered_for_ten_seconds() {
        directory.tokens(FakeDirectory.refusal(503, "not_configured"));
        ConsumerTokens tokens = tokens();
        assertThat(token(tokens, "n")).isEmpty();
        assertThat(token(tokens, "n")).isEmpty();
        assertThat(directory.tokensAsked()).isEqualTo(1);
        directory.healthy();
        now = now.plus(Duration.ofSeconds(11));
        assertThat(token(tokens, "n")).isPresent();
    }

    @Test
    void calls_that_need_the_same_token_share_a_request() {
        CountDownLatch go = new CountDownLatch(1);
        directory.tokens((request, line) -> {
            go.await();
            directory.token(request, line);
        });
        ConsumerTokens tokens = tokens();
        List<CompletableFuture<Optional<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(tokens.of(described("n"), Intent.LLM_CHAT, TraceContext.root(new Random(3))));
        }
        go.countDown();
        assertThat(calls).allSatisfy(call -> assertThat(call.join()).isPresent());
        assertThat(directory.tokensAsked()).isEqualTo(1);
    }

    @Test
    void what_is_held_is_bounded() {
        ConsumerTokens tokens = tokens();
        directory.tokens((request, line) -> line.json(200, "{\"token\":\"t\",\"expires_at\":4102444800}"));
        for (int i = 0; i < 1100; i++) {
            token(tokens, "n" + i);
        }
        assertThat(tokens.size()).isEqualTo(1024);
    }

    @Test
    void a_node_with_another_key_than_the_pinned_one_gets_no_task() {
        FakeNode other = new FakeNode("bbbbbbbb-2", job -> job.say("from the other"));
        open.add(other);
        Map<?, ?> key = (Map<?, ?>) node.description(1).get("cx_public_key");
        IicpClient right =
                client(builder -> builder.pinnedKeys(Map.of("aaaaaaaa-1", String.valueOf(key.get("key_id")))));
        assertThat(right.chat(HELLO).text()).isEqualTo("hello back");
        IicpClient whole = client(builder -> builder.pinnedKeys(Map.of("aaaaaaaa-1", String.valueOf(key.get("key")))));
        assertThat(whole.chat(HELLO).text()).isEqualTo("hello back");
        directory.with(other);
        IicpClient wrong = client(builder -> builder.pinnedKeys(Map.of("aaaaaaaa-1", "cx-0000000000000000")));
        assertThat(wrong.chat(HELLO).text()).isEqualTo("from the other");
        assertThat(events)
                .anyMatch(event -> event instanceof RoutingEvent.Rejected rejected
                        && rejected.reason().equals("other_key_than_pinned"));
    }

    @Test
    void the_name_of_a_pinned_key_is_computed_and_not_believed() {
        Map<String, Object> lying = new java.util.LinkedHashMap<>(node.description(1));
        Map<String, Object> key = new java.util.LinkedHashMap<>();
        ((Map<?, ?>) lying.get("cx_public_key")).forEach((name, value) -> key.put(String.valueOf(name), value));
        key.put("key_id", "cx-0000000000000000");
        lying.put("cx_public_key", key);
        KeyWatch watch = new KeyWatch(Map.of("aaaaaaaa-1", "cx-0000000000000000"));
        assertThat(watch.allows(NodeCodec.decode(lying).orElseThrow())).isFalse();
        assertThat(watch.allows(described("aaaaaaaa-1"))).isFalse();
        assertThat(watch.allows(described("somebody-else"))).isTrue();
    }

    @Test
    void a_key_that_changes_is_told() {
        IicpClient client = client(builder -> builder);
        client.chat(HELLO);
        FakeNode renewed = new FakeNode("aaaaaaaa-1", job -> job.say("with another key"));
        open.add(renewed);
        directory.without(node);
        directory.with(renewed);
        node.behave(job -> job.line().json(400, "{\"error\":{\"code\":\"IICP-CX-01\"}}"));
        assertThat(client.chat(HELLO).text()).isEqualTo("with another key");
        assertThat(events)
                .filteredOn(RoutingEvent.KeyChanged.class::isInstance)
                .singleElement()
                .satisfies(event -> {
                    RoutingEvent.KeyChanged changed = (RoutingEvent.KeyChanged) event;
                    assertThat(changed.node()).isEqualTo("aaaaaaaa");
                    assertThat(changed.before()).matches("cx-[0-9a-f]{16}").isNotEqualTo(changed.now());
                });
    }
}
