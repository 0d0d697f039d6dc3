package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The writing side of event streams, seen from raw sockets. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class EventStreamIT {

    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private HttpListener listener;
    private final CompletableFuture<ServerExchange> exchange = new CompletableFuture<>();
    private final CompletableFuture<EventStream> stream = new CompletableFuture<>();
    private final CountDownLatch gone = new CountDownLatch(1);
    private final AtomicInteger disconnects = new AtomicInteger();

    private int start() {
        return start(ListenerSettings.builder(), next -> {
            next.onDisconnect(() -> {
                disconnects.incrementAndGet();
                gone.countDown();
            });
            stream.complete(next.startEvents(Map.of("X-Extra", "1")));
            exchange.complete(next);
        });
    }

    private int start(ListenerSettings.Builder settings, HttpHandler handler) {
        listener = HttpListener.jetty(settings.build(), handler);
        listener.start();
        return listener.port();
    }

    @AfterEach
    void stop() {
        if (listener != null) {
            await().untilAsserted(() -> assertThat(listener.runningExchanges()).isZero());
            listener.close();
            assertThat(listener.openConnections()).isZero();
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    /** Returns the next chunk; it has ended on the wire, not just begun. */
    private static String chunk(RawConnection connection) throws IOException {
        String text = openChunk(connection);
        assertThat(connection.line()).isEmpty();
        return text.equals(":\n\n") ? chunk(connection) : text;
    }

    private static String withoutEmptyComments(String body) {
        return body.replace(":\n\n", "");
    }

    private static String openChunk(RawConnection connection) throws IOException {
        int size = connection.chunkSize();
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append(connection.line()).append('\n');
        }
        return text.toString();
    }

    private void assertDisconnected() throws InterruptedException {
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(disconnects).hasValue(1);
    }

    @Test
    void the_head_is_sent_at_once_and_events_as_they_come() throws Exception {
        try (RawConnection connection = new RawConnection(start())) {
            connection.send(GET);
            RawConnection.Answer head = connection.answerToHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.headers())
                    .containsEntry("content-type", "text/event-stream")
                    .containsEntry("cache-control", "no-store")
                    .containsEntry("x-accel-buffering", "no")
                    .containsEntry("x-extra", "1");
            EventStream events = get(stream);
            get(events.send(ServerSentEvent.of("0", "accepted", "{}")));
            assertThat(chunk(connection)).isEqualTo("id: 0\nevent: accepted\ndata: {}\n\n");
            get(events.comment("beat"));
            assertThat(chunk(connection)).isEqualTo(": beat\n\n");
            get(events.send(ServerSentEvent.of("two\nlines")));
            assertThat(chunk(connection)).isEqualTo("data: two\ndata: lines\n\n");
            assertThat(events.isOpen()).isTrue();
            assertThat(get(exchange).isCommitted()).isTrue();
            events.close();
            assertThat(events.isOpen()).isFalse();
            assertThat(openChunk(connection)).isEqualTo(":\n\n");
            assertThat(connection.chunkSize()).isZero();
            connection.line();
            await().untilAsserted(() -> assertThat(listener.runningExchanges()).isZero());
            assertThat(disconnects).hasValue(0);
            connection.send(GET);
            assertThat(connection.answerToHead().status()).isEqualTo(200);
        }
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void close_comes_after_what_was_sent() throws Exception {
        try (RawConnection connection = new RawConnection(start())) {
            connection.send(GET);
            EventStream events = get(stream);
            List<CompletableFuture<Void>> written = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                written.add(events.send(ServerSentEvent.of("e" + i)));
            }
            events.close();
            events.close();
            String body = withoutEmptyComments(connection.answer().body());
            assertThat(body).startsWith("data: e0\n\n").endsWith("data: e999\n\n");
            for (CompletableFuture<Void> future : written) {
                get(future);
            }
            assertThatThrownBy(() -> get(events.send(ServerSentEvent.of("late"))))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_second_answer_to_a_stream_is_ignored_and_a_second_stream_refused() throws Exception {
        try (RawConnection connection = new RawConnection(start())) {
            connection.send(GET);
            ServerExchange same = get(exchange);
            same.respond(500, Map.of(), new byte[0]);
            assertThatThrownBy(() -> same.startEvents(Map.of())).isInstanceOf(IllegalStateException.class);
            get(stream).close();
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void a_comment_has_one_line() throws Exception {
        try (RawConnection connection = new RawConnection(start())) {
            connection.send(GET);
            EventStream events = get(stream);
            assertThatThrownBy(() -> events.comment("a\nb")).isInstanceOf(IllegalArgumentException.class);
            events.close();
        }
    }

    @Nested
    class A_client_that_goes {

        @Test
        void is_noticed_without_a_write() throws Exception {
            RawConnection connection = new RawConnection(start());
            connection.send(GET);
            EventStream events = get(stream);
            connection.answerToHead();
            connection.close();
            assertDisconnected();
            assertThat(events.isOpen()).isFalse();
            assertThatThrownBy(() -> get(events.send(ServerSentEvent.of("x"))))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ClientGoneException.class);
            events.close();
        }

        @Test
        void is_noticed_by_a_reset() throws Exception {
            RawConnection connection = new RawConnection(start());
            connection.send(GET);
            get(stream);
            connection.answerToHead();
            connection.reset();
            assertDisconnected();
        }

        @Test
        void is_noticed_during_a_stalled_write() throws Exception {
            RawConnection connection = new RawConnection(start());
            connection.send(GET);
            EventStream events = get(stream);
            ServerSentEvent big = ServerSentEvent.of("x".repeat(1_000_000));
            CompletableFuture<Void> last = events.send(big);
            while (last.isDone()) {
                last = events.send(big);
            }
            CompletableFuture<Void> stalled = last;
            connection.reset();
            assertThatThrownBy(() -> get(stalled))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ClientGoneException.class);
            assertDisconnected();
        }

        @Test
        void is_told_to_a_callback_that_comes_late() throws Exception {
            RawConnection connection = new RawConnection(start());
            connection.send(GET);
            get(stream);
            connection.answerToHead();
            connection.reset();
            assertDisconnected();
            CountDownLatch late = new CountDownLatch(1);
            get(exchange).onDisconnect(late::countDown);
            assertThat(late.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Nested
    class A_client_that_does_not_read {

        @Test
        void holds_back_a_writer_that_waits() throws Exception {
            try (RawConnection connection = new RawConnection(start())) {
                connection.socket().setReceiveBufferSize(16 * 1024);
                connection.send(GET);
                EventStream events = get(stream);
                ServerSentEvent event = ServerSentEvent.of("x".repeat(100_000));
                AtomicInteger sent = new AtomicInteger();
                CompletableFuture<Void> pending = events.send(event);
                while (pending.isDone() && sent.incrementAndGet() < 1000) {
                    pending = events.send(event);
                }
                assertThat(sent.get()).isLessThan(200);
                assertThat(pending).isNotDone();
                connection.answerToHead();
                CompletableFuture<Void> waited = pending;
                CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> drain(connection));
                get(waited);
                events.close();
                get(reading);
            }
        }

        private void drain(RawConnection connection) {
            try {
                while (connection.chunkSize() > 0) {
                    // "data: ..." and the empty line of the event
                    connection.line();
                    connection.line();
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Test
        void is_cut_when_the_writer_does_not_wait() throws Exception {
            try (RawConnection connection = new RawConnection(start())) {
                connection.send(GET);
                EventStream events = get(stream);
                ServerSentEvent event = ServerSentEvent.of("x".repeat(1_000_000));
                List<CompletableFuture<Void>> written = new ArrayList<>();
                while (events.isOpen()) {
                    assertThat(written).hasSizeLessThan(100);
                    written.add(events.send(event));
                }
                assertDisconnected();
                assertThat(written.get(written.size() - 1)).isCompletedExceptionally();
                assertThatThrownBy(() -> get(CompletableFuture.allOf(written.toArray(CompletableFuture[]::new))))
                        .hasCauseInstanceOf(ClientGoneException.class);
            }
        }

        @Test
        void is_cut_after_the_idle_time() throws Exception {
            int port = start(ListenerSettings.builder().idle(Duration.ofMillis(300)), next -> {
                next.onDisconnect(gone::countDown);
                stream.complete(next.startEvents(Map.of()));
            });
            try (RawConnection connection = new RawConnection(port)) {
                connection.send(GET);
                EventStream events = get(stream);
                CompletableFuture<Void> pending = events.send(ServerSentEvent.of("x".repeat(16_000_000)));
                assertThatThrownBy(() -> get(pending)).hasCauseInstanceOf(ClientGoneException.class);
                assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void a_stream_that_says_nothing_for_long_stays_open() throws Exception {
        int port = start(
                ListenerSettings.builder().idle(Duration.ofMillis(100)),
                next -> stream.complete(next.startEvents(Map.of())));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(GET);
            EventStream events = get(stream);
            connection.answerToHead();
            ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
            later.schedule(() -> events.send(ServerSentEvent.of("finally")), 600, TimeUnit.MILLISECONDS);
            assertThat(chunk(connection)).isEqualTo("data: finally\n\n");
            events.close();
            later.shutdown();
        }
    }

    @Test
    void a_handler_that_fails_after_the_start_cuts_the_stream() throws Exception {
        int port = start(ListenerSettings.builder(), next -> {
            next.startEvents(Map.of()).send(ServerSentEvent.of("one")).join();
            throw new IllegalStateException("broken");
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(GET);
            connection.answerToHead();
            assertThat(chunk(connection)).isEqualTo("data: one\n\n");
            assertThat(connection.isClosedWithin(5000)).isTrue();
        }
    }

    @Test
    void events_arrive_at_whatever_pace_they_are_sent() throws Exception {
        int streams = 40;
        int events = 60;
        ScheduledExecutorService pace = Executors.newScheduledThreadPool(4);
        int port = start(ListenerSettings.builder(), next -> {
            EventStream out = next.startEvents(Map.of());
            sendNext(out, pace, new Random(streams), 0, events);
        });
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            RawConnection connection = new RawConnection(port);
            connections.add(connection);
            connection.send(GET);
        }
        for (RawConnection connection : connections) {
            String body = withoutEmptyComments(connection.answer().body());
            assertThat(body.split("\n\n")).hasSize(events);
            connection.close();
        }
        pace.shutdown();
    }

    /** Sends the rest of the events with pauses of up to 20 ms, around the time after which a chunk is ended. */
    private static void sendNext(EventStream out, ScheduledExecutorService pace, Random random, int from, int to) {
        if (from == to) {
            out.close();
            return;
        }
        CompletableFuture<Void> written = out.send(ServerSentEvent.of("event " + from));
        int pause = random.nextInt(3) == 0 ? 0 : random.nextInt(20);
        written.thenRun(
                () -> pace.schedule(() -> sendNext(out, pace, random, from + 1, to), pause, TimeUnit.MILLISECONDS));
    }

    @Test
    void two_hundred_streams_at_once_get_every_event() throws Exception {
        int streams = 200;
        int events = 50;
        int port = start(ListenerSettings.builder(), next -> {
            EventStream out = next.startEvents(Map.of());
            for (int i = 0; i < events; i++) {
                out.send(ServerSentEvent.of("event " + i)).join();
            }
            out.close();
        });
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            RawConnection connection = new RawConnection(port);
            connections.add(connection);
            connection.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }
        for (RawConnection connection : connections) {
            String body = withoutEmptyComments(connection.answer().body());
            assertThat(body).startsWith("data: event 0\n\n").endsWith("data: event 49\n\n");
            assertThat(body.split("\n\n")).hasSize(events);
            connection.close();
        }
        await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
    }
}
