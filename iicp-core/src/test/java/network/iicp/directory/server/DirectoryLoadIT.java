package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import network.iicp.directory.server.Http.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryLoadIT {

    private static final int MANY = 100;

    private final ExecutorService callers = Executors.newFixedThreadPool(MANY);
    private DirectoryServer server;
    private Http http;

    @BeforeEach
    void start() {
        server = DirectoryServer.builder().port(0).build();
        server.start();
        http = new Http("http://127.0.0.1:" + server.port());
    }

    @AfterEach
    void stop() throws InterruptedException {
        callers.shutdownNow();
        assertThat(callers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        server.close();
    }

    private <T> List<T> together(List<Callable<T>> calls) throws Exception {
        List<T> results = new ArrayList<>();
        for (Future<T> future : callers.invokeAll(calls, 60, TimeUnit.SECONDS)) {
            results.add(future.get());
        }
        return results;
    }

    @Test
    void a_hundred_nodes_register_beat_and_leave_at_the_same_time() throws Exception {
        List<Callable<String>> lives = new ArrayList<>();
        Set<String> tokens = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < MANY; i++) {
            String id = "node-" + i;
            lives.add(() -> {
                Reply reply = http.post("/v1/register", Nodes.registration(id));
                assertThat(reply.status()).isEqualTo(201);
                String token = reply.string("node_token");
                tokens.add(token);
                for (int beat = 0; beat < 5; beat++) {
                    assertThat(http.bearer(token)
                                    .post("/v1/heartbeat", Map.of("node_id", id))
                                    .status())
                            .isEqualTo(200);
                    assertThat(http.get("/v1/discover?limit=50&intent=" + Nodes.CHAT)
                                    .status())
                            .isEqualTo(200);
                }
                return token;
            });
        }
        together(lives);
        assertThat(tokens).hasSize(MANY);
        assertThat(server.nodeCount()).isEqualTo(MANY);
        List<Callable<Integer>> goodbyes = new ArrayList<>();
        tokens.forEach(token -> goodbyes.add(
                () -> http.bearer(token).send("DELETE", "/v1/register", null).status()));
        assertThat(together(goodbyes)).containsOnly(200);
        assertThat(server.nodeCount()).isZero();
    }

    @Test
    void a_hundred_heartbeats_of_one_node_lose_no_batch() throws Exception {
        String token = http.post("/v1/register", Nodes.registration("n")).string("node_token");
        List<Callable<Integer>> beats = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            Map<String, Object> beat =
                    Map.of("node_id", "n", "metrics", Map.of("tasks_success", 1), "metrics_batch_id", "batch-" + i);
            beats.add(() -> http.bearer(token).post("/v1/heartbeat", beat).status());
        }
        assertThat(together(beats)).containsOnly(200);
        NodeStanding standing = server.node("n").orElseThrow().standing();
        assertThat(standing.tasks()).isEqualTo(MANY);
        assertThat(standing.reputation()).as("0.20 an hour at most").isEqualTo(0.7);
    }

    @Test
    void of_a_hundred_registrations_of_one_id_exactly_one_token_stays_valid() throws Exception {
        List<Callable<Reply>> calls = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            calls.add(() -> http.post("/v1/register", Nodes.registration("n")));
        }
        List<Reply> replies = together(calls);
        assertThat(replies).allMatch(reply -> reply.status() == 201);
        assertThat(replies)
                .filteredOn(reply -> reply.json().get("recovered").equals(false))
                .hasSize(1);
        long valid = replies.stream()
                .filter(reply ->
                        http.bearer(reply.string("node_token")).get("/v1/me").status() == 200)
                .count();
        assertThat(valid).isEqualTo(1);
        assertThat(server.nodeCount()).isEqualTo(1);
    }

    @Test
    void registrations_heartbeats_and_goodbyes_in_any_order_leave_a_consistent_list() throws Exception {
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            Random random = new Random(i);
            calls.add(() -> {
                String token = "";
                for (int step = 0; step < 20; step++) {
                    String id = "shared-" + random.nextInt(5);
                    int status =
                            switch (random.nextInt(3)) {
                                case 0 -> {
                                    Reply reply = http.post("/v1/register", Nodes.registration(id));
                                    token = reply.string("node_token");
                                    yield reply.status();
                                }
                                case 1 ->
                                    http.bearer(token)
                                            .post("/v1/heartbeat", Map.of("node_id", id))
                                            .status();
                                default ->
                                    http.bearer(token)
                                            .delete("/v1/register", Map.of("node_id", id))
                                            .status();
                            };
                    assertThat(status).isIn(200, 201, 401, 404);
                }
                return 0;
            });
        }
        together(calls);
        assertThat(server.nodeCount()).isLessThanOrEqualTo(5);
        assertThat(http.get("/v1/discover?intent=" + Nodes.CHAT).nodes()).hasSize(server.nodeCount());
    }
}
