package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import network.iicp.backend.DemoBackend;
import network.iicp.client.CallOptions;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Directory, nodes and clients together, over real HTTP. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LocalMeshIT {

    private final List<AutoCloseable> open = new ArrayList<>();
    private Set<String> threadsBefore;

    @BeforeEach
    void remember_threads() {
        threadsBefore = threads();
    }

    @AfterEach
    void nothing_is_left_behind() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> threads().stream()
                .filter(name -> !threadsBefore.contains(name))
                .filter(name -> name.startsWith("iicp"))
                .findAny()
                .isEmpty());
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).collect(Collectors.toSet());
    }

    private LocalMesh twoNodes() {
        LocalMesh mesh = LocalMesh.start(m -> m.node(DemoBackend.create()).node(DemoBackend.create()));
        open.add(mesh);
        return mesh;
    }

    @Test
    void a_chat_an_embedding_and_a_completion_go_through_encrypted() {
        IicpClient client = twoNodes().client();
        ChatResult chat = client.chat(ChatRequest.of("Good morning"));
        assertThat(chat.text()).contains("Good morning");
        assertThat(chat.model()).isEqualTo(DemoBackend.MODEL);
        assertThat(chat.usage().totalTokens()).isPositive();
        assertThat(chat.provenance().encrypted()).isTrue();
        EmbeddingResult vectors = client.embed(EmbeddingRequest.of("a", "b", "a"));
        assertThat(vectors.vectors()).hasSize(3);
        assertThat(vectors.vectors().get(0)).isEqualTo(vectors.vectors().get(2));
        assertThat(client.complete(CompletionRequest.of("Once upon").withMaxTokens(4))
                        .finishReason())
                .isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void a_stream_arrives_encrypted_token_by_token() throws Exception {
        Collector seen = new Collector(Long.MAX_VALUE);
        twoNodes().client().chatStream(ChatRequest.of("Tell me more")).subscribe(seen);
        ChatResult result = seen.result.get(30, TimeUnit.SECONDS);
        assertThat(seen.deltas).hasSizeGreaterThan(5);
        assertThat(String.join("", seen.deltas)).isEqualTo(result.text());
        assertThat(result.provenance().streamed()).isTrue();
        assertThat(result.provenance().encrypted()).isTrue();
        assertThat(result.usage().completionTokens()).isPositive();
    }

    @Test
    void tools_are_offered_and_asked_for_streamed_or_not() throws Exception {
        IicpClient client = twoNodes().client();
        ChatRequest request = ChatRequest.builder()
                .user("What is the weather in Munich?")
                .tools(List.of(new Tool(
                        "weather",
                        "tells the weather of a city",
                        Map.of("type", "object", "properties", Map.of("city", Map.of("type", "string"))))))
                .toolChoice(network.iicp.protocol.chat.ToolChoice.REQUIRED)
                .build();
        ChatResult buffered = client.chat(request);
        assertThat(buffered.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(buffered.toolCalls()).extracting("name").containsExactly("weather");
        Collector seen = new Collector(Long.MAX_VALUE);
        client.chatStream(request).subscribe(seen);
        assertThat(seen.result.get(30, TimeUnit.SECONDS).toolCalls()).isEqualTo(buffered.toolCalls());
    }

    @Test
    void cancelling_a_stream_stops_the_engine_within_a_few_tokens() throws Exception {
        DemoBackend engine = DemoBackend.builder()
                .tokenDelay(Duration.ofMillis(20))
                .answer(prompt -> true, network.iicp.backend.DemoReply.text("word ".repeat(2_000)))
                .build();
        LocalMesh mesh = LocalMesh.start(m -> m.node(engine));
        open.add(mesh);
        Collector seen = new Collector(5);
        mesh.client().chatStream(ChatRequest.of("go")).subscribe(seen);
        assertThat(seen.five.await(30, TimeUnit.SECONDS)).isTrue();
        long before = engine.tokensProduced();
        seen.subscription.cancel();
        IicpNode node = mesh.nodes().get(0);
        await().atMost(Duration.ofSeconds(5)).until(() -> node.activeTasks() == 0);
        assertThat(engine.tokensProduced() - before).isLessThan(100);
        assertThat(mesh.client()
                        .chat(ChatRequest.builder().user("again").maxTokens(2).build())
                        .text())
                .isNotEmpty();
    }

    @Test
    void cancelling_a_buffered_call_stops_the_engine_too() {
        DemoBackend engine = DemoBackend.builder()
                .tokenDelay(Duration.ofMillis(20))
                .answer(prompt -> true, network.iicp.backend.DemoReply.text("word ".repeat(2_000)))
                .build();
        LocalMesh mesh = LocalMesh.start(m -> m.node(engine));
        open.add(mesh);
        CompletableFuture<ChatResult> answer = mesh.client().chatAsync(ChatRequest.of("go"));
        await().until(() -> engine.tokensProduced() > 3);
        answer.cancel(true);
        await().atMost(Duration.ofSeconds(5)).until(() -> mesh.nodes().get(0).activeTasks() == 0);
        assertThat(engine.tokensProduced()).isLessThan(500);
    }

    @Test
    void a_stopped_node_is_left_and_its_running_tasks_are_finished() {
        LocalMesh mesh = twoNodes();
        IicpClient client = mesh.client();
        client.chat(ChatRequest.of("warm up"));
        mesh.nodes().get(0).close();
        for (int i = 0; i < 20; i++) {
            assertThat(client.chat(ChatRequest.of("after " + i)).text()).contains("after " + i);
        }
        await().until(() -> mesh.directory().nodeCount() == 1);
    }

    @Test
    void two_hundred_calls_at_once_are_all_answered_by_small_nodes() {
        LocalMesh mesh = LocalMesh.start(m -> m.node(DemoBackend.create(), n -> n.maxConcurrent(64))
                .node(DemoBackend.create(), n -> n.maxConcurrent(64))
                .node(DemoBackend.create(), n -> n.maxConcurrent(128)));
        open.add(mesh);
        IicpClient client = mesh.client();
        List<CompletableFuture<ChatResult>> answers = new ArrayList<>();
        CallOptions patient = CallOptions.DEFAULT.withMaxAttempts(10);
        for (int i = 0; i < 200; i++) {
            answers.add(client.chatAsync(ChatRequest.of("call " + i), patient));
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).join().text()).contains("call " + i);
        }
        await().until(() ->
                mesh.nodes().stream().mapToInt(IicpNode::activeTasks).sum() == 0);
    }

    @Test
    void an_intent_of_ones_own_is_served_by_a_handler() {
        Intent classify = Intent.parse("urn:iicp:intent:x.acme:invoice-classify:v1");
        LocalMesh mesh = LocalMesh.start(m -> m.handlers(node -> node.handler(
                        classify,
                        context -> Map.of(
                                "kind",
                                "invoice",
                                "asked",
                                context.task().payload().get("text")))
                .authentication(NodeAuthentication.OPEN)));
        open.add(mesh);
        TaskResult result = mesh.client().submit(Task.of(classify, Map.of("text", "Gr\u00fc\u00dfe \ud83d\ude80")));
        assertThat(result.resultMap().orElseThrow()).containsEntry("kind", "invoice");
        assertThat(result.resultMap().orElseThrow()).containsEntry("asked", "Gr\u00fc\u00dfe \ud83d\ude80");
    }

    @Test
    void an_engine_that_fails_is_told_without_its_secrets() {
        Intent broken = Intent.parse("urn:iicp:intent:x.acme:broken:v1");
        LocalMesh mesh = LocalMesh.start(m -> m.handlers(node -> node.handler(broken, context -> {
                    throw new IllegalStateException("password=hunter2");
                })
                .authentication(NodeAuthentication.OPEN)));
        open.add(mesh);
        assertThatThrownBy(() -> mesh.client(c -> c.maxAttempts(1)).submit(Task.of(broken, Map.of())))
                .isInstanceOf(network.iicp.protocol.BackendException.class)
                .hasMessageNotContaining("hunter2");
    }

    private static final class Collector implements Flow.Subscriber<ChatEvent> {
        private final List<String> deltas = new CopyOnWriteArrayList<>();
        private final CompletableFuture<ChatResult> result = new CompletableFuture<>();
        private final CountDownLatch five = new CountDownLatch(5);
        private final long demand;
        private volatile Flow.Subscription subscription;

        Collector(long demand) {
            this.demand = demand;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(demand);
        }

        @Override
        public void onNext(ChatEvent event) {
            if (event instanceof ChatEvent.TextDelta delta) {
                deltas.add(delta.text());
                five.countDown();
            } else if (event instanceof ChatEvent.Completed completed) {
                result.complete(completed.result());
            }
        }

        @Override
        public void onError(Throwable failure) {
            result.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            result.completeExceptionally(new IllegalStateException("no last event"));
        }
    }
}
