package network.iicp.node;

import static network.iicp.node.TestNode.SOON;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.crypto.TaskKey;
import network.iicp.spi.TaskContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many consumers that do everything wrong at once. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeFaultIT {

    private static final int CONSUMERS = 8;
    private static final int ROUNDS = 40;

    /** Fails, hangs, streams or answers, as its payload says. */
    private static Object handle(TaskContext context) throws Exception {
        Semaphore never = new Semaphore(0);
        String how = String.valueOf(context.task().payload().get("how"));
        switch (how) {
            case "fail" -> throw new IllegalStateException("told to");
            case "hang" -> never.acquire();
            case "slow" -> {
                for (int i = 0; i < 20; i++) {
                    if (context.isStreaming()) {
                        context.emit(Map.of("n", i));
                    }
                    never.tryAcquire(2, TimeUnit.MILLISECONDS);
                }
            }
            default -> {
                // Answers at once.
            }
        }
        return answer("done");
    }

    private static Map<String, Object> body(String how) {
        Map<String, Object> body = task(newId(), Map.of("timeout_ms", 300));
        body.put("payload", Map.of("how", how));
        return body;
    }

    @Test
    @Timeout(120)
    void nothing_is_lost_doubled_or_left_behind() throws Exception {
        AtomicInteger terminals = new AtomicInteger();
        AtomicInteger streams = new AtomicInteger();
        try (TestNode node = TestNode.start(settings -> settings.maxConcurrent(6)
                .reattachWindow(Duration.ofMillis(50))
                .handler(TestNode.chat("m1"), NodeFaultIT::handle))) {
            ExecutorService consumers = Executors.newFixedThreadPool(CONSUMERS);
            try {
                List<Future<?>> all = new ArrayList<>();
                for (int c = 0; c < CONSUMERS; c++) {
                    Random random = new Random(4711 + c);
                    all.add(consumers.submit(() -> {
                        for (int round = 0; round < ROUNDS; round++) {
                            consume(node, random, streams, terminals);
                        }
                        return null;
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            } finally {
                consumers.shutdownNow();
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(node.node.activeTasks()).isZero());
            assertThat(terminals).hasValue(streams.get());
            assertThat(streams.get()).isPositive();
            assertThat(node.post(body("answer")).status()).isEqualTo(200);
        }
    }

    private static void consume(TestNode node, Random random, AtomicInteger streams, AtomicInteger terminals)
            throws IOException, InterruptedException, ExecutionException {
        String how = List.of("answer", "fail", "hang", "slow", "slow").get(random.nextInt(5));
        Map<String, Object> body = body(how);
        switch (random.nextInt(5)) {
            case 0 -> assertThat(node.post(body).status()).isIn(200, 429, 502, 504);
            case 1 -> {
                Future<TestNode.Reply> first = node.postAsync(body);
                Future<TestNode.Reply> second = node.postAsync(body);
                assertThat(first.get().status()).isIn(200, 429, 502, 504);
                assertThat(second.get().status()).isIn(200, 429, 502, 504);
            }
            case 2 -> readAll(node, body, streams, terminals);
            case 3 -> cutAfter(node, body, random.nextInt(4));
            default -> cancel(node, body);
        }
    }

    private static void readAll(TestNode node, Map<String, Object> body, AtomicInteger streams, AtomicInteger terminals)
            throws IOException {
        try (EventReader reader = EventReader.post(node.node.endpoint(), body)) {
            if (reader.status() != 200) {
                return;
            }
            List<EventReader.Event> events = reader.rest();
            streams.incrementAndGet();
            terminals.addAndGet(
                    (int) events.stream().filter(EventReader.Event::isFinal).count());
            for (int i = 0; i < events.size(); i++) {
                assertThat(events.get(i).sequence()).isEqualTo(i);
            }
            assertThat(events.get(events.size() - 1).isFinal()).isTrue();
        }
    }

    private static void cutAfter(TestNode node, Map<String, Object> body, int events) throws IOException {
        TaskKey key = TaskKey.generate(new SecureRandom());
        EventReader reader = EventReader.post(node.node.endpoint(), body, "X-IICP-Task-Key", key.key());
        for (int i = 0; i < events && reader.status() == 200; i++) {
            if (reader.next() == null) {
                break;
            }
        }
        reader.cut();
    }

    private static void cancel(TestNode node, Map<String, Object> body) throws IOException, InterruptedException {
        TaskKey key = TaskKey.generate(new SecureRandom());
        try (EventReader reader = EventReader.post(node.node.endpoint(), body, "X-IICP-Task-Key", key.key())) {
            if (reader.status() != 200) {
                return;
            }
            reader.next();
            String path = "/v1/task/%s/cancel".formatted(body.get("task_id"));
            assertThat(node.post(path, new byte[0], "X-IICP-Task-Secret", key.secret())
                            .status())
                    .isEqualTo(200);
            List<EventReader.Event> events = reader.rest();
            assertThat(events).filteredOn(EventReader.Event::isFinal).hasSize(1);
        }
    }
}
