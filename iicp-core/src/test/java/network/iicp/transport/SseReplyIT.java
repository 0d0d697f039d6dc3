package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reading side of event streams. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class SseReplyIT {

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final HttpTransport transport = HttpTransport.builder().build();
    private RawServer server;
    private HttpListener listener;

    private URI serve(RawServer.Script script) throws Exception {
        server = new RawServer(script);
        return server.uri("/events");
    }

    /** Sends these events and an orderly end. */
    private URI serveEvents(String... events) throws Exception {
        return serve(peer -> {
            peer.readRequest();
            peer.send(HEAD);
            for (String event : events) {
                peer.chunk(event);
            }
            peer.send("0\r\n\r\n");
        });
    }

    @AfterEach
    void close() throws Exception {
        await().untilAsserted(() -> assertThat(transport.runningExchanges()).isZero());
        transport.close();
        if (server != null) {
            server.close();
        }
        if (listener != null) {
            listener.close();
        }
    }

    private static HttpCall.Builder call(URI uri) {
        return HttpCall.post(uri)
                .guard(EndpointGuard.unrestricted())
                .body("{}".getBytes(StandardCharsets.UTF_8), "application/json")
                .total(Duration.ofSeconds(20));
    }

    private SseReply open(HttpCall.Builder call) throws Exception {
        return transport.openEvents(call.build()).get(10, TimeUnit.SECONDS);
    }

    @Test
    void events_come_in_order_and_then_the_end() throws Exception {
        URI uri = serveEvents(
                "id: 0\nevent: accepted\ndata: {}\n\n", ": beat\n\n", "data: a\n\ndata: b\n\n", "data: c\n\n");
        SseReply reply = open(call(uri));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.isEventStream()).isTrue();
        assertThat(reply.header("Content-Type")).contains("text/event-stream; charset=utf-8");
        EventProbe probe = new EventProbe(Long.MAX_VALUE);
        reply.events().subscribe(probe);
        probe.awaitCompletion();
        assertThat(probe.events().get(0)).isEqualTo(ServerSentEvent.of("0", "accepted", "{}"));
        assertThat(probe.data()).containsExactly("{}", "a", "b", "c");
        assertThat(server.request())
                .containsIgnoringCase("Accept: text/event-stream")
                .containsIgnoringCase("Content-Length: 2");
    }

    @Test
    void an_accept_header_of_the_caller_stays() throws Exception {
        SseReply reply = open(call(serveEvents()).header("accept", "text/event-stream, application/json"));
        EventProbe probe = new EventProbe(1);
        reply.events().subscribe(probe);
        probe.awaitCompletion();
        assertThat(server.request())
                .containsIgnoringCase("Accept: text/event-stream, application/json\r\n")
                .doesNotContain("event-stream\r\n");
    }

    @Test
    void the_connection_is_used_again_after_a_stream_that_ended() throws Exception {
        URI uri = serve(peer -> {
            while (true) {
                peer.readRequest();
                peer.send(HEAD).chunk("data: x\n\n").send("0\r\n\r\n");
            }
        });
        for (int i = 0; i < 3; i++) {
            EventProbe probe = new EventProbe(10);
            open(call(uri)).events().subscribe(probe);
            probe.awaitCompletion();
            assertThat(probe.data()).containsExactly("x");
        }
        assertThat(server.connections()).isEqualTo(1);
    }

    @Nested
    class Demand {

        @Test
        void is_never_exceeded() throws Exception {
            SseReply reply = open(call(serveEvents("data: 1\n\ndata: 2\n\ndata: 3\n\n")));
            EventProbe probe = new EventProbe(0);
            reply.events().subscribe(probe);
            probe.subscription().request(1);
            await().until(() -> probe.events().size() == 1);
            probe.subscription().request(1);
            await().until(() -> probe.events().size() == 2);
            assertThat(probe.ended()).isFalse();
            probe.subscription().request(1);
            await().until(() -> probe.events().size() == 3);
            probe.subscription().request(1);
            probe.awaitCompletion();
        }

        @Test
        void of_nothing_stops_the_sender() throws Exception {
            AtomicLong sent = new AtomicLong();
            URI uri = serve(peer -> {
                peer.socket().setSendBufferSize(32 * 1024);
                peer.readRequest();
                peer.send(HEAD);
                String event = "data: " + "x".repeat(8000) + "\n\n";
                while (true) {
                    peer.chunk(event);
                    sent.addAndGet(event.length());
                }
            });
            SseReply reply = open(call(uri).idle(Duration.ofMillis(300)));
            EventProbe probe = new EventProbe(3);
            reply.events().subscribe(probe);
            await().until(() -> probe.events().size() == 3);
            // The sender stands still: what it sent fits the buffers of the operating system and one of ours.
            AtomicLong before = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(700))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        long now = sent.get();
                        return before.getAndSet(now) == now;
                    });
            assertThat(sent.get()).isLessThan(16L * 1024 * 1024);
            assertThat(probe.events()).hasSize(3);
            assertThat(probe.ended()).as("a slow reader is no idle sender").isFalse();
            long stopped = sent.get();
            probe.subscription().request(10_000);
            await().until(() -> sent.get() > stopped + 1_000_000);
            probe.subscription().cancel();
            probe.assertNoViolations();
        }

        @Test
        void that_is_not_positive_is_an_error() throws Exception {
            for (long n : new long[] {0, -1, Long.MIN_VALUE}) {
                SseReply reply = open(call(serveEvents("data: 1\n\n")));
                EventProbe probe = new EventProbe(0);
                reply.events().subscribe(probe);
                probe.subscription().request(n);
                assertThat(probe.awaitError())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("" + n);
                assertThat(probe.events()).isEmpty();
                server.close();
            }
        }

        @Test
        void adds_up_and_does_not_overflow() throws Exception {
            SseReply reply = open(call(serveEvents("data: 1\n\ndata: 2\n\n", "data: 3\n\n")));
            EventProbe probe = new EventProbe(Long.MAX_VALUE);
            reply.events().subscribe(probe);
            probe.subscription().request(Long.MAX_VALUE);
            probe.awaitCompletion();
            assertThat(probe.data()).containsExactly("1", "2", "3");
        }

        @Test
        void from_inside_onNext_does_not_recurse() throws Exception {
            String[] events = IntStream.range(0, 20_000)
                    .mapToObj(i -> "data: " + i + "\n\n")
                    .toArray(String[]::new);
            SseReply reply = open(call(serveEvents(String.join("", events))));
            EventProbe probe = new EventProbe(1) {
                @Override
                void received(ServerSentEvent event) {
                    try {
                        subscription().request(1);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            reply.events().subscribe(probe);
            probe.awaitCompletion();
            assertThat(probe.events()).hasSize(20_000);
        }

        @Test
        void from_many_threads_keeps_signals_serial() throws Exception {
            String[] events = IntStream.range(0, 5_000)
                    .mapToObj(i -> "data: " + i + "\n\n")
                    .toArray(String[]::new);
            SseReply reply = open(call(serveEvents(events)));
            EventProbe probe = new EventProbe(0);
            reply.events().subscribe(probe);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 5; t++) {
                Thread thread = new Thread(() -> {
                    try {
                        for (int i = 0; i < 1_001; i++) {
                            probe.subscription().request(1);
                        }
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            probe.awaitCompletion();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(probe.data()).hasSize(5_000).startsWith("0", "1").endsWith("4998", "4999");
        }
    }

    @Nested
    class Cancelling {

        @Test
        void closes_the_connection_and_silences_the_stream() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD).chunk("data: 1\n\n");
                peer.awaitClose();
            });
            SseReply reply = open(call(uri));
            EventProbe probe = new EventProbe(Long.MAX_VALUE);
            reply.events().subscribe(probe);
            await().until(() -> probe.events().size() == 1);
            probe.subscription().cancel();
            probe.subscription().cancel();
            probe.subscription().request(1);
            probe.subscription().request(-1);
            assertThat(server.sawClose()).isTrue();
            assertThat(probe.ended()).isFalse();
            probe.assertNoViolations();
        }

        @Test
        void from_inside_onNext_is_the_last_signal() throws Exception {
            SseReply reply = open(call(serveEvents("data: 1\n\ndata: 2\n\ndata: 3\n\n")));
            EventProbe probe = new EventProbe(Long.MAX_VALUE) {
                @Override
                void received(ServerSentEvent event) {
                    try {
                        subscription().cancel();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            reply.events().subscribe(probe);
            await().untilAsserted(() -> assertThat(transport.runningExchanges()).isZero());
            assertThat(probe.events()).hasSize(1);
            assertThat(probe.ended()).isFalse();
        }

        @Test
        void the_future_before_the_headers_closes_the_connection() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.awaitClose();
            });
            CompletableFuture<SseReply> reply = transport.openEvents(call(uri).build());
            assertThat(server.request()).isNotNull();
            reply.cancel(true);
            assertThat(server.sawClose()).isTrue();
        }

        @Test
        void by_closing_the_reply_tells_the_subscriber() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD);
                peer.awaitClose();
            });
            EventProbe probe = new EventProbe(1);
            try (SseReply reply = open(call(uri))) {
                reply.events().subscribe(probe);
            }
            assertThat(probe.awaitError()).isInstanceOf(TaskCancelledException.class);
            assertThat(server.sawClose()).isTrue();
        }

        @Test
        void a_subscriber_that_throws_ends_its_stream() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD).chunk("data: 1\n\n");
                peer.awaitClose();
            });
            EventProbe probe = new EventProbe(Long.MAX_VALUE) {
                @Override
                void received(ServerSentEvent event) {
                    throw new IllegalStateException("a test");
                }
            };
            open(call(uri)).events().subscribe(probe);
            assertThat(server.sawClose()).isTrue();
            assertThat(probe.events()).hasSize(1);
            assertThat(probe.ended()).isFalse();
        }
    }

    @Nested
    class Only_one_reader {

        @Test
        void may_subscribe() throws Exception {
            SseReply reply = open(call(serveEvents("data: 1\n\n")));
            EventProbe first = new EventProbe(10);
            reply.events().subscribe(first);
            EventProbe second = new EventProbe(10);
            reply.events().subscribe(second);
            assertThat(second.awaitError()).isInstanceOf(IllegalStateException.class);
            first.awaitCompletion();
            assertThatThrownBy(() -> reply.body().get(5, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> reply.events().subscribe(null)).isInstanceOf(NullPointerException.class);
        }

        @Test
        void may_read_the_body() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send("HTTP/1.1 503 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            });
            SseReply reply = open(call(uri));
            assertThat(reply.isEventStream()).isFalse();
            assertThat(new String(reply.body().get(5, TimeUnit.SECONDS), StandardCharsets.UTF_8))
                    .isEqualTo("{}");
            assertThatThrownBy(() -> reply.body().get(5, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class A_stream_that_goes_wrong {

        @Test
        void because_it_is_cut_fails_after_what_came() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD).chunk("data: 1\n\n").chunk("data: hal");
            });
            EventProbe probe = new EventProbe(10);
            open(call(uri)).events().subscribe(probe);
            assertThat(probe.awaitError()).isInstanceOf(TransportException.class);
            assertThat(probe.data()).containsExactly("1");
        }

        @Test
        void because_it_falls_silent_fails_at_the_idle_limit() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD).chunk("data: 1\n\n");
                peer.awaitClose();
            });
            EventProbe probe = new EventProbe(10);
            open(call(uri).idle(Duration.ofMillis(200))).events().subscribe(probe);
            assertThat(probe.awaitError())
                    .isInstanceOf(TaskTimeoutException.class)
                    .hasMessageContaining("200 ms");
            assertThat(probe.data()).containsExactly("1");
            assertThat(server.sawClose()).isTrue();
        }

        @Test
        void because_only_comments_come_is_kept_alive_by_them() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD);
                for (int i = 0; i < 12; i++) {
                    peer.chunk(": beat\n\n");
                    Thread.sleep(50);
                }
                peer.chunk("data: 1\n\n").send("0\r\n\r\n");
            });
            EventProbe probe = new EventProbe(10);
            open(call(uri).idle(Duration.ofMillis(400))).events().subscribe(probe);
            probe.awaitCompletion();
            assertThat(probe.data()).containsExactly("1");
        }

        @Test
        void because_it_goes_on_for_ever_fails_at_the_deadline() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD);
                while (true) {
                    peer.chunk("data: x\n\n");
                    Thread.sleep(20);
                }
            });
            EventProbe probe = new EventProbe(Long.MAX_VALUE);
            open(call(uri).total(Duration.ofMillis(1500))).events().subscribe(probe);
            assertThat(probe.awaitError())
                    .isInstanceOf(TaskTimeoutException.class)
                    .hasMessageContaining("deadline");
            assertThat(probe.events()).isNotEmpty();
            await().untilAsserted(() -> assertThat(server.connections()).isZero());
        }

        @Test
        void because_nobody_reads_it_ends_at_the_deadline() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD);
                peer.awaitClose();
            });
            SseReply reply = open(call(uri).total(Duration.ofMillis(1000)));
            assertThat(server.sawClose()).isTrue();
            EventProbe late = new EventProbe(1);
            reply.events().subscribe(late);
            assertThat(late.awaitError()).isInstanceOf(TaskTimeoutException.class);
        }

        @Test
        void because_an_event_is_too_large_fails_with_a_bounded_memory() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send(HEAD).chunk("data: small\n\n");
                while (true) {
                    peer.chunk("data: " + "x".repeat(1000) + "\n");
                }
            });
            EventProbe probe = new EventProbe(10);
            open(call(uri).maxBytes(50_000)).events().subscribe(probe);
            assertThat(probe.awaitError())
                    .isInstanceOfSatisfying(ProtocolViolationException.class, e -> assertThat(e.code())
                            .isEqualTo("response_too_large"));
            assertThat(probe.data()).containsExactly("small");
        }

        @Test
        void because_it_is_none_says_what_came() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            });
            SseReply reply = open(call(uri));
            EventProbe probe = new EventProbe(1);
            reply.events().subscribe(probe);
            assertThat(probe.awaitError())
                    .isInstanceOf(ProtocolViolationException.class)
                    .hasMessageContaining("200");
            assertThat(reply.body().get(5, TimeUnit.SECONDS)).hasSize(2);
        }

        @Test
        void because_its_error_body_is_too_large_fails_the_body() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true) {
                    peer.chunk("x".repeat(1000));
                }
            });
            CompletableFuture<byte[]> body = open(call(uri).maxBytes(5_000)).body();
            assertThatThrownBy(() -> body.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ProtocolViolationException.class);
        }

        @Test
        void because_it_is_coded_fails_at_once() throws Exception {
            URI uri = serve(peer -> {
                peer.readRequest();
                peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n");
                peer.awaitClose();
            });
            assertThatThrownBy(() -> open(call(uri))).hasCauseInstanceOf(ProtocolViolationException.class);
            assertThat(server.sawClose()).isTrue();
        }
    }

    @Test
    void two_hundred_streams_run_at_once_through_both_of_our_ends() throws Exception {
        int streams = 200;
        int events = 40;
        listener = HttpListener.jetty(ListenerSettings.builder().build(), exchange -> {
            EventStream out = exchange.startEvents(Map.of());
            sendAll(out, 0, events);
        });
        listener.start();
        URI uri = URI.create("http://127.0.0.1:" + listener.port() + "/");
        List<EventProbe> probes = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            EventProbe probe = new EventProbe(Long.MAX_VALUE);
            probes.add(probe);
            transport.openEvents(call(uri).build()).thenAccept(reply -> reply.events()
                    .subscribe(probe));
        }
        for (EventProbe probe : probes) {
            probe.awaitCompletion();
            assertThat(probe.events()).hasSize(events);
        }
        transport.close();
        await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
    }

    private static void sendAll(EventStream out, int from, int to) {
        if (from == to) {
            out.close();
            return;
        }
        out.send(ServerSentEvent.of("" + from, "partial", "{}")).thenRun(() -> sendAll(out, from + 1, to));
    }

    @Test
    void a_cancelled_reader_is_noticed_by_our_listener_at_once() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        AtomicReference<EventStream> stream = new AtomicReference<>();
        listener = HttpListener.jetty(ListenerSettings.builder().build(), exchange -> {
            exchange.onDisconnect(gone::countDown);
            stream.set(exchange.startEvents(Map.of()));
            stream.get().send(ServerSentEvent.of("first"));
        });
        listener.start();
        AtomicInteger received = new AtomicInteger();
        EventProbe probe = new EventProbe(10) {
            @Override
            void received(ServerSentEvent event) {
                received.incrementAndGet();
            }
        };
        open(call(URI.create("http://127.0.0.1:" + listener.port() + "/")))
                .events()
                .subscribe(probe);
        await().untilAsserted(() -> assertThat(received).hasValue(1));
        probe.subscription().cancel();
        assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(stream.get().isOpen()).isFalse();
        await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
    }
}
