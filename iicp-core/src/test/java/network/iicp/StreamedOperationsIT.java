package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.backend.DemoBackend;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.protocol.completion.CompletionRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of every kind from real nodes. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamedOperationsIT {

    private static final Intent REPORT = Intent.parse("urn:iicp:intent:x.acme:report:v1");
    private static final int MANY = 100_000;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void a_completion_arrives_token_by_token() {
        IicpClient client =
                mesh(LocalMesh.start(m -> m.node(DemoBackend.create()))).client();
        CompletionRequest request = CompletionRequest.of("The sky over the port");
        Probe<CompletionEvent> stream =
                new Probe<>(client.completeStream(request, CallOptions.DEFAULT), Long.MAX_VALUE);
        stream.await();
        CompletionEvent.Completed last = (CompletionEvent.Completed) stream.last();
        StringBuilder text = new StringBuilder();
        stream.items.stream()
                .filter(CompletionEvent.TextDelta.class::isInstance)
                .forEach(delta -> text.append(((CompletionEvent.TextDelta) delta).text()));
        assertThat(stream.items).hasSizeGreaterThan(3);
        assertThat(last.result().text())
                .isEqualTo(text.toString())
                .isEqualTo(client.complete(request).text());
        assertThat(last.result().provenance().streamed()).isTrue();
        assertThat(last.result().usage().isKnown()).isTrue();
    }

    @Test
    void a_completion_can_be_cancelled() {
        DemoBackend engine =
                DemoBackend.builder().tokenDelay(Duration.ofMillis(20)).build();
        LocalMesh mesh = mesh(LocalMesh.start(m -> m.node(engine)));
        String longPrompt = "word ".repeat(1_000);
        Probe<CompletionEvent> stream = new Probe<>(
                mesh.client().completeStream(CompletionRequest.of(longPrompt), CallOptions.DEFAULT), Long.MAX_VALUE);
        await().until(() -> stream.items.size() > 3);
        stream.subscription.cancel();
        await().until(() -> mesh.nodes().get(0).activeTasks() == 0);
        assertThat(engine.tokensProduced()).isLessThan(900);
    }

    @Test
    void parts_of_any_shape_arrive_as_the_handler_sends_them() {
        IicpClient client = reporting(2);
        Probe<TaskEvent> stream = new Probe<>(
                client.submitStream(Task.of(REPORT, Map.of("rows", 2)), CallOptions.DEFAULT), Long.MAX_VALUE);
        stream.await();
        assertThat(part(stream, 0)).isEqualTo("{\"row\":0}");
        assertThat(part(stream, 1)).isEqualTo("{\"row\":1}");
        TaskEvent.Completed last = (TaskEvent.Completed) stream.last();
        assertThat(Json.text(last.result().resultMap().orElseThrow())).isEqualTo("{\"rows\":2}");
        assertThat(last.result().provenance().streamed()).isTrue();
        assertThat(last.result().provenance().encrypted()).isTrue();
    }

    @Test
    void a_handler_that_does_not_stream_answers_in_one_part() {
        LocalMesh mesh = mesh(LocalMesh.start(m -> m.handlers(
                node -> node.handler(REPORT, context -> Map.of("rows", 7)).authentication(NodeAuthentication.OPEN))));
        Probe<TaskEvent> stream =
                new Probe<>(mesh.client().submitStream(Task.of(REPORT, Map.of()), CallOptions.DEFAULT), Long.MAX_VALUE);
        stream.await();
        assertThat(part(stream, 0)).isEqualTo("{\"rows\":7}");
        assertThat(((TaskEvent.Completed) stream.last()).result().provenance().streamed())
                .isFalse();
        assertThat(stream.items).hasSize(2);
    }

    @Test
    void a_slow_subscriber_slows_the_handler_down_and_loses_nothing() {
        AtomicInteger emitted = new AtomicInteger();
        IicpClient client = reporting(MANY, emitted);
        Probe<TaskEvent> stream =
                new Probe<>(client.submitStream(Task.of(REPORT, Map.of("rows", MANY)), CallOptions.DEFAULT), 10);
        await().until(() -> stream.items.size() == 10);
        AtomicInteger before = new AtomicInteger(-1);
        await().pollInterval(Duration.ofMillis(500)).until(() -> before.getAndSet(emitted.get()) == emitted.get());
        assertThat(emitted.get()).as("held back by the subscriber").isLessThan(MANY - 10_000);
        assertThat(stream.items).hasSize(10);
        stream.subscription.request(Long.MAX_VALUE);
        stream.await();
        assertThat(stream.items).hasSize(MANY + 1);
        for (int i = 0; i < MANY; i++) {
            assertThat(part(stream, i)).isEqualTo("{\"row\":" + i + "}");
        }
    }

    @Test
    void a_node_that_stops_in_the_middle_breaks_the_stream_once() {
        DemoBackend engine =
                DemoBackend.builder().tokenDelay(Duration.ofMillis(10)).build();
        LocalMesh mesh = mesh(LocalMesh.start(m -> m.node(engine)));
        Probe<ChatEvent> stream =
                new Probe<>(mesh.client().chatStream(ChatRequest.of("word ".repeat(2_000))), Long.MAX_VALUE);
        await().until(() -> stream.items.size() > 3);
        mesh.nodes().get(0).stop(Duration.ZERO);
        stream.await();
        assertThat(stream.failure).isInstanceOf(StreamInterruptedException.class);
        StringBuilder text = new StringBuilder();
        stream.items.forEach(item -> text.append(((ChatEvent.TextDelta) item).text()));
        assertThat(((StreamInterruptedException) stream.failure).textSoFar()).isEqualTo(text.toString());
    }

    @Test
    void a_storm_of_cancels_leaves_nothing_behind() {
        DemoBackend engine =
                DemoBackend.builder().tokenDelay(Duration.ofMillis(5)).build();
        LocalMesh mesh = mesh(LocalMesh.start(m -> m.node(engine, node -> node.maxConcurrent(256))));
        IicpClient client = mesh.client();
        List<Probe<ChatEvent>> streams = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Probe<ChatEvent> stream =
                    new Probe<>(client.chatStream(ChatRequest.of("word ".repeat(500))), Long.MAX_VALUE);
            streams.add(stream);
            if (i % 3 == 0) {
                stream.subscription.cancel();
            }
        }
        await().until(() ->
                streams.stream().filter(stream -> !stream.items.isEmpty()).count() > 100);
        streams.forEach(stream -> stream.subscription.cancel());
        await().atMost(Duration.ofSeconds(30)).until(() -> mesh.nodes().get(0).activeTasks() == 0);
        assertThat(streams).allSatisfy(stream -> assertThat(stream.failure).isNull());
    }

    @SuppressWarnings("unchecked")
    private static String part(Probe<TaskEvent> stream, int index) {
        return Json.text((Map<String, Object>) ((TaskEvent.Part) stream.items.get(index)).value());
    }

    private IicpClient reporting(int rows) {
        return reporting(rows, new AtomicInteger());
    }

    private IicpClient reporting(int rows, AtomicInteger emitted) {
        Capability streams = Capability.of(REPORT, List.of()).withStreaming();
        return mesh(LocalMesh.start(m -> m.handlers(node -> node.handler(streams, context -> {
                            for (int i = 0; i < rows; i++) {
                                context.emit(Map.of("row", i));
                                emitted.incrementAndGet();
                            }
                            return Map.of("rows", rows);
                        })
                        .authentication(NodeAuthentication.OPEN))))
                .client();
    }

    private LocalMesh mesh(LocalMesh started) {
        open.add(started);
        return started;
    }

    private static final class Probe<E> implements Flow.Subscriber<E> {
        final List<E> items = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch done = new CountDownLatch(1);
        private final long demand;
        volatile Flow.Subscription subscription;
        volatile Throwable failure;

        Probe(Flow.Publisher<E> publisher, long demand) {
            this.demand = demand;
            publisher.subscribe(this);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(demand);
        }

        @Override
        public void onNext(E item) {
            items.add(item);
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
            done.countDown();
        }

        @Override
        public void onComplete() {
            done.countDown();
        }

        void await() {
            try {
                assertThat(done.await(90, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        E last() {
            assertThat(failure).isNull();
            return items.get(items.size() - 1);
        }
    }
}
