package network.iicp.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TraceContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryClientIT {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final NodeRegistration NODE = NodeRegistration.builder(URI.create("http://127.0.0.1:9484"))
            .nodeId("node-1")
            .capability(Capability.of(Intent.LLM_CHAT, List.of("m")))
            .build();

    private final HttpTransport transport = HttpTransport.builder().build();
    private final TraceContext trace = TraceContext.root(new Random(1));
    private MockWebServer server;
    private DirectoryClient directory;

    @BeforeEach
    void start() throws IOException {
        server = new MockWebServer();
        server.start(InetAddress.getByName("127.0.0.1"), 0);
        directory = DirectoryClient.of(transport, URI.create(base() + "/api"));
    }

    @AfterEach
    void stop() {
        transport.close();
        server.close();
    }

    private String base() {
        return "http://127.0.0.1:" + server.getPort();
    }

    private static Deadline deadline() {
        return Deadline.after(LONG);
    }

    private void answer(int status, String contentType, String body) {
        server.enqueue(new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", contentType)
                .body(body)
                .build());
    }

    private void answer(int status, String json) {
        answer(status, "application/json", json);
    }

    private DiscoverReply discover() {
        return get(directory.discover(DiscoverQuery.of(Intent.LLM_CHAT), deadline(), trace));
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void assertFails(
            ThrowingCallable call, Class<? extends IicpException> type, String... partsOfTheMessage) {
        assertThatThrownBy(call)
                .isInstanceOf(type)
                .hasMessageContainingAll(partsOfTheMessage)
                .extracting(e -> ((IicpException) e).component())
                .isEqualTo(ErrorComponent.DIRECTORY);
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class When_all_is_well {

        @Test
        void discover_sends_query_and_trace_and_reads_the_nodes() throws Exception {
            answer(200, """
                    {"nodes":[{"node_id":"a","endpoint":"http://127.0.0.1:1","score":0.9},{"node_id":7},
                    {"node_id":"b","endpoint":"http://127.0.0.1:2"}],"count":3}""");
            DiscoverReply reply = discover();
            assertThat(reply.nodes()).extracting(NodeDescriptor::id).containsExactly("a", "b");
            assertThat(reply.skipped()).isEqualTo(1);
            RecordedRequest request = server.takeRequest();
            assertThat(request.getTarget())
                    .isEqualTo("/api/v1/discover?intent=urn%3Aiicp%3Aintent%3Allm%3Achat%3Av1&limit=10");
            assertThat(request.getHeaders().get("traceparent")).isEqualTo(trace.traceparent());
            assertThat(request.getHeaders().get("authorization")).isNull();
        }

        @Test
        void register_sends_the_announcement_and_reads_the_receipt() throws Exception {
            answer(201, "{\"node_id\":\"node-1\",\"node_token\":\"t1\",\"node_hmac_key\":\"k\"}");
            assertThat(get(directory.withJoinToken("join").register(NODE, deadline()))
                            .nodeToken())
                    .isEqualTo("t1");
            RecordedRequest request = server.takeRequest();
            assertThat(request.getMethod()).isEqualTo("POST");
            assertThat(request.getTarget()).isEqualTo("/api/v1/register");
            assertThat(request.getHeaders().get(DirectoryClient.JOIN_TOKEN_HEADER))
                    .isEqualTo("join");
            assertThat(Json.parseObject(request.getBody().toByteArray(), JsonLimits.DEFAULT))
                    .containsEntry("node_id", "node-1")
                    .containsEntry("endpoint", "http://127.0.0.1:9484");
        }

        @Test
        void heartbeat_and_deregister_show_the_token_in_the_header_only() throws Exception {
            answer(200, "{\"ok\":true,\"next_heartbeat_ms\":30000,\"challenge\":\"c\"}");
            answer(200, "{\"deregistered\":true}");
            assertThat(get(directory.heartbeat("node-1", "t1", Heartbeat.alive(), deadline()))
                            .challenge())
                    .isEqualTo("c");
            get(directory.deregister("node-1", "t1", deadline()));
            RecordedRequest beat = server.takeRequest();
            assertThat(beat.getHeaders().get("authorization")).isEqualTo("Bearer t1");
            assertThat(beat.getBody().utf8()).doesNotContain("t1");
            RecordedRequest goodbye = server.takeRequest();
            assertThat(goodbye.getMethod()).isEqualTo("DELETE");
            assertThat(goodbye.getHeaders().get("x-node-id")).isEqualTo("node-1");
            assertThat(goodbye.getBody().utf8()).isEqualTo("{\"node_id\":\"node-1\"}");
        }

        @Test
        void a_node_nobody_knows_is_deregistered_already() {
            answer(404, "{\"error\":{\"code\":\"not_found\",\"message\":\"no such node\"}}");
            assertThat(get(directory.deregister("node-1", "t1", deadline()))).isNull();
        }

        @Test
        void the_registry_is_asked_for_the_prefix_of_a_uuid_and_for_all_of_any_other_id() throws Exception {
            answer(200, "{\"node_id_prefix\":\"3f0c7d52\"}");
            answer(404, "{\"error\":\"REGISTRY-NODE-NOT-FOUND\",\"message\":\"no\"}");
            answer(200, "{\"node_id\":\"x\"}");
            assertThat(get(directory.registryNode("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e", deadline())))
                    .isPresent();
            assertThat(get(directory.registryNode("a:b node", deadline()))).isEmpty();
            assertThat(get(directory.nodeDetail("x/../y", deadline()))).isPresent();
            assertThat(server.takeRequest().getTarget()).isEqualTo("/api/v1/registry/nodes/3f0c7d52");
            assertThat(server.takeRequest().getTarget()).isEqualTo("/api/v1/registry/nodes/a%3Ab%20node");
            assertThat(server.takeRequest().getTarget()).isEqualTo("/api/v1/node/x%2F..%2Fy");
        }

        @Test
        void the_small_calls_are_read() throws Exception {
            answer(200, "{\"node_id\":\"n\",\"observed_source_ip\":\"127.0.0.1\",\"endpoint\":\"http://127.0.0.1:1\"}");
            answer(200, "{\"peers\":[{\"node_id\":\"p\",\"endpoint\":\"http://127.0.0.1:1\"}],\"count\":1}");
            answer(200, "{\"public_key\":\"%s\",\"algorithm\":\"ed25519\"}".formatted("0a".repeat(32)));
            assertThat(get(directory.me("t", null, deadline())).nodeId()).isEqualTo("n");
            assertThat(get(directory.bootstrap(5, deadline()))).hasSize(1);
            assertThat(get(directory.directoryKey(deadline()))).hasSize(32).containsOnly(10);
            assertThat(server.takeRequest().getHeaders().get("x-node-id")).isNull();
            assertThat(server.takeRequest().getTarget()).isEqualTo("/api/v1/bootstrap?limit=5");
        }

        @Test
        void json_under_another_content_type_is_read_nevertheless() {
            answer(200, "text/plain", "{\"nodes\":[]}");
            assertThat(discover().nodes()).isEmpty();
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class When_the_url_is_wrong {

        @Test
        void a_page_is_named_as_what_it_is() {
            answer(200, "text/html; charset=utf-8", "<html>secret page</html>");
            assertFails(
                    DirectoryClientIT.this::discover,
                    ProtocolViolationException.class,
                    base() + " did not answer with JSON (text/html)",
                    "it should end in /api");
        }

        @Test
        void a_404_page_is_not_taken_for_an_unknown_node() {
            answer(404, "text/html", "<html>");
            assertFails(
                    () -> get(directory.registryNode("n", deadline())),
                    InvalidRequestException.class,
                    "HTTP 404 without JSON",
                    "/api");
        }

        @ParameterizedTest
        @ValueSource(ints = {301, 302, 303, 307, 308})
        void a_redirect_is_not_followed(int status) throws Exception {
            server.enqueue(new MockResponse.Builder()
                    .code(status)
                    .setHeader("Location", base() + "/elsewhere")
                    .build());
            assertFails(
                    () -> get(directory.heartbeat("n", "secret", Heartbeat.alive(), deadline())),
                    ProtocolViolationException.class,
                    "redirect",
                    Integer.toString(status));
            assertThat(server.getRequestCount()).isEqualTo(1);
        }

        @Test
        void nobody_listening_is_said_with_the_address() throws Exception {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            DirectoryClient nobody =
                    DirectoryClient.of(transport, URI.create("http://127.0.0.1:%d/api".formatted(port)));
            assertFails(
                    () -> get(nobody.directoryKey(deadline())),
                    TransportException.class,
                    "directory http://127.0.0.1:" + port,
                    "is it running");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "iicp.network/api",
                    "ftp://iicp.network/api",
                    "http:///api",
                    "https://user:secret@iicp.network/api",
                    "https://iicp.network/api?x=1",
                    "https://iicp.network/api#x"
                })
        void what_cannot_be_a_directory_is_refused_before_anything_is_sent(String url) {
            assertThatThrownBy(() -> DirectoryClient.of(transport, URI.create(url)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("https://iicp.network/api")
                    .hasMessageNotContaining("secret");
        }

        @ParameterizedTest
        @CsvSource({
            "https://iicp.network/api, https://iicp.network/api",
            "https://iicp.network/api//, https://iicp.network/api",
            "https://iicp.network/api/v1/, https://iicp.network/api",
            "http://127.0.0.1:9480, http://127.0.0.1:9480",
            "http://127.0.0.1:9480/, http://127.0.0.1:9480",
            "http://127.0.0.1:9480/v1, http://127.0.0.1:9480"
        })
        void small_slips_are_tolerated(String configured, String normal) {
            assertThat(DirectoryClient.of(transport, URI.create(configured)).url())
                    .hasToString(normal);
        }

        @Test
        void the_scope_follows_from_the_url_or_is_set() {
            assertThat(directory.scope()).isEqualTo(EndpointScope.LOCAL);
            DirectoryClient far = DirectoryClient.of(transport, URI.create("https://iicp.network/api"));
            assertThat(far.scope()).isEqualTo(EndpointScope.PUBLIC);
            assertThat(far.withScope(EndpointScope.PRIVATE).scope()).isEqualTo(EndpointScope.PRIVATE);
            assertThat(far.withJoinToken("secret").toString())
                    .contains("iicp.network")
                    .doesNotContain("secret");
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class When_the_directory_refuses {

        @Test
        void code_status_and_complaints_arrive() {
            answer(
                    422,
                    "{\"error\":{\"code\":\"validation_error\",\"message\":\"The given data was invalid.\",\"fields\":{\"endpoint\":[\"IICP-E035: endpoint is not publicly routable\"]}}}");
            assertFails(
                    () -> get(directory.register(NODE, deadline())),
                    InvalidRequestException.class,
                    "HTTP 422",
                    "The given data was invalid.",
                    "endpoint: IICP-E035: endpoint is not publicly routable");
        }

        @Test
        void a_routability_code_is_an_endpoint_refusal() {
            answer(422, "{\"error\":{\"code\":\"IICP-E035\",\"message\":\"IICP-E035: not routable\"}}");
            assertFails(
                    () -> get(directory.register(NODE, deadline())), EndpointRefusedException.class, "not routable");
        }

        @Test
        void a_flat_throttle_keeps_its_waiting_time() {
            server.enqueue(new MockResponse.Builder()
                    .code(429)
                    .setHeader("Content-Type", "application/json")
                    .setHeader("Retry-After", "60")
                    .body("{\"error\":\"IICP-E034\",\"message\":\"slow down\",\"retry_after\":60}")
                    .build());
            assertThatThrownBy(() -> get(directory.register(NODE, deadline())))
                    .isInstanceOfSatisfying(CapacityException.class, e -> {
                        assertThat(e.retryAfter()).contains(Duration.ofSeconds(60));
                        assertThat(e.retryable()).isTrue();
                        assertThat(e.httpStatus()).isEqualTo(429);
                    });
        }

        @Test
        void a_lost_credential_shows_by_status() {
            answer(401, "{\"error\":{\"code\":\"unauthorized\",\"message\":\"unknown token\"}}");
            assertThatThrownBy(() -> get(directory.heartbeat("n", "t", Heartbeat.alive(), deadline())))
                    .isInstanceOfSatisfying(UnauthorizedException.class, e -> assertThat(e.httpStatus())
                            .isEqualTo(401));
        }

        @Test
        void a_failing_server_without_json_is_retryable() {
            answer(502, "text/html", "<html>bad gateway</html>");
            assertThatThrownBy(DirectoryClientIT.this::discover).isInstanceOfSatisfying(IicpException.class, e -> {
                assertThat(e.httpStatus()).isEqualTo(502);
                assertThat(e.retryable()).isTrue();
                assertThat(e).hasMessageContaining("HTTP 502 without JSON (text/html)");
            });
        }

        @Test
        void control_characters_of_the_directory_do_not_reach_the_log() {
            answer(
                    422,
                    "{\"error\":{\"code\":\"x\",\"message\":\"a\\r\\nb\",\"fields\":{\"f\\n\":[\"c\\u001b[31m\"]}}}");
            assertThatThrownBy(DirectoryClientIT.this::discover)
                    .extracting(Throwable::getMessage, org.assertj.core.api.InstanceOfAssertFactories.STRING)
                    .doesNotContainPattern("\\p{Cntrl}");
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class When_the_directory_sends_garbage {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "nonsense",
                    "[]",
                    "null",
                    "\"nodes\"",
                    "{\"nodes\":[",
                    "{\"nodes\":{}}",
                    "{}",
                    "{\"a\":NaN}"
                })
        void it_is_a_violation(String body) {
            answer(200, body);
            assertFails(DirectoryClientIT.this::discover, ProtocolViolationException.class, "directory");
        }

        @Test
        void depth_bombs_end_quickly() {
            answer(200, "{\"nodes\":" + "[".repeat(100_000));
            assertFails(DirectoryClientIT.this::discover, ProtocolViolationException.class, "not readable");
        }

        @Test
        void an_answer_over_two_megabytes_is_cut() {
            answer(200, "{\"nodes\":\"" + "x".repeat(DirectoryClient.MAX_ANSWER_BYTES) + "\"}");
            assertFails(DirectoryClientIT.this::discover, ProtocolViolationException.class, "more than 2048 KiB");
        }

        @Test
        void ten_thousand_nodes_are_cut_at_the_limit() {
            StringBuilder nodes = new StringBuilder();
            for (int i = 0; i < 10_000; i++) {
                nodes.append(i == 0 ? "" : ",")
                        .append("{\"node_id\":\"n%d\",\"endpoint\":\"http://n%d.example.org\"}".formatted(i, i));
            }
            answer(200, "{\"nodes\":[" + nodes + "]}");
            DiscoverReply reply = discover();
            assertThat(reply.count()).isEqualTo(10);
            assertThat(reply.skipped()).isEqualTo(9_990);
        }

        @Test
        void a_key_of_another_form_is_a_violation() {
            for (String key : List.of("null", "7", "\"00\"", "\"" + "zz".repeat(32) + "\"")) {
                answer(200, "{\"public_key\":%s}".formatted(key));
                assertFails(() -> get(directory.directoryKey(deadline())), ProtocolViolationException.class, "64 hex");
            }
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class When_the_directory_is_slow {

        @Test
        void silence_ends_at_the_deadline() {
            server.enqueue(new MockResponse.Builder()
                    .onRequestStart(SocketEffect.Stall.INSTANCE)
                    .build());
            assertFails(
                    () -> get(directory.discover(
                            DiscoverQuery.of(Intent.LLM_CHAT), Deadline.after(Duration.ofMillis(300)), trace)),
                    TaskTimeoutException.class,
                    base(),
                    "did not answer in time");
        }

        @Test
        void a_trickling_body_ends_at_the_deadline() {
            server.enqueue(new MockResponse.Builder()
                    .code(200)
                    .setHeader("Content-Type", "application/json")
                    .body("{\"nodes\":[]}" + " ".repeat(1000))
                    .throttleBody(1, 50, TimeUnit.MILLISECONDS)
                    .build());
            assertFails(
                    () -> get(directory.discover(
                            DiscoverQuery.of(Intent.LLM_CHAT), Deadline.after(Duration.ofMillis(500)), trace)),
                    TaskTimeoutException.class,
                    base());
        }

        @Test
        void a_cut_body_is_a_broken_connection() {
            server.enqueue(new MockResponse.Builder()
                    .code(200)
                    .setHeader("Content-Type", "application/json")
                    .body("{\"nodes\":[" + " ".repeat(100_000) + "]}")
                    .onResponseBody(new SocketEffect.CloseSocket())
                    .build());
            assertFails(DirectoryClientIT.this::discover, TransportException.class, base());
        }

        @Test
        void cancelling_aborts_the_exchange() {
            server.enqueue(new MockResponse.Builder()
                    .onRequestStart(SocketEffect.Stall.INSTANCE)
                    .build());
            CompletableFuture<DiscoverReply> call =
                    directory.discover(DiscoverQuery.of(Intent.LLM_CHAT), deadline(), trace);
            Awaitility.await().until(() -> transport.runningExchanges() == 1);
            assertThat(call.cancel(true)).isTrue();
            Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> transport.runningExchanges() == 0);
        }
    }

    @Test
    void credentials_never_show_in_messages() {
        answer(500, "{\"error\":{\"code\":\"server_error\",\"message\":\"boom\"}}");
        assertThatThrownBy(() -> get(directory.heartbeat("n", "very-secret", Heartbeat.alive(), deadline())))
                .hasMessageNotContaining("very-secret");
    }

    @Test
    void a_token_that_cannot_be_sent_is_refused_without_showing_it() {
        assertThatThrownBy(() -> directory.heartbeat("n", "very-secret\r\nX: y", Heartbeat.alive(), deadline()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("very-secret");
        assertThatThrownBy(() -> directory.withJoinToken("very secret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("very");
    }
}
