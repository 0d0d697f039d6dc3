package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.crypto.TaskKey;
import network.iicp.json.Json;
import network.iicp.spi.TaskContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IdempotencyIT {

    @Nested
    class When_a_task_is_sent_again {

        @Test
        void the_stored_bytes_are_sent_and_the_handler_is_not_called() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            try (TestNode node = TestNode.serving(context -> answer("call " + calls.incrementAndGet()))) {
                Map<String, Object> body = task(newId());

                TestNode.Reply first = node.post(body, "X-IICP-Trace-Id", "one");
                TestNode.Reply second = node.post(body, "X-IICP-Trace-Id", "two");

                assertThat(second.status()).isEqualTo(200);
                assertThat(second.body()).isEqualTo(first.body());
                assertThat(first.header("x-iicp-replayed")).isEmpty();
                assertThat(second.header("x-iicp-replayed")).isEqualTo("true");
                assertThat(second.header("x-iicp-trace-id")).isEqualTo("two");
                assertThat(calls).hasValue(1);
            }
        }

        @Test
        void other_bytes_under_the_same_id_are_a_conflict() throws Exception {
            try (TestNode node = TestNode.serving(context -> answer("ok"))) {
                String id = newId();
                node.post(task(id));

                TestNode.Reply reply = node.post(task(id, Map.of("timeout_ms", 5000)));

                assertThat(reply.status()).isEqualTo(409);
                assertThat(reply.errorCode()).isEqualTo("conflict");
                assertThat(reply.iicpCode()).isEqualTo("IICP-E010");
                assertThat(reply.member("error")).doesNotContainKey("retry_after_ms");
            }
        }

        @Test
        void a_failure_another_try_may_mend_is_forgotten() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            try (TestNode node = TestNode.serving(context -> {
                if (calls.incrementAndGet() == 1) {
                    throw new IllegalStateException("first time");
                }
                return answer("second time");
            })) {
                Map<String, Object> body = task(newId());

                assertThat(node.post(body).status()).isEqualTo(502);
                TestNode.Reply second = node.post(body);

                assertThat(second.status()).isEqualTo(200);
                assertThat(second.header("x-iicp-replayed")).isEmpty();
            }
        }
    }

    @Nested
    class When_duplicates_race {

        @Test
        void one_is_executed_and_all_get_its_answer() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                busy.countDown();
                free.await();
                return answer("call " + calls.incrementAndGet());
            })) {
                Map<String, Object> body = task(newId());
                List<CompletableFuture<TestNode.Reply>> replies = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    replies.add(node.postAsync(body));
                }
                busy.await();
                assertThat(node.node.activeTasks()).as("waiting takes no place").isEqualTo(1);
                free.countDown();

                for (CompletableFuture<TestNode.Reply> reply : replies) {
                    assertThat(reply.get().status()).isEqualTo(200);
                    assertThat(reply.get().body())
                            .isEqualTo(replies.get(0).get().body());
                }
                assertThat(calls).hasValue(1);
                assertThat(replies)
                        .filteredOn(
                                reply -> reply.join().header("x-iicp-replayed").isEmpty())
                        .hasSize(1);
                node.awaitIdle();
            }
        }

        @Test
        void they_share_a_failure_too() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                busy.countDown();
                free.await();
                throw new IllegalStateException("broken");
            })) {
                Map<String, Object> body = task(newId());
                CompletableFuture<TestNode.Reply> first = node.postAsync(body);
                busy.await();
                CompletableFuture<TestNode.Reply> second = node.postAsync(body);
                CompletableFuture<TestNode.Reply> other = node.postAsync(task(newId()));
                // The other task takes a place, so the duplicate has been seen when both have arrived.
                await().until(() -> node.node.activeTasks() == 2);
                free.countDown();

                assertThat(first.get().status()).isEqualTo(502);
                assertThat(second.get().status()).isEqualTo(502);
                assertThat(other.get().status()).isEqualTo(502);
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_a_stream_is_asked_for_again {

        @Test
        void a_finished_one_is_replayed_as_it_was() throws Exception {
            try (TestNode node = TestNode.serving(context -> {
                context.emit(Map.of("n", 1));
                return answer("");
            })) {
                Map<String, Object> body = task(newId());
                List<EventReader.Event> first;
                try (EventReader reader = EventReader.post(node.node.endpoint(), body)) {
                    first = reader.rest();
                }
                node.awaitIdle();

                try (EventReader again = EventReader.post(node.node.endpoint(), body)) {
                    assertThat(again.header("x-iicp-replayed")).isEqualTo("true");
                    assertThat(again.rest()).isEqualTo(first);
                }
                assertThat(node.heard(NodeEvent.TaskEnded.class)).hasSize(1);
            }
        }

        @Test
        void a_running_one_is_watched_without_disturbing_it() throws Exception {
            CountDownLatch go = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                context.emit(Map.of("n", 1));
                go.await();
                return answer("");
            })) {
                Map<String, Object> body = task(newId());
                try (EventReader first = EventReader.post(node.node.endpoint(), body)) {
                    first.next();
                    first.next();
                    EventReader watcher = EventReader.post(node.node.endpoint(), body);
                    assertThat(watcher.next().name()).isEqualTo("accepted");
                    assertThat(watcher.next().name()).isEqualTo("partial");
                    watcher.cut();
                    go.countDown();

                    assertThat(first.rest()).extracting(EventReader.Event::name).containsExactly("completed");
                }
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_the_consumer_of_a_stream_goes_away {

        private static final int PARTS = 300;

        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicInteger calls = new AtomicInteger();

        private Object speak(TaskContext context) throws InterruptedException {
            calls.incrementAndGet();
            context.emit(Map.of("n", -1));
            go.await();
            for (int i = 0; i < PARTS; i++) {
                context.emit(Map.of("n", i));
            }
            return answer("");
        }

        private static boolean isLed(TestNode node) {
            return node.node.runtime().orElseThrow().tasks().running().stream()
                    .anyMatch(task -> task.log() != null && task.log().isLed());
        }

        private static int connections(TestNode node) {
            return node.node.runtime().orElseThrow().listener().openConnections();
        }

        @Test
        void who_sends_the_same_again_has_the_stream_to_its_end() throws Exception {
            String key = TaskKey.generate(new SecureRandom()).key();
            try (TestNode node = TestNode.start(settings ->
                    settings.reattachWindow(Duration.ofSeconds(1)).handler(TestNode.chat("m1"), this::speak))) {
                Map<String, Object> body = task(newId());
                EventReader first = EventReader.post(node.node.endpoint(), body, "X-IICP-Task-Key", key);
                first.next();
                first.cut();
                await().until(() -> !isLed(node));

                try (EventReader second = EventReader.post(node.node.endpoint(), body, "X-IICP-Task-Key", key)) {
                    assertThat(second.next().name()).isEqualTo("accepted");
                    // For longer than nobody may be there.
                    await().during(Duration.ofMillis(1500)).until(() -> node.node.activeTasks() == 1);
                    go.countDown();
                    List<EventReader.Event> rest = second.rest();
                    assertThat(rest).hasSize(PARTS + 2);
                    assertThat(rest).last().extracting(EventReader.Event::name).isEqualTo("completed");
                }
                assertThat(calls).hasValue(1);
                node.awaitIdle();
            }
        }

        @Test
        void it_goes_on_for_one_who_watches_and_ends_with_the_last() throws Exception {
            try (TestNode node = TestNode.serving(this::speak)) {
                Map<String, Object> body = task(newId());
                EventReader first = EventReader.post(node.node.endpoint(), body);
                first.next();
                EventReader second = EventReader.post(node.node.endpoint(), body);
                second.next();
                try (EventReader third = EventReader.post(node.node.endpoint(), body)) {
                    third.next();
                    first.cut();
                    await().until(() -> connections(node) == 2);
                    second.cut();
                    await().until(() -> connections(node) == 1);
                    go.countDown();
                    assertThat(third.rest())
                            .hasSize(PARTS + 2)
                            .last()
                            .extracting(EventReader.Event::name)
                            .isEqualTo("completed");
                }
                assertThat(calls).hasValue(1);
                node.awaitIdle();
            }
        }

        @Test
        void the_task_ends_when_the_last_one_has_gone() throws Exception {
            try (TestNode node = TestNode.serving(this::speak)) {
                Map<String, Object> body = task(newId());
                EventReader first = EventReader.post(node.node.endpoint(), body);
                first.next();
                EventReader second = EventReader.post(node.node.endpoint(), body);
                second.next();
                second.next();
                first.cut();
                await().until(() -> connections(node) == 1);
                assertThat(node.node.activeTasks()).isEqualTo(1);
                second.cut();
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_the_consumer_of_a_whole_answer_goes_away {

        @Test
        void the_task_is_cancelled() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch stopped = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                context.onCancel(stopped::countDown);
                busy.countDown();
                new CountDownLatch(1).await();
                return answer("never");
            })) {
                Socket socket = send(node, Json.bytes(task(newId())));
                busy.await();
                socket.close();

                assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
            }
        }

        @Test
        void it_goes_on_while_someone_else_waits_for_the_same_answer() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            AtomicInteger calls = new AtomicInteger();
            try (TestNode node = TestNode.serving(context -> {
                calls.incrementAndGet();
                busy.countDown();
                free.await();
                return answer("ok");
            })) {
                Map<String, Object> body = task(newId());
                Socket socket = send(node, Json.bytes(body));
                busy.await();
                CompletableFuture<TestNode.Reply> second = node.postAsync(body);
                CompletableFuture<TestNode.Reply> marker = node.postAsync(task(newId()));
                await().until(() -> node.node.activeTasks() == 2);
                await().pollDelay(Duration.ofMillis(50)).until(() -> true);
                socket.close();
                await().during(Duration.ofMillis(200)).until(() -> node.node.activeTasks() == 2);
                free.countDown();

                assertThat(second.get().status()).isEqualTo(200);
                assertThat(marker.get().status()).isEqualTo(200);
                assertThat(calls).hasValue(2);
                node.awaitIdle();
            }
        }

        private Socket send(TestNode node, byte[] body) throws IOException {
            Socket socket = new Socket("127.0.0.1", node.node.port());
            String head = "POST /v1/task HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            InputStream unused = socket.getInputStream();
            assertThat(unused.available()).isZero();
            return socket;
        }
    }

    @Nested
    class When_the_deadline_passes {

        @Test
        void the_consumer_is_told_and_the_handler_is_interrupted() throws Exception {
            CountDownLatch interrupted = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    assertThat(context.isCancelled()).isTrue();
                    interrupted.countDown();
                    throw e;
                }
                return answer("never");
            })) {
                String id = newId();
                TestNode.Reply reply = node.post(task(id, Map.of("timeout_ms", 150)));

                assertThat(reply.status()).isEqualTo(504);
                assertThat(reply.errorCode()).isEqualTo("task_timeout");
                assertThat(reply.iicpCode()).isEqualTo("IICP-E006");
                assertThat(reply.json()).containsEntry("status", "timeout").containsEntry("task_id", id);
                assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
            }
        }

        @Test
        void a_handler_that_does_not_care_keeps_its_place_until_it_ends() throws Exception {
            CountDownLatch free = new CountDownLatch(1);
            try (TestNode node = TestNode.start(settings -> settings.maxConcurrent(1)
                    .maxTimeout(Duration.ofMillis(200))
                    .defaultTimeout(Duration.ofMillis(200))
                    .handler(TestNode.chat("m1"), context -> {
                        boolean done = false;
                        while (!done) {
                            try {
                                free.await();
                                done = true;
                            } catch (InterruptedException e) {
                                assertThat(context.isCancelled()).isTrue();
                            }
                        }
                        return answer("too late");
                    }))) {
                assertThat(node.post(task(newId(), Map.of("timeout_ms", 60_000)))
                                .status())
                        .isEqualTo(504);
                assertThat(node.node.activeTasks()).isEqualTo(1);
                assertThat(node.post(task(newId())).status()).isEqualTo(429);
                free.countDown();
                node.awaitIdle();
                assertThat(node.post(task(newId())).status()).isEqualTo(200);
            }
        }
    }

    @Nested
    class When_the_node_stops {

        @Test
        void tasks_that_do_not_finish_in_time_are_told_so() throws Exception {
            CountDownLatch busy = new CountDownLatch(2);
            TestNode node = TestNode.serving(context -> {
                busy.countDown();
                new CountDownLatch(1).await();
                return answer("never");
            });
            CompletableFuture<TestNode.Reply> whole = node.postAsync(task(newId()));
            EventReader stream = EventReader.post(
                    node.node.endpoint(),
                    task(newId()),
                    "X-IICP-Task-Key",
                    TaskKey.generate(new SecureRandom()).key());
            busy.await();

            node.node.stop(Duration.ofMillis(50));

            assertThat(whole.get().status()).isEqualTo(503);
            assertThat(whole.get().errorCode()).isEqualTo("temporarily_unavailable");
            List<EventReader.Event> events = stream.rest();
            assertThat(events).last().extracting(EventReader.Event::name).isEqualTo("failed");
            assertThat(Json.text(events.get(events.size() - 1).data())).contains("temporarily_unavailable");
            assertThat(node.node.activeTasks()).isZero();
            assertThat(node.node.state()).isEqualTo(NodeState.STOPPED);
            assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName()
                    .contains(node.node.id().substring(0, 8)));
        }
    }
}
