package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConsumerIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void nothing_is_left_behind() {
        mesh.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("iicp-client-timer")));
    }

    @Test
    void a_chat_is_found_sealed_sent_opened_and_says_where_it_came_from() {
        FakeNode node = mesh.node(job -> job.say("hello back"));
        ChatResult result = mesh.client().chat(HELLO);
        assertThat(result.text()).isEqualTo("hello back");
        assertThat(result.usage()).isEqualTo(Usage.of(1, 2));
        assertThat(result.model()).isEqualTo("m1");
        assertThat(result.provenance().node()).isEqualTo("00000001");
        assertThat(result.provenance().encrypted()).isTrue();
        assertThat(result.provenance().streamed()).isFalse();
        assertThat(result.provenance().attempts()).singleElement().satisfies(a -> assertThat(a.succeeded())
                .isTrue());
        RawServer.Request sent = node.server().requests().get(0);
        assertThat(new String(sent.body(), java.nio.charset.StandardCharsets.UTF_8))
                .doesNotContain("private question");
        assertThat(sent.header("traceparent")).contains(result.provenance().traceId());
        assertThat(sent.headers()).doesNotContainKeys("upgrade", "http2-settings");
    }

    @Test
    void the_steps_are_told_in_order() {
        mesh.deadNode();
        mesh.node(job -> job.say("second"));
        mesh.client().chat(HELLO);
        assertThat(mesh.events())
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly(
                        "Started",
                        "Discovered",
                        "Selected",
                        "Submitted",
                        "AttemptFailed",
                        "Selected",
                        "Submitted",
                        "Answered",
                        "Ended");
        assertThat(mesh.events().get(5))
                .isInstanceOfSatisfying(RoutingEvent.Selected.class, selected -> assertThat(selected.reason())
                        .isEqualTo("failover"));
    }

    private static FakeNode.Behaviour behaviour(int status, String body) {
        return job -> job.line().json(status, body);
    }

    private static FakeNode.Behaviour html(int status) {
        return job -> job.line().whole(status, "text/html", "<html>oops</html>", "Location: http://127.0.0.1:1/");
    }

    @Test
    void a_single_busy_node_is_asked_again_after_the_wait_it_named() {
        FakeNode node =
                mesh.node(behaviour(429, "{\"error\":{\"code\":\"capacity_exceeded\",\"retry_after_ms\":300}}"));
        CompletableFuture<ChatResult> answer = mesh.client().chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        node.behave(job -> job.say("now"));
        ChatResult result = answer.join();
        assertThat(result.provenance().attempts()).extracting(Attempt::reason).containsExactly("first_choice", "retry");
    }

    @Test
    void sends_are_counted_in_total_and_the_failure_lists_them() {
        List<FakeNode> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            nodes.add(mesh.node(html(502)));
        }
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure).isInstanceOf(NoProviderException.class).hasMessageContaining("all 3 sends");
        assertThat(failure.code()).isEqualTo("no_available_node");
        assertThat(failure.attempts()).extracting(Attempt::node).containsExactly("00000001", "00000002", "00000003");
        assertThat(nodes.stream().mapToInt(n -> n.payloads().size()).sum()).isEqualTo(3);
    }

    @Test
    void one_attempt_means_no_retry() {
        mesh.node(html(500));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpClient client = mesh.client(builder -> builder.maxAttempts(1));
        assertThatThrownBy(() -> client.chat(HELLO))
                .isInstanceOf(IicpException.class)
                .hasMessageContaining("HTTP 500");
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void a_node_that_falls_silent_after_the_headers_does_not_outlast_the_deadline() {
        FakeNode node = mesh.node(job -> {
            job.line().write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{");
            job.line().peerClosed();
        });
        IicpClient client =
                mesh.client(builder -> builder.timeLimits(TimeLimits.DEFAULT.withTotal(Duration.ofMillis(400))));
        long start = System.nanoTime();
        assertThatThrownBy(() -> client.chat(HELLO)).isInstanceOf(TaskTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        await().until(() -> node.server().openConnections() == 0);
    }

    @Test
    void cancelling_aborts_the_exchange_and_tells_the_node() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        FakeNode node = mesh.node(job -> {
                    if (job.line().peerClosed()) {
                        gone.countDown();
                    }
                })
                .streaming();
        CompletableFuture<ChatResult> answer = mesh.client().chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        answer.cancel(true);
        assertThat(gone.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        await().until(() -> node.cancelled().size() == 1);
        String key = node.server().requests().get(0).header("x-iicp-task-key");
        assertThat(network.iicp.crypto.TaskKey.matches(key, node.cancelled().get(0)))
                .isTrue();
    }

    @Test
    void interrupting_the_caller_cancels_the_task() throws Exception {
        FakeNode node = mesh.node(job -> job.line().peerClosed()).streaming();
        IicpClient client = mesh.client();
        CompletableFuture<Throwable> seen = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                client.chat(HELLO);
            } catch (IicpException e) {
                seen.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag lost"));
            }
        });
        caller.start();
        await().until(() -> node.payloads().size() == 1);
        caller.interrupt();
        assertThat(seen.get(10, java.util.concurrent.TimeUnit.SECONDS)).isInstanceOf(TaskCancelledException.class);
        await().until(() -> node.cancelled().size() == 1);
    }

    @Test
    void a_node_without_a_key_gets_nothing() {
        FakeNode node = mesh.node(job -> job.say("in clear")).withoutKey();
        assertThatThrownBy(() -> mesh.client().chat(HELLO))
                .isInstanceOf(ConfidentialityException.class)
                .satisfies(e -> assertThat(((IicpException) e).iicpCode()).contains("IICP-CX-REQUIRED"));
        assertThat(node.server().requests()).isEmpty();
    }

    @Test
    void a_node_without_a_key_on_this_machine_may_be_allowed() {
        mesh.node(job -> job.say("in clear")).withoutKey();
        IicpClient client = mesh.client(builder -> builder.encryption(Encryption.PREFERRED));
        ChatResult result = client.chat(HELLO);
        assertThat(result.text()).isEqualTo("in clear");
        assertThat(result.provenance().encrypted()).isFalse();
    }

    @Test
    void a_plain_answer_to_a_sealed_task_is_refused_and_not_asked_for_elsewhere() {
        mesh.node(job -> job.line()
                .json(
                        200,
                        Json.text(Map.of(
                                "task_id",
                                job.taskId(),
                                "status",
                                "success",
                                "result",
                                Map.of("choices", List.of())))));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure.iicpCode()).contains("IICP-CX-RESP-REQUIRED");
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void an_answer_that_does_not_open_is_refused() {
        String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[12]);
        String body = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[64]);
        mesh.node(job -> job.line()
                .json(
                        200,
                        Json.text(Map.of(
                                "task_id",
                                job.taskId(),
                                "status",
                                "encrypted",
                                "iicp_conf_resp",
                                Map.of("version", 1, "nonce", nonce, "encrypted_body", body)))));
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure.iicpCode()).contains("IICP-CX-RESP-INVALID");
    }

    @Test
    void an_answer_over_the_limit_is_cut_off() {
        mesh.node(job -> job.say("x".repeat(200_000)));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpClient client = mesh.client(builder -> builder.maxResponseBytes(64 * 1024));
        assertThatThrownBy(() -> client.chat(HELLO))
                .isInstanceOf(ProtocolViolationException.class)
                .satisfies(e -> assertThat(((IicpException) e).code()).isEqualTo("response_too_large"));
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void many_calls_ask_the_directory_once() {
        mesh.node(job -> job.say("ok"));
        IicpClient client = mesh.client();
        List<CompletableFuture<ChatResult>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(client.chatAsync(HELLO));
        }
        answers.forEach(answer -> assertThat(answer.join().text()).isEqualTo("ok"));
        assertThat(mesh.directory().requests()).hasSize(1);
    }

    @Test
    void a_directory_that_goes_away_does_not_stop_a_warm_client() {
        java.util.concurrent.atomic.AtomicInteger calls = new java.util.concurrent.atomic.AtomicInteger();
        // the second call is refused in a way that makes the client ask the directory anew
        mesh.node(job -> {
            if (calls.incrementAndGet() == 2) {
                html(404).execute(job);
            } else {
                job.say("still here");
            }
        });
        IicpClient client = mesh.client();
        client.chat(HELLO);
        mesh.directory().close();
        assertThat(client.chat(HELLO).provenance().attempts()).hasSize(2);
        assertThat(mesh.events())
                .anyMatch(e -> e instanceof RoutingEvent.Discovered discovered
                        && discovered.source().equals("stale_cache"));
    }

    static Stream<Arguments> directories_that_are_none() {
        return Stream.of(
                Arguments.of("HTML", (RawServer.Script) (r, line) -> line.whole(200, "text/html", "<html></html>")),
                Arguments.of(
                        "HTML error", (RawServer.Script) (r, line) -> line.whole(502, "text/html", "<html></html>")),
                Arguments.of("array", (RawServer.Script) (r, line) -> line.json(200, "[]")),
                Arguments.of("no nodes", (RawServer.Script) (r, line) -> line.json(200, "{\"ok\":true}")),
                Arguments.of("cut", (RawServer.Script) (r, line) -> line.close()),
                Arguments.of("redirect", (RawServer.Script)
                        (r, line) -> line.json(302, "{}", "Location: http://127.0.0.1:1/")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("directories_that_are_none")
    void a_directory_that_is_none_is_named_in_the_failure(String kind, RawServer.Script script) {
        mesh.directory(script);
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure).as(kind).isNotNull();
        assertThat(failure.component()).isEqualTo(network.iicp.protocol.ErrorComponent.DIRECTORY);
        assertThat(failure).hasMessageContaining("127.0.0.1");
    }

    @Test
    void an_empty_mesh_says_what_to_do() {
        assertThatThrownBy(() -> mesh.client().chat(HELLO))
                .isInstanceOf(NoProviderException.class)
                .hasMessageContaining("iicp-node serve");
    }

    @Test
    void a_refused_intent_never_leaves_the_machine() {
        Task task = Task.of(Intent.parse("urn:iicp:intent:credit:decision:v1"), Map.of());
        assertThatThrownBy(() -> mesh.client().submit(task)).isInstanceOf(PolicyRefusedException.class);
        assertThat(mesh.directory().requests()).isEmpty();
    }

    @Test
    void one_named_node_is_a_hard_promise() {
        mesh.node(job -> job.say("one"));
        FakeNode second = mesh.node(html(500));
        IicpClient client = mesh.client();
        CallOptions onlySecond = CallOptions.DEFAULT.withNode(second.id());
        assertThatThrownBy(() -> client.chat(HELLO, onlySecond)).isInstanceOf(IicpException.class);
        second.behave(job -> job.say("two"));
        assertThat(client.chat(HELLO, onlySecond).text()).isEqualTo("two");
    }

    @Test
    void an_endpoint_outside_the_scope_is_not_connected_to() {
        FakeNode node = mesh.node(job -> job.say("never"));
        IicpClient client = mesh.client(builder -> builder.scope(network.iicp.transport.EndpointScope.PUBLIC));
        assertThatThrownBy(() -> client.chat(HELLO)).isInstanceOf(network.iicp.protocol.EndpointRefusedException.class);
        assertThat(node.server().requests()).isEmpty();
    }

    @Test
    void a_closed_client_says_so() {
        IicpClient client = mesh.client();
        client.close();
        assertThatThrownBy(() -> client.chat(HELLO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void closing_while_calls_run_ends_them() {
        FakeNode node = mesh.node(job -> job.line().peerClosed());
        IicpClient client = mesh.client();
        CompletableFuture<ChatResult> answer = client.chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        client.close();
        assertThatThrownBy(() -> answer.get(10, java.util.concurrent.TimeUnit.SECONDS))
                .hasCauseInstanceOf(IicpException.class);
    }

    @Test
    void a_node_that_keeps_failing_attracts_no_more_calls() {
        FakeNode bad = mesh.node(html(500));
        mesh.node(job -> job.say("good"));
        IicpClient client = mesh.client();
        for (int i = 0; i < 20; i++) {
            assertThat(client.chat(HELLO).text()).isEqualTo("good");
        }
        assertThat(bad.payloads().size()).isLessThanOrEqualTo(2);
    }

    @Test
    void when_every_node_rests_one_is_asked_all_the_same() {
        FakeNode only = mesh.node(html(500));
        IicpClient client = mesh.client(builder -> builder.maxAttempts(1));
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> client.chat(HELLO)).isInstanceOf(IicpException.class);
        }
        only.behave(job -> job.say("well again"));
        assertThat(client.chat(HELLO).text()).isEqualTo("well again");
    }

    @Test
    void a_capacity_failure_of_the_only_node_keeps_its_type_when_one_attempt_is_allowed() {
        mesh.node(behaviour(429, "{\"error\":{\"code\":\"capacity_exceeded\",\"retry_after_ms\":1500}}"));
        IicpClient client = mesh.client(builder -> builder.maxAttempts(1));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client.chat(HELLO));
        assertThat(failure).isInstanceOf(CapacityException.class);
        assertThat(failure.retryAfter()).contains(Duration.ofMillis(1500));
    }
}
