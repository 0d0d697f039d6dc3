package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.IicpClient;
import network.iicp.client.ClientHealth.Directory;
import network.iicp.documentation.Guide;
import network.iicp.metrics.MetricsText;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can be seen of calls from outside: their beginning and end, their trace, figures, and how the mesh is. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ObservedCallsIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");
    private static final String CHAT = "intent=\"urn:iicp:intent:llm:chat:v1\"";
    private static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN_ID = "b7ad6b7169203331";
    private static final String TRACEPARENT = "00-" + TRACE_ID + "-" + SPAN_ID + "-00";

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private <T extends RoutingEvent> List<T> events(Class<T> type) {
        return mesh.events().stream().filter(type::isInstance).map(type::cast).toList();
    }

    private RoutingEvent.Ended ended() {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !events(RoutingEvent.Ended.class).isEmpty());
        assertThat(events(RoutingEvent.Started.class)).hasSize(1);
        assertThat(events(RoutingEvent.Ended.class)).hasSize(1);
        return events(RoutingEvent.Ended.class).get(0);
    }

    /** Collects a stream; asks for everything. */
    private static final class Reader implements Flow.Subscriber<ChatEvent> {

        private final CompletableFuture<ChatResult> result = new CompletableFuture<>();
        private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.set(given);
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ChatEvent event) {
            if (event instanceof ChatEvent.Completed completed) {
                result.complete(completed.result());
            }
        }

        @Override
        public void onError(Throwable fault) {
            result.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            // the result came before
        }
    }

    @Nested
    class The_end_of_a_call {

        @Test
        void is_told_before_its_caller_goes_on() {
            mesh.node(job -> job.say("hello"));

            mesh.client().chat(HELLO);

            RoutingEvent last = mesh.events().get(mesh.events().size() - 1);
            assertThat(last).isInstanceOfSatisfying(RoutingEvent.Ended.class, ended -> {
                assertThat(ended.outcome()).isEqualTo("success");
                assertThat(ended.intent()).isEqualTo(Intent.LLM_CHAT);
                assertThat(ended.attempts()).isEqualTo(1);
                assertThat(ended.model()).isEqualTo("m1");
                assertThat(ended.usage()).isEqualTo(Usage.of(1, 2));
                assertThat(ended.elapsed()).isPositive();
            });
        }

        @Test
        void names_the_failure_and_the_number_of_sends() {
            mesh.node(job -> job.line().close());
            mesh.node(job -> job.line().close());

            assertThatThrownBy(
                            () -> mesh.client(builder -> builder.maxAttempts(2)).chat(HELLO))
                    .isInstanceOf(IicpException.class);

            assertThat(ended().outcome()).isEqualTo("no_available_node");
            assertThat(ended().attempts()).isEqualTo(2);
        }

        @Test
        void that_its_caller_cancels_is_no_failure() throws Exception {
            CountDownLatch there = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            mesh.node(job -> {
                there.countDown();
                assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
            });
            IicpClient client = mesh.client();
            CompletableFuture<ChatResult> answer = client.chatAsync(HELLO);
            assertThat(there.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(client.health().activeCalls()).isEqualTo(1);

            answer.cancel(true);
            go.countDown();

            assertThat(ended().outcome()).isEqualTo("cancelled");
            assertThat(client.health().activeCalls()).isZero();
        }

        @Test
        void of_a_stream_comes_with_its_last_event() throws Exception {
            mesh.node(job -> job.accept().delta("a").delta("b").end()).streaming();
            Reader reader = new Reader();

            mesh.client().chatStream(HELLO).subscribe(reader);

            assertThat(reader.result.get(20, TimeUnit.SECONDS).text()).isEqualTo("ab");
            assertThat(ended().outcome()).isEqualTo("success");
            assertThat(ended().usage()).isEqualTo(Usage.of(1, 2));
            assertThat(events(RoutingEvent.Started.class).get(0).streaming()).isTrue();
            assertThat(events(RoutingEvent.FellBack.class)).isEmpty();
        }

        @Test
        void of_a_stream_that_is_cut_or_cancelled_is_told_once() throws Exception {
            mesh.node(job -> {
                job.accept().delta("a");
                job.line().close();
            });
            mesh.node(job -> job.accept().delta("never enough")).streaming();
            Reader reader = new Reader();
            mesh.client().chatStream(HELLO).subscribe(reader);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> !events(RoutingEvent.StreamStarted.class).isEmpty());

            reader.subscription.get().cancel();
            reader.subscription.get().cancel();

            assertThat(ended().outcome()).isIn("cancelled", "stream_interrupted");
        }

        @Test
        void of_a_stream_from_a_node_that_does_not_stream_names_the_fallback() throws Exception {
            mesh.node(job -> job.say("whole"));
            Reader reader = new Reader();

            mesh.client().chatStream(HELLO).subscribe(reader);

            assertThat(reader.result.get(20, TimeUnit.SECONDS).text()).isEqualTo("whole");
            assertThat(events(RoutingEvent.FellBack.class)).singleElement().satisfies(fell -> assertThat(fell.to())
                    .isEqualTo("buffered"));
            assertThat(ended().outcome()).isEqualTo("success");
        }
    }

    @Nested
    class The_trace_of_a_call {

        private FakeNode node;

        private RawServer.Request directoryRequest() {
            return mesh.directory().requests().get(0);
        }

        private RawServer.Request nodeRequest() {
            return node.server().requests().get(0);
        }

        private void chat(TraceSource source, CallOptions options) {
            node = mesh.node(job -> job.say("hello"));
            mesh.client(builder -> builder.traceSource(source)).chat(HELLO, options);
        }

        @Test
        void is_the_one_its_source_names_with_one_value_for_every_request() {
            chat(task -> new TraceSource.Headers(TRACEPARENT, "vendor=1"), CallOptions.DEFAULT);

            assertThat(directoryRequest().header("traceparent")).isEqualTo(TRACEPARENT);
            assertThat(nodeRequest().header("traceparent")).isEqualTo(TRACEPARENT);
        }

        @Test
        void takes_its_state_to_the_directory_and_not_to_nodes() {
            chat(task -> new TraceSource.Headers(TRACEPARENT, "vendor=1"), CallOptions.DEFAULT);

            assertThat(directoryRequest().header("tracestate")).isEqualTo("vendor=1");
            assertThat(nodeRequest().headers()).doesNotContainKey("tracestate");
        }

        @Test
        void of_the_options_keeps_id_and_flag_and_gets_a_parent_of_its_own() {
            TraceContext given = TraceContext.parse(TRACEPARENT).orElseThrow();
            chat(task -> null, CallOptions.DEFAULT.withTrace(given));

            assertThat(nodeRequest().header("traceparent"))
                    .matches("00-" + TRACE_ID + "-[0-9a-f]{16}-00")
                    .doesNotContain(SPAN_ID)
                    .isEqualTo(directoryRequest().header("traceparent"));
        }

        @Test
        void is_a_new_one_when_nobody_knows_one_or_what_is_known_is_malformed_or_the_source_fails() {
            chat(task -> new TraceSource.Headers("00-nonsense", null), CallOptions.DEFAULT);
            String first = nodeRequest().header("traceparent");
            assertThat(first).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            mesh.client(builder -> builder.traceSource(task -> {
                        throw new IllegalStateException("no tracer");
                    }))
                    .chat(HELLO);

            assertThat(node.server().requests().get(1).header("traceparent"))
                    .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01")
                    .isNotEqualTo(first);
        }

        @Test
        void is_asked_for_on_the_thread_of_the_caller_after_the_call_was_told() {
            AtomicReference<String> asked = new AtomicReference<>();
            chat(
                    task -> {
                        asked.set(Thread.currentThread().getName() + " "
                                + mesh.events().size());
                        return null;
                    },
                    CallOptions.DEFAULT);

            assertThat(asked.get()).isEqualTo(Thread.currentThread().getName() + " 1");
        }
    }

    @Nested
    class Figures {

        private final MetricsText metrics = new MetricsText();

        @Test
        void tell_calls_sends_routes_and_fail_overs() throws Exception {
            mesh.deadNode();
            mesh.node(job -> job.accept().delta("a").end()).streaming();
            IicpClient client = mesh.client(builder -> builder.metrics(metrics));
            Reader reader = new Reader();
            client.chatStream(HELLO).subscribe(reader);
            reader.result.get(20, TimeUnit.SECONDS);

            assertThat(metrics.text())
                    .contains(
                            "iicp_client_calls_total{" + CHAT + ",outcome=\"success\"} 1\n",
                            "iicp_client_call_latency_ms_count{" + CHAT + "} 1\n",
                            "iicp_client_first_content_ms_count{" + CHAT + "} 1\n",
                            "iicp_client_attempts_total{outcome=\"success\"} 1\n",
                            "iicp_client_routes_total{source=\"directory\"} 1\n",
                            "iicp_client_active_calls 0\n",
                            "iicp_client_open_breakers 0\n")
                    .containsPattern("iicp_client_directory_age_seconds [0-9]");
        }

        @Test
        void tell_failures_and_failovers_by_their_words() {
            mesh.deadNode();
            mesh.node(job -> job.say("good"));
            IicpClient client = mesh.client(builder -> builder.metrics(metrics));
            client.chat(HELLO);
            client.chat(HELLO);

            assertThat(metrics.text())
                    .contains(
                            "iicp_client_attempts_total{outcome=\"network_error\"} ",
                            "iicp_client_choices_total{reason=\"failover\"} ",
                            "iicp_client_routes_total{source=\"cache\"} 1\n")
                    .doesNotContain("00000001", "m1", "127.0.0.1");
        }

        @Test
        void are_those_of_the_guide() {
            assertThat(Guide.read("consumer.md").table("Metrics").stream().map(row -> row.get(0) + " " + row.get(2)))
                    .containsExactlyElementsOf(ClientMeasures.ALL.stream()
                            .map(metric -> metric.name() + " " + String.join(", ", metric.labels()))
                            .toList());
        }

        @Test
        void bound_the_intents_of_the_application() {
            ClientMeasures measures = new ClientMeasures(List.of(metrics), System::nanoTime);
            for (int i = 0; i < 100; i++) {
                measures.onEvent(new RoutingEvent.Ended(
                        "t" + i,
                        Intent.parse("urn:iicp:intent:x.acme:job-" + i + ":v1"),
                        "made_up",
                        Duration.ofMillis(1),
                        1,
                        null,
                        Usage.UNKNOWN));
            }

            assertThat(metrics.text().lines().filter(line -> line.startsWith("iicp_client_calls_total")))
                    .hasSize(33)
                    .contains("iicp_client_calls_total{intent=\"other\",outcome=\"other\"} 68");
        }
    }

    @Nested
    class Health {

        @Test
        void is_unknown_before_the_first_call_and_asks_nobody() {
            ClientHealth health = mesh.client().health();

            assertThat(health.directory()).isEqualTo(Directory.UNKNOWN);
            assertThat(health.sinceAnswer()).isNull();
            assertThat(mesh.directory().requests()).isEmpty();
        }

        @Test
        void tells_the_age_of_the_last_answer_and_that_the_directory_fell_silent() {
            mesh.node(job -> job.say("hello"));
            IicpClient client = mesh.client();
            client.chat(HELLO);
            assertThat(client.health().directory()).isEqualTo(Directory.ANSWERS);
            assertThat(client.health().sinceAnswer()).isGreaterThanOrEqualTo(Duration.ZERO);
            assertThat(client.health().closedBreakers()).isEqualTo(1);
            mesh.directory((request, line) -> line.json(503, "{\"error\":\"closed\"}"));

            assertThatThrownBy(() -> client.discover(Intent.LLM_CHAT)).isInstanceOf(IicpException.class);

            assertThat(client.health().directory()).isEqualTo(Directory.SILENT);
            assertThat(client.health().failure()).isNotBlank();
            assertThat(client.health().sinceAnswer()).isNotNull();
        }

        @Test
        void counts_a_refusal_as_an_answer() {
            IicpClient client = mesh.client();
            mesh.directory((request, line) -> line.json(401, "{\"error\":\"unauthorized\"}"));

            assertThatThrownBy(() -> client.discover(Intent.LLM_CHAT)).isInstanceOf(IicpException.class);

            assertThat(client.health().directory()).isEqualTo(Directory.ANSWERS);
        }

        @Test
        void counts_the_nodes_that_are_left_alone() {
            FakeNode broken = mesh.node(job -> job.line().whole(500, "text/html", "<p>broken</p>"));
            mesh.node(job -> job.say("good"));
            IicpClient client = mesh.client(builder -> builder.maxAttempts(1));
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> client.chat(HELLO, CallOptions.DEFAULT.withNode(broken.id())))
                        .isInstanceOf(IicpException.class);
            }
            client.chat(HELLO);

            assertThat(client.health().openBreakers()).isEqualTo(1);
            assertThat(client.health().closedBreakers()).isEqualTo(1);
        }
    }
}
