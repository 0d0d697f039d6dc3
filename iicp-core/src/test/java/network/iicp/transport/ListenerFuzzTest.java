package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated requests: each is answered properly or its connection closed, and none does lasting harm. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(120)
class ListenerFuzzTest {

    private static final long SEED = 20_261_120L;
    private static final int ROUNDS = 600;
    private static final List<String> REQUESTS = List.of(
            "POST /v1/task?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"a\":[1,2]}",
            "POST /v1/task HTTP/1.1\r\nHost: x:80\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n",
            "GET /v1/task/%C3%BC/events HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nAccept: */*\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "HEAD /v1/task HTTP/1.0\r\n\r\n",
            "POST /v1/task HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
    private static final List<String> PIECES = List.of(
            "\r\n",
            "\n",
            "\r",
            ":",
            " ",
            "\0",
            "%",
            "..",
            "/",
            "?",
            "Content-Length: 7\r\n",
            "chunked",
            "HTTP/1.1",
            "ff\r\n",
            "é",
            "\t");

    @Test
    void mutated_requests_do_no_harm() throws Exception {
        Routes routes = Routes.builder()
                .route("POST", "/v1/task", exchange -> exchange.body().whenComplete((body, failure) -> {
                    if (failure instanceof RequestRefusedException refusal) {
                        exchange.refuse(refusal);
                    } else {
                        exchange.respondJson(200, Map.of("ok", true), Map.of());
                    }
                }))
                .route("GET", "/v1/task/{id}/events", exchange -> exchange.startEvents(Map.of())
                        .close())
                .build();
        HttpListener listener = HttpListener.jetty(
                ListenerSettings.builder()
                        .headerAndBodyTimeout(Duration.ofMillis(150))
                        .maxBodyBytes(1000)
                        .build(),
                routes);
        listener.start();
        Random random = new Random(SEED);
        ExecutorService clients = Executors.newFixedThreadPool(16);
        List<Future<?>> results = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] request = mutated(random);
            String where = "seed %d, round %d".formatted(SEED, round);
            results.add(clients.submit(() -> ask(listener.port(), request, where)));
        }
        for (Future<?> result : results) {
            result.get();
        }
        clients.shutdown();
        await().untilAsserted(() -> {
            assertThat(listener.runningExchanges()).isZero();
            assertThat(listener.openConnections()).isZero();
        });
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send("POST /v1/task HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
            assertThat(connection.answer().body()).isEqualTo("{\"ok\":true}");
        }
        listener.close();
    }

    private static Void ask(int port, byte[] request, String where) throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            send(connection, request);
            checkAnswer(connection, where);
        }
        return null;
    }

    private static void send(RawConnection connection, byte[] request) {
        try {
            connection.send(request);
        } catch (IOException closedEarly) {
            // A refusal may come before the whole request was sent.
        }
    }

    private static void checkAnswer(RawConnection connection, String where) {
        RawConnection.Answer answer;
        try {
            answer = connection.answer();
        } catch (SocketTimeoutException waiting) {
            throw new AssertionError(where + ": neither answered nor closed", waiting);
        } catch (IOException | RuntimeException closed) {
            return;
        }
        assertThat(answer.status()).as(where).isBetween(100, 599);
        if (answer.status() >= 400 && !answer.body().isEmpty()) {
            assertThat(answer.headers()).as(where).containsEntry("content-type", "application/json");
            JsonObject error = JsonObject.parse(answer.body().getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT);
            assertThat(error.object("error").string("code")).as(where).isNotBlank();
        }
    }

    private static byte[] mutated(Random random) {
        byte[] request = REQUESTS.get(random.nextInt(REQUESTS.size())).getBytes(StandardCharsets.UTF_8);
        int mutations = 1 + random.nextInt(4);
        for (int i = 0; i < mutations; i++) {
            int at = random.nextInt(request.length);
            request = switch (random.nextInt(4)) {
                case 0 -> replaced(request, at, random);
                case 1 -> joined(request, at, at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> joined(request, at, Math.min(request.length, at + random.nextInt(20)), "");
                default -> Arrays.copyOf(request, Math.max(1, at));
            };
        }
        return request;
    }

    private static byte[] replaced(byte[] request, int at, Random random) {
        byte[] copy = request.clone();
        copy[at] = (byte) random.nextInt(256);
        return copy;
    }

    /** Replaces a range by a piece. */
    private static byte[] joined(byte[] request, int from, int to, String piece) {
        byte[] middle = piece.getBytes(StandardCharsets.UTF_8);
        byte[] joined = new byte[from + middle.length + request.length - to];
        System.arraycopy(request, 0, joined, 0, from);
        System.arraycopy(middle, 0, joined, from, middle.length);
        System.arraycopy(request, to, joined, from + middle.length, request.length - to);
        return joined.length == 0 ? new byte[] {'\n'} : joined;
    }
}
