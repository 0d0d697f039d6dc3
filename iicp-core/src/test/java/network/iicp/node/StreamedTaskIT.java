package network.iicp.node;

import static network.iicp.node.TestNode.SOON;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import network.iicp.crypto.TaskKey;
import network.iicp.json.Json;
import network.iicp.spi.TaskContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamedTaskIT {

    private static final EventDelivery.Heartbeats QUICK =
            new EventDelivery.Heartbeats(Duration.ofMillis(50), Duration.ofMillis(100));

    private static Map<String, Object> token(String text) {
        return Map.of("choices", List.of(Map.of("delta", Map.of("content", text))));
    }

    /** Emits without end, counting, until it is stopped. */
    private static Object emitForever(TaskContext context, AtomicInteger emitted) throws InterruptedException {
        while (true) {
            context.emit(token("t" + emitted.get()));
            emitted.incrementAndGet();
        }
    }

    private static TaskKey key() {
        return TaskKey.generate(new SecureRandom());
    }

    @Nested
    class When_a_task_streams {

        @Test
        void its_events_are_numbered_without_gaps_and_end_with_one_terminal() throws Exception {
            try (TestNode node = TestNode.serving(context -> {
                        assertThat(context.isStreaming()).isTrue();
                        context.emit(token("a"));
                        context.emit(token("b"));
                        return answer("");
                    });
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(newId()), "X-IICP-Trace-Id", "t9")) {
                List<EventReader.Event> events = reader.rest();

                assertThat(reader.status()).isEqualTo(200);
                assertThat(reader.header("content-type")).startsWith("text/event-stream");
                assertThat(reader.header("cache-control")).contains("no-store");
                assertThat(reader.header("access-control-allow-origin")).isEqualTo("*");
                assertThat(reader.header("x-iicp-trace-id")).isEqualTo("t9");
                assertThat(events)
                        .extracting(EventReader.Event::name)
                        .containsExactly("accepted", "partial", "partial", "completed");
                assertThat(events).extracting(EventReader.Event::sequence).containsExactly(0L, 1L, 2L, 3L);
                assertThat(events).extracting(EventReader.Event::id).containsExactly("0", "1", "2", "3");
                assertThat(events).extracting(EventReader.Event::isFinal).containsExactly(false, false, false, true);
                assertThat(Json.text(events.get(1).data().get("result"))).isEqualTo(Json.text(token("a")));
                assertThat(events.get(3).data()).containsKeys("result", "metrics");
                node.awaitIdle();
            }
        }

        @Test
        void a_handler_that_emits_nothing_answers_with_the_whole_result() throws Exception {
            try (TestNode node = TestNode.serving(context -> answer("whole"));
                    EventReader reader = EventReader.post(node.node.endpoint(), task(newId()))) {
                List<EventReader.Event> events = reader.rest();

                assertThat(events).extracting(EventReader.Event::name).containsExactly("accepted", "completed");
                assertThat(Json.text(events.get(1).data().get("result"))).isEqualTo(Json.text(answer("whole")));
            }
        }

        @Test
        void a_failure_is_the_terminal_event() throws Exception {
            try (TestNode node = TestNode.serving(context -> {
                        context.emit(token("a"));
                        throw new IllegalStateException("inside");
                    });
                    EventReader reader = EventReader.post(node.node.endpoint(), task(newId()))) {
                List<EventReader.Event> events = reader.rest();

                assertThat(events).extracting(EventReader.Event::name).containsExactly("accepted", "partial", "failed");
                assertThat(Json.text(events.get(2).data().get("error")))
                        .contains("backend_error")
                        .doesNotContain("inside");
                node.awaitIdle();
            }
        }

        @Test
        void the_deadline_ends_it_with_timed_out() throws Exception {
            CountDownLatch interrupted = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                        context.onCancel(interrupted::countDown);
                        new CountDownLatch(1).await();
                        return answer("never");
                    });
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(newId(), Map.of("timeout_ms", 150)))) {
                List<EventReader.Event> events = reader.rest();

                assertThat(events).extracting(EventReader.Event::name).containsExactly("accepted", "timed_out");
                assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
            }
        }

        @Test
        void silence_is_broken_by_heartbeats() throws Exception {
            CountDownLatch go = new CountDownLatch(1);
            try (TestNode node = TestNode.start(settings -> settings.streams(QUICK, EventLog.Bounds.DEFAULT)
                            .handler(TestNode.chat("m1"), context -> {
                                go.await();
                                return answer("");
                            }));
                    EventReader reader = EventReader.post(node.node.endpoint(), task(newId()))) {
                reader.awaitComment();
                reader.awaitComment();
                go.countDown();

                assertThat(reader.rest()).extracting(EventReader.Event::name).containsExactly("completed");
            }
        }
    }

    @Nested
    class When_the_consumer_goes_away {

        @Test
        void a_task_without_a_key_is_cancelled_and_the_engine_stops() throws Exception {
            AtomicInteger emitted = new AtomicInteger();
            CountDownLatch stopped = new CountDownLatch(1);
            Semaphore never = new Semaphore(0);
            try (TestNode node = TestNode.serving(context -> {
                context.onCancel(stopped::countDown);
                while (!never.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                    context.emit(token("t" + emitted.incrementAndGet()));
                }
                return answer("");
            })) {
                EventReader reader = EventReader.post(node.node.endpoint(), task(newId()));
                for (int i = 0; i < 5; i++) {
                    reader.next();
                }
                int atCut = emitted.get();
                reader.cut();

                assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
                int atEnd = emitted.get();
                assertThat(atEnd - atCut)
                        .as("tokens after the cut, 200 a second")
                        .isLessThan(200);
                await().during(Duration.ofMillis(200)).atMost(SOON).until(() -> emitted.get() == atEnd);
                assertThat(node.heard(NodeEvent.TaskEnded.class))
                        .singleElement()
                        .extracting(NodeEvent.TaskEnded::outcome)
                        .isEqualTo("task_cancelled");
            }
        }

        @Test
        void a_silent_engine_is_stopped_too() throws Exception {
            CountDownLatch stopped = new CountDownLatch(1);
            try (TestNode node = TestNode.start(settings -> settings.streams(QUICK, EventLog.Bounds.DEFAULT)
                    .handler(TestNode.chat("m1"), context -> {
                        context.onCancel(stopped::countDown);
                        new CountDownLatch(1).await();
                        return answer("never");
                    }))) {
                EventReader reader = EventReader.post(node.node.endpoint(), task(newId()));
                reader.next();
                reader.cut();

                assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
            }
        }

        @Test
        void a_task_with_a_key_waits_and_can_be_attached_to_again() throws Exception {
            TaskKey key = key();
            Semaphore steps = new Semaphore(0);
            String id = newId();
            try (TestNode node = TestNode.serving(context -> {
                for (int i = 0; i < 4; i++) {
                    steps.acquire();
                    context.emit(token("t" + i));
                }
                return answer("");
            })) {
                EventReader first = EventReader.post(node.node.endpoint(), task(id), "X-IICP-Task-Key", key.key());
                steps.release(2);
                assertThat(first.next().name()).isEqualTo("accepted");
                assertThat(first.next().sequence()).isEqualTo(1);
                first.cut();
                steps.release(2);

                try (EventReader again =
                        EventReader.attach(node.node.endpoint(), id, 1, "X-IICP-Task-Secret", key.secret())) {
                    assertThat(again.status()).isEqualTo(200);
                    List<EventReader.Event> events = again.rest();
                    assertThat(events).extracting(EventReader.Event::sequence).containsExactly(2L, 3L, 4L, 5L);
                    assertThat(events)
                            .last()
                            .extracting(EventReader.Event::name)
                            .isEqualTo("completed");
                }
                node.awaitIdle();
            }
        }

        @Test
        void the_end_can_be_fetched_after_it_happened() throws Exception {
            TaskKey key = key();
            String id = newId();
            try (TestNode node = TestNode.serving(context -> {
                        context.emit(token("a"));
                        return answer("");
                    });
                    EventReader first =
                            EventReader.post(node.node.endpoint(), task(id), "X-IICP-Task-Key", key.key())) {
                List<EventReader.Event> all = first.rest();
                node.awaitIdle();

                try (EventReader again =
                        EventReader.attach(node.node.endpoint(), id, 0, "X-IICP-Task-Secret", key.secret())) {
                    assertThat(again.rest()).isEqualTo(all.subList(1, all.size()));
                }
            }
        }

        @Test
        void nobody_coming_back_cancels_the_task_after_the_window() throws Exception {
            TaskKey key = key();
            CountDownLatch stopped = new CountDownLatch(1);
            try (TestNode node = TestNode.start(settings -> settings.reattachWindow(Duration.ofMillis(100))
                    .streams(QUICK, EventLog.Bounds.DEFAULT)
                    .handler(TestNode.chat("m1"), context -> {
                        context.onCancel(stopped::countDown);
                        new CountDownLatch(1).await();
                        return answer("never");
                    }))) {
                EventReader reader =
                        EventReader.post(node.node.endpoint(), task(newId()), "X-IICP-Task-Key", key.key());
                reader.next();
                reader.cut();

                assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_someone_attaches {

        @Test
        void a_wrong_secret_no_secret_an_unknown_task_and_a_task_without_key_look_the_same() throws Exception {
            CountDownLatch go = new CountDownLatch(1);
            String withKey = newId();
            String withoutKey = newId();
            try (TestNode node = TestNode.serving(context -> {
                        context.emit(token("a"));
                        go.await();
                        return answer("");
                    });
                    EventReader one =
                            EventReader.post(node.node.endpoint(), task(withKey), "X-IICP-Task-Key", key().key());
                    EventReader two = EventReader.post(node.node.endpoint(), task(withoutKey))) {
                one.next();
                two.next();
                String secret = key().secret();

                List<TestNode.Reply> replies = List.of(
                        node.get("/v1/task/%s/events".formatted(withKey), "X-IICP-Task-Secret", secret),
                        node.get("/v1/task/%s/events".formatted(withKey)),
                        node.get("/v1/task/%s/events".formatted(withoutKey), "X-IICP-Task-Secret", secret),
                        node.get("/v1/task/%s/events".formatted(newId()), "X-IICP-Task-Secret", secret),
                        node.post("/v1/task/%s/cancel".formatted(withKey), new byte[0], "X-IICP-Task-Secret", secret),
                        node.post("/v1/task/%s/cancel".formatted(withKey), new byte[0]),
                        node.post(
                                "/v1/task/%s/cancel".formatted(withoutKey), new byte[0], "X-IICP-Task-Secret", secret),
                        node.post("/v1/task/%s/cancel".formatted(newId()), new byte[0], "X-IICP-Task-Secret", secret));

                assertThat(replies).allSatisfy(reply -> {
                    assertThat(reply.status()).isEqualTo(404);
                    assertThat(reply.text()).isEqualTo(replies.get(0).text());
                    assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
                });
                go.countDown();
                assertThat(one.rest())
                        .last()
                        .extracting(EventReader.Event::name)
                        .isEqualTo("completed");
                node.awaitIdle();
            }
        }

        @Test
        void events_that_were_pushed_out_or_never_sent_cannot_be_asked_for() throws Exception {
            TaskKey key = key();
            String id = newId();
            EventLog.Bounds small = new EventLog.Bounds(4, 1 << 20, 2, 1 << 20);
            try (TestNode node = TestNode.start(settings -> settings.streams(EventDelivery.Heartbeats.DEFAULT, small)
                            .handler(TestNode.chat("m1"), context -> {
                                for (int i = 0; i < 20; i++) {
                                    context.emit(token("t" + i));
                                }
                                return answer("");
                            }));
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(id), "X-IICP-Task-Key", key.key())) {
                assertThat(reader.rest()).hasSize(22);
                node.awaitIdle();
                String path = "/v1/task/%s/events?after=".formatted(id);

                assertThat(node.get(path + 3, "X-IICP-Task-Secret", key.secret())
                                .status())
                        .isEqualTo(409);
                assertThat(node.get(path + 99, "X-IICP-Task-Secret", key.secret())
                                .status())
                        .isEqualTo(409);
                assertThat(node.get(path + "x", "X-IICP-Task-Secret", key.secret())
                                .status())
                        .isEqualTo(422);
                try (EventReader again =
                        EventReader.attach(node.node.endpoint(), id, 18, "X-IICP-Task-Secret", key.secret())) {
                    assertThat(again.rest())
                            .extracting(EventReader.Event::sequence)
                            .containsExactly(19L, 20L, 21L);
                }
            }
        }

        @Test
        void the_new_connection_takes_the_place_of_the_old_one() throws Exception {
            TaskKey key = key();
            String id = newId();
            CountDownLatch go = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                        context.emit(token("a"));
                        go.await();
                        return answer("");
                    });
                    EventReader old = EventReader.post(node.node.endpoint(), task(id), "X-IICP-Task-Key", key.key())) {
                old.next();
                old.next();
                try (EventReader young =
                        EventReader.attach(node.node.endpoint(), id, -1, "X-IICP-Task-Secret", key.secret())) {
                    assertThat(young.next().sequence()).isZero();
                    assertThat(old.rest())
                            .as("the old one ends without a terminal")
                            .isEmpty();
                    go.countDown();

                    assertThat(young.rest())
                            .extracting(EventReader.Event::sequence)
                            .isEqualTo(LongStream.rangeClosed(1, 2).boxed().toList());
                }
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_a_task_is_cancelled {

        @Test
        void the_stream_ends_with_cancelled_and_the_engine_stops() throws Exception {
            TaskKey key = key();
            String id = newId();
            AtomicInteger emitted = new AtomicInteger();
            try (TestNode node = TestNode.serving(context -> emitForever(context, emitted));
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(id), "X-IICP-Task-Key", key.key())) {
                reader.next();
                reader.next();

                TestNode.Reply reply = node.post(
                        "/v1/task/%s/cancel".formatted(id), "{}".getBytes(), "X-IICP-Task-Secret", key.secret());

                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.json()).containsEntry("task_id", id).containsEntry("status", "cancelled");
                assertThat(reader.rest())
                        .last()
                        .extracting(EventReader.Event::name)
                        .isEqualTo("cancelled");
                node.awaitIdle();
                int atEnd = emitted.get();
                await().during(Duration.ofMillis(200)).atMost(SOON).until(() -> emitted.get() == atEnd);
                assertThat(node.post(
                                        "/v1/task/%s/cancel".formatted(id),
                                        new byte[0],
                                        "X-IICP-Task-Secret",
                                        key.secret())
                                .json())
                        .containsEntry("status", "cancelled");
            }
        }

        @Test
        void the_operator_may_cancel_without_the_secret() throws Exception {
            String id = newId();
            try (TestNode node = TestNode.start(settings -> settings.operatorKey("operator-key-0123456789")
                            .handler(TestNode.chat("m1"), context -> {
                                new CountDownLatch(1).await();
                                return answer("never");
                            }));
                    EventReader reader = EventReader.post(node.node.endpoint(), task(id))) {
                reader.next();

                TestNode.Reply reply = node.post(
                        "/v1/task/%s/cancel".formatted(id),
                        new byte[0],
                        "Authorization",
                        "Bearer operator-key-0123456789");

                assertThat(reply.status()).isEqualTo(200);
                assertThat(reader.rest()).extracting(EventReader.Event::name).containsExactly("cancelled");
                node.awaitIdle();
            }
        }

        @Test
        void a_buffered_task_is_answered_as_cancelled() throws Exception {
            TaskKey key = key();
            String id = newId();
            CountDownLatch busy = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                busy.countDown();
                new CountDownLatch(1).await();
                return answer("never");
            })) {
                var answer = node.postAsync(task(id), "X-IICP-Task-Key", key.key());
                busy.await();

                node.post("/v1/task/%s/cancel".formatted(id), new byte[0], "X-IICP-Task-Secret", key.secret());

                assertThat(answer.get().status()).isEqualTo(499);
                assertThat(answer.get().errorCode()).isEqualTo("task_cancelled");
                node.awaitIdle();
            }
        }
    }

    @Nested
    class When_the_consumer_is_slow {

        @Test
        void the_engine_waits_and_memory_stays_bounded() throws Exception {
            AtomicInteger emitted = new AtomicInteger();
            String large = "x".repeat(32 * 1024);
            int parts = 2000;
            try (TestNode node = TestNode.serving(context -> {
                        for (int i = 0; i < parts; i++) {
                            context.emit(token(large));
                            emitted.incrementAndGet();
                        }
                        return answer("");
                    });
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(newId(), Map.of("timeout_ms", 60_000)))) {
                reader.next();
                // What fits into the buffers of sockets and stream goes ahead; then the engine stands still.
                AtomicInteger last = new AtomicInteger(-1);
                await().atMost(SOON).pollInterval(Duration.ofMillis(300)).until(() -> {
                    int now = emitted.get();
                    return now > 0 && now == last.getAndSet(now);
                });
                assertThat(emitted.get()).isLessThan(parts / 4);

                assertThat(reader.rest()).hasSize(parts + 1);
                node.awaitIdle();
            }
        }

        @Test
        void its_deadline_still_counts() throws Exception {
            AtomicInteger emitted = new AtomicInteger();
            String large = "x".repeat(64 * 1024);
            CountDownLatch stopped = new CountDownLatch(1);
            try (TestNode node = TestNode.serving(context -> {
                        context.onCancel(stopped::countDown);
                        while (true) {
                            context.emit(token(large));
                            emitted.incrementAndGet();
                        }
                    });
                    EventReader reader =
                            EventReader.post(node.node.endpoint(), task(newId(), Map.of("timeout_ms", 500)))) {
                assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
                node.awaitIdle();
                List<EventReader.Event> events = reader.rest();
                assertThat(events).last().extracting(EventReader.Event::name).isEqualTo("timed_out");
                assertThat(events).filteredOn(EventReader.Event::isFinal).hasSize(1);
            }
        }
    }
}
