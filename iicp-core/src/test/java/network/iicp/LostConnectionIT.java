package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.client.RouteDiscovery;
import network.iicp.client.TimeLimits;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.TaskContext;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to real nodes that are cut before anything was delivered: a node that is asked again takes the task. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LostConnectionIT {

    private static final ChatRequest HELLO = ChatRequest.of("a question");
    private static final String EVENTS = "POST /v1/task/events ";
    private static final String WHOLE = "POST /v1/task ";

    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicInteger executions = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @ParameterizedTest(name = "after {0} parts of the answer")
    @ValueSource(ints = {0, 1})
    void a_stream_cut_at_both_nodes_is_taken_by_the_first_again(int partsPassed) throws Exception {
        IicpClient client = client(2, EVENTS, partsPassed, this::workUntilCancelledTwice);
        ChatResult answer = stream(client);
        assertThat(answer.text()).isEqualTo("hello");
        assertThat(answer.provenance().attempts()).hasSize(3);
        assertThat(executions).hasValue(3);
        await().untilAsserted(() -> assertThat(ended).hasValue(3));
    }

    @Test
    void a_stream_that_had_ended_at_the_node_is_repeated_and_not_made_again() throws Exception {
        IicpClient client = client(1, EVENTS, 0, this::hello);
        assertThat(stream(client).text()).isEqualTo("hello");
        assertThat(executions).hasValue(1);
    }

    @Test
    void a_whole_answer_that_was_lost_is_repeated_and_not_made_again() throws Exception {
        IicpClient client = client(1, WHOLE, 0, this::hello);
        ChatResult answer = client.chatAsync(HELLO).get(60, TimeUnit.SECONDS);
        assertThat(answer.text()).isEqualTo("hello");
        assertThat(executions).hasValue(1);
    }

    private Object hello(TaskContext task) throws InterruptedException {
        executions.incrementAndGet();
        if (task.isStreaming()) {
            task.emit(Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", "hello")))));
            ended.incrementAndGet();
            return Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")));
        }
        ended.incrementAndGet();
        return Map.of(
                "choices", List.of(Map.of("index", 0, "message", Map.of("role", "assistant", "content", "hello"))));
    }

    private Object workUntilCancelledTwice(TaskContext task) throws InterruptedException {
        if (executions.get() < 2) {
            executions.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.incrementAndGet();
            }
        }
        return hello(task);
    }

    /** A client of nodes whose first answer to such a request is cut. */
    private IicpClient client(int nodes, String request, int partsPassed, TaskHandler handler) {
        Capability chat = Capability.of(Intent.LLM_CHAT, List.of("m1")).withStreaming();
        List<CuttingRelay> relays = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            CuttingRelay relay = new CuttingRelay(request, 1, partsPassed);
            relays.add(relay);
            open.add(relay);
        }
        LocalMesh mesh = LocalMesh.start(setup -> {
            for (CuttingRelay relay : relays) {
                setup.handlers(node ->
                        node.handler(chat, handler).endpoint(relay.url()).authentication(NodeAuthentication.OPEN));
            }
            return setup;
        });
        open.add(0, mesh);
        for (int i = 0; i < nodes; i++) {
            relays.get(i).before(mesh.nodes().get(i).port());
        }
        return mesh.client(builder -> builder.routeDiscovery(RouteDiscovery.LEGACY)
                .routingEpsilon(0)
                .timeLimits(TimeLimits.DEFAULT.withFirstEvent(Duration.ofSeconds(20))));
    }

    private static ChatResult stream(IicpClient client) throws Exception {
        CompletableFuture<ChatResult> result = new CompletableFuture<>();
        client.chatStream(HELLO).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
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
                // the last event told it
            }
        });
        return result.get(60, TimeUnit.SECONDS);
    }
}
