package network.iicp.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import network.iicp.UsedHeap;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.spi.TaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Consumers that mean no good, one fault at a time. After each the node holds no place, no task and no exchange, answers the next request,
 * and leaves no connection and no thread when it is closed.
 */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HostileConsumersIT {

    private static final int LIMIT = 64 * 1024;
    private static final int MEBIBYTE = 1024 * 1024;

    private final AtomicInteger executed = new AtomicInteger();
    private final AtomicReference<Map<String, Object>> payload = new AtomicReference<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start(settings ->
                settings.maxRequestBytes(LIMIT).maxConcurrent(16).handler(TestNode.chat("m1"), this::serve));
    }

    private Object serve(TaskContext context) throws InterruptedException {
        executed.incrementAndGet();
        payload.set(context.task().payload());
        if ("hang".equals(context.task().payload().get("how"))) {
            context.onCancel(stopped::countDown);
            new CountDownLatch(1).await();
        }
        return answer("served");
    }

    @AfterEach
    void nothing_is_left_and_the_next_request_works() throws Exception {
        NodeRuntime runtime = node.node.runtime().orElseThrow();
        await().atMost(TestNode.SOON).untilAsserted(() -> {
            assertThat(runtime.slots().active()).isZero();
            assertThat(runtime.tasks().running()).isEmpty();
            assertThat(runtime.listener().runningExchanges()).isZero();
        });
        assertThat(node.post(task(newId())).status()).isEqualTo(200);
        node.close();
    }

    /** A valid task of exactly so many bytes. */
    private static byte[] taskOf(int bytes) {
        byte[] small = Json.bytes(task(newId()));
        byte[] body = Arrays.copyOf(small, bytes);
        Arrays.fill(body, small.length, bytes, (byte) ' ');
        return body;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", node.node.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket socket, String head, byte[] body) throws IOException {
        byte[] all = Arrays.copyOf(head.getBytes(ISO_8859_1), head.length() + body.length);
        System.arraycopy(body, 0, all, head.length(), body.length);
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(all);
    }

    private static String head(String more) {
        return "POST /v1/task HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + more + "\r\n\r\n";
    }

    private static byte[] chunked(byte[] body) {
        String size = Integer.toHexString(body.length) + "\r\n";
        return (size + new String(body, ISO_8859_1) + "\r\n0\r\n\r\n").getBytes(ISO_8859_1);
    }

    /** Reads the status line; 0 if the connection was closed without one. */
    private static int status(Socket socket) throws IOException {
        String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1)).readLine();
        return line == null ? 0 : Integer.parseInt(line.split(" ")[1]);
    }

    @ParameterizedTest(name = "{0} bytes beyond the limit")
    @ValueSource(ints = {-1, 0, 1})
    void the_limit_of_a_body_is_exact(int beyond) throws Exception {
        int expected = beyond > 0 ? 413 : 200;
        byte[] plain = taskOf(LIMIT + beyond);
        try (Socket announced = connect()) {
            send(announced, head("Content-Length: " + plain.length), plain);
            assertThat(status(announced)).as("announced").isEqualTo(expected);
        }
        try (Socket streamed = connect()) {
            send(streamed, head("Transfer-Encoding: chunked"), chunked(taskOf(LIMIT + beyond)));
            assertThat(status(streamed)).as("in chunks").isEqualTo(expected);
        }
        assertThat(executed).hasValue(beyond > 0 ? 0 : 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: %1$d\r\nContent-Length: %2$d",
                "Content-Length: %2$d\r\nContent-Length: %1$d",
                "Content-Length: %1$d, %2$d",
                "Content-Length: %1$d\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: %1$d",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding : chunked",
                "Content-Length: +%1$d",
                "Content-Length: 99999999999999999999"
            })
    void lengths_that_conflict_execute_nothing_neither_first_nor_behind(String lengths) throws Exception {
        byte[] first = Json.bytes(task(newId()));
        byte[] hidden = Json.bytes(task(newId()));
        String behind = head("Content-Length: " + hidden.length) + new String(hidden, UTF_8);
        byte[] both = (new String(first, UTF_8) + behind).getBytes(UTF_8);
        try (Socket socket = connect()) {
            send(socket, head(lengths.formatted(first.length, both.length)), both);
            assertThat(status(socket)).isIn(400, 411, 413, 501);
            assertThat(socket.getInputStream().readAllBytes())
                    .as("closed")
                    .doesNotContain("HTTP/1.1 200".getBytes(UTF_8));
        }
        assertThat(executed).hasValue(0);
    }

    @Test
    void a_hundred_who_trickle_their_requests_hold_up_nobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket socket = connect();
                slow.add(socket);
                String head = head("Content-Length: 400");
                String begun = head.substring(0, head.length() - 2) + "X-Slow: ";
                send(socket, i % 2 == 0 ? head : begun, new byte[0]);
            }
            for (int round = 0; round < 20; round++) {
                for (Socket socket : slow) {
                    socket.getOutputStream().write('x');
                }
                assertThat(node.post(task(newId())).status()).isEqualTo(200);
            }
            assertThat(node.node.activeTasks())
                    .as("a request that is not there takes no place")
                    .isZero();
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        assertThat(executed).hasValue(20);
    }

    @Test
    void half_of_a_request_and_no_more_is_refused() throws Exception {
        byte[] body = Json.bytes(task(newId()));
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: " + body.length), Arrays.copyOf(body, body.length / 2));
            socket.shutdownOutput();
            assertThat(status(socket)).isEqualTo(400);
        }
        assertThat(executed).hasValue(0);
    }

    @Test
    void one_who_stops_listening_while_the_handler_works_frees_its_place() throws Exception {
        Map<String, Object> body = task(newId());
        body.put("payload", Map.of("how", "hang"));
        byte[] bytes = Json.bytes(body);
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: " + bytes.length), bytes);
            await().until(() -> node.node.activeTasks() == 1);
            socket.shutdownOutput();
            assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    static Stream<String> bombs() {
        int half = LIMIT / 2 - 200;
        return Stream.of(
                "[".repeat(LIMIT),
                "{\"a\":".repeat(LIMIT / 5),
                "[".repeat(half) + "]".repeat(half),
                "{\"task_id\":\"%s\",\"intent\":\"%s\",\"payload\":{\"messages\":%s%s}}"
                        .formatted(newId(), TestNode.CHAT, "[".repeat(half - 200), "]".repeat(half - 200)),
                "[" + "1e999999,".repeat(LIMIT / 10) + "0]",
                "{\"task_id\":" + "9".repeat(LIMIT - 100) + "}",
                "{" + "\"a\":1,".repeat(LIMIT / 7) + "\"a\":1}");
    }

    @ParameterizedTest(name = "bomb {index}")
    @MethodSource("bombs")
    void bombs_of_JSON_are_refused_quickly(String bomb) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            TestNode.Reply reply = node.post("/v1/task", bomb.getBytes(UTF_8));
            assertThat(reply.status()).isBetween(400, 422);
            assertThat(reply.text().length()).as("no echo").isLessThan(2_000);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
        assertThat(executed).hasValue(0);
    }

    static Stream<String> texts() {
        return Stream.of(
                "\u0000\u0001\u001b[31mred\u007f",
                "\u202e\u2066right to left\u2069\u202c",
                "\ufeff\u200b\u200d\u00ad",
                "\ud83d\ude80\ud834\udd1e",
                "e" + "\u0301".repeat(5_000),
                "\r\nSet-Cookie: a=b\r\n\r\n",
                "\u2028\u2029\u0085",
                "\uffff\ufffe\udbff\udfff");
    }

    @ParameterizedTest(name = "text {index}")
    @MethodSource("texts")
    void any_text_reaches_the_handler_as_it_was_and_no_other_place(String text) throws Exception {
        Map<String, Object> body = task(newId());
        body.put("payload", Map.of("messages", List.of(Map.of("role", "user", "content", text))));
        TestNode.Reply served = node.post(body);
        assertThat(served.status()).isEqualTo(200);
        assertThat(Json.text(payload.get().get("messages")))
                .isEqualTo(Json.text(List.of(Map.of("role", "user", "content", text))));

        for (String member : List.of("task_id", "intent", "nonce", "auth_token")) {
            Map<String, Object> odd = task(newId());
            odd.put(member, text);
            TestNode.Reply refused = node.post(odd);
            assertThat(refused.status()).as(member).isIn(200, 401, 422);
            assertThat(refused.text()).as(member).doesNotContain("\u0000", "\u001b", "\u202e", "\u0301".repeat(300));
            assertThat(refused.headers()).as(member).doesNotContainKey("set-cookie");
        }
        Map<String, Object> model = task(newId(), Map.of("model", text));
        assertThat(node.post(model).status()).isIn(404, 422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\udc00\\ud800", "\\ud83dx", "\\u12", "\\x41", "\\"})
    void half_a_character_is_no_JSON(String escape) throws Exception {
        String body = Json.text(task(newId())).replace("\"hi\"", "\"" + escape + "\"");
        TestNode.Reply reply = node.post("/v1/task", body.getBytes(UTF_8));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.errorCode()).isEqualTo("invalid_http_body");
    }

    @Test
    void ten_thousand_origins_cost_no_memory_and_lock_nobody_out() throws Exception {
        TestNode limited = TestNode.start(settings -> settings.tasksPerMinutePerOrigin(2)
                .tasksPerMinutePerAddress(0)
                .handler(TestNode.chat("m1"), this::serve));
        try (limited) {
            byte[] body = "{}".getBytes(UTF_8);
            long before = UsedHeap.bytes();
            try (Socket socket = new Socket("127.0.0.1", limited.node.port())) {
                socket.setSoTimeout(20_000);
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
                for (int i = 0; i < 10_000; i++) {
                    String origin = "https://%d.%s.example".formatted(i, "x".repeat(200));
                    send(socket, head("Origin: " + origin + "\r\nContent-Length: 2"), body);
                    assertThat(in.readLine()).isEqualTo("HTTP/1.1 422 Unprocessable Entity");
                    int length = 0;
                    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                        length = line.regionMatches(true, 0, "Content-Length: ", 0, 16)
                                ? Integer.parseInt(line.substring(16))
                                : length;
                    }
                    assertThat(in.skip(length)).isEqualTo(length);
                }
            }
            assertThat(UsedHeap.bytes() - before).isLessThan(16L * MEBIBYTE);
            assertThat(limited.post(task(newId())).status()).isEqualTo(200);
            assertThat(limited.post(task(newId())).status()).isEqualTo(200);
            assertThat(limited.post(task(newId())).errorCode()).isEqualTo("rate_limited");
        }
    }

    @Test
    void different_tasks_that_race_under_one_id_are_executed_once() throws Exception {
        String id = newId();
        int racers = 12;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(racers);
        try {
            List<Future<TestNode.Reply>> replies = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                Map<String, Object> body = task(id);
                body.put("payload", Map.of("messages", List.of(Map.of("role", "user", "content", "variant " + i % 3))));
                replies.add(threads.submit(() -> {
                    start.await();
                    return node.post(body);
                }));
            }
            start.countDown();
            int served = 0;
            for (Future<TestNode.Reply> reply : replies) {
                int status = reply.get().status();
                assertThat(status).isIn(200, 409);
                served += status == 200 ? 1 : 0;
            }
            assertThat(served).as("the task and those who sent the same").isEqualTo(racers / 3);
            assertThat(executed).hasValue(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_thousand_who_leave_in_the_middle_of_their_body_leave_nothing() throws Exception {
        byte[] body = Json.bytes(task(newId()));
        for (int i = 0; i < 1_000; i++) {
            try (Socket socket = connect()) {
                if (i % 2 == 0) {
                    socket.setSoLinger(true, 0);
                }
                send(socket, head("Content-Length: " + body.length), Arrays.copyOf(body, i % body.length));
            }
        }
        NodeRuntime runtime = node.node.runtime().orElseThrow();
        await().atMost(TestNode.SOON)
                .untilAsserted(
                        () -> assertThat(runtime.listener().openConnections()).isZero());
        assertThat(executed).hasValue(0);
    }

    @Test
    void a_storm_of_callers_who_all_give_up_leaves_every_place_free() throws Exception {
        Map<String, Object> template = Map.of("how", "hang");
        List<CompletableFuture<TestNode.Reply>> callers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Map<String, Object> body = task(newId());
            body.put("payload", template);
            callers.add(node.postAsync(body));
        }
        await().atMost(TestNode.SOON)
                .until(() -> callers.stream().filter(CompletableFuture::isDone).count() == 200 - 16);
        assertThat(node.node.activeTasks()).isEqualTo(16);
        assertThat(node.post(task(newId())).status()).isEqualTo(429);
        node.node.runtime().orElseThrow().tasks().running().forEach(task -> task.execution()
                .end(Execution.Ending.CANCELLED, Refusal.of(ErrorCode.TASK_CANCELLED, "over")));
        for (CompletableFuture<TestNode.Reply> caller : callers) {
            assertThat(caller.get(20, TimeUnit.SECONDS).status()).isIn(429, 499);
        }
    }
}
