package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients that leave a stream at any moment, while events are written on other threads. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class LeavingReadersIT {

    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
    private static final int EVENTS = 40;
    private static final int CLIENTS = 8;
    private static final int STREAMS_EACH = 250;

    private final AtomicInteger unexpected = new AtomicInteger();
    private final ExecutorService senders = Executors.newFixedThreadPool(4);
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

    private void talk(ServerExchange exchange) {
        try {
            EventStream stream = exchange.startEvents(Map.of());
            for (int i = 0; i < EVENTS; i++) {
                stream.send(ServerSentEvent.of("x".repeat(200)));
            }
            stream.close();
        } catch (IllegalStateException e) {
            // the client left before the answer began: the exchange counts as answered
        } catch (RuntimeException e) {
            unexpected.incrementAndGet();
        }
    }

    private static void listen(int port, Random random) throws Exception {
        for (int i = 0; i < STREAMS_EACH; i++) {
            RawConnection connection = new RawConnection(port);
            connection.send(POST);
            connection.socket().getInputStream().readNBytes(random.nextInt(6_000));
            switch (random.nextInt(3)) {
                case 0 -> connection.reset();
                case 1 -> connection.close();
                default -> {
                    connection.halfClose();
                    connection.socket().getInputStream().readAllBytes();
                    connection.close();
                }
            }
        }
    }

    @Test
    void cost_neither_threads_nor_the_others_their_answers_nor_the_end() throws Exception {
        HttpListener listener = HttpListener.jetty(ListenerSettings.builder().build(), exchange -> exchange.body()
                .thenRun(() -> senders.execute(() -> talk(exchange))));
        listener.start();
        try {
            Future<?>[] all = IntStream.range(0, CLIENTS)
                    .mapToObj(seed -> clients.submit(() -> {
                        listen(listener.port(), new Random(seed));
                        return null;
                    }))
                    .toArray(Future[]::new);
            for (Future<?> one : all) {
                one.get(90, TimeUnit.SECONDS);
            }
            await().untilAsserted(() -> assertThat(listener.runningExchanges()).isZero());
            await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
            assertThat(unexpected).hasValue(0);
        } finally {
            senders.shutdownNow();
            clients.shutdownNow();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(listener::close);
            assertThatCode(() -> closing.get(Duration.ofSeconds(30).toMillis(), TimeUnit.MILLISECONDS))
                    .as("the listener stops")
                    .doesNotThrowAnyException();
        }
    }
}
