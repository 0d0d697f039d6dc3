package network.iicp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged jar as a user runs it: separate processes on the loopback address. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CommandLineIT {

    @TempDir
    private Path home;

    private final List<NodeProcess> processes = new ArrayList<>();

    @AfterEach
    void end_what_was_started() {
        processes.forEach(NodeProcess::close);
    }

    @Test
    void a_directory_two_nodes_and_queries_work_together_and_a_killed_node_loses_no_query() throws Exception {
        NodeProcess directory = start("directory", "--host", "127.0.0.1", "--port", "0");
        String url = directory
                .awaitLine(line -> line.startsWith("Directory ready at "))
                .substring(19);
        assertThat(directory.awaitLine(line -> line.contains("scope local"))).contains("this machine");

        int port = freePort();
        NodeProcess first = serve(url, port);
        assertThat(first.awaitLine(line -> line.contains(" ready at "))).endsWith(":" + port);
        first.awaitLine(line -> line.startsWith("Registered at "));
        NodeProcess second = serve(url, port);
        assertThat(second.awaitLine(line -> line.contains(" ready at "))).doesNotEndWith(":" + port);
        second.awaitLine(line -> line.startsWith("Registered at "));
        assertThat(second.err()).anyMatch(line -> line.contains("Port " + port + " is taken"));

        NodeProcess list = start("list", "--directory-url", url);
        assertThat(list.awaitExit()).isZero();
        assertThat(list.out()).anyMatch(line -> line.startsWith("2 node(s)"));

        NodeProcess query = start("query", "Hello", "from", "here", "--directory-url", url);
        assertThat(query.awaitExit()).isZero();
        assertThat(query.out()).singleElement().asString().contains("Hello from here");
        assertThat(query.err()).anyMatch(line -> line.startsWith("routed to node "));
        assertThat(query.err()).anyMatch(line -> line.contains("encrypted"));

        loseNoQueryWhen(first, url);

        second.terminate();
        assertThat(second.awaitExit()).isNotNegative();
        assertThat(second.out()).contains("Stopped.");
        NodeProcess after = start("query", "anyone?", "--directory-url", url);
        assertThat(after.awaitExit()).isEqualTo(1);
        assertThat(after.err()).anyMatch(line -> line.startsWith("ERROR: "));
        assertThat(after.err()).noneMatch(line -> line.startsWith("\tat "));
    }

    private void loseNoQueryWhen(NodeProcess killed, String url) {
        try (IicpClient client = IicpClient.builder().directoryUrl(url).build()) {
            List<CompletableFuture<ChatResult>> answers = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                if (i == 100) {
                    killed.kill();
                }
                answers.add(client.chatAsync(ChatRequest.of("question " + i), CallOptions.DEFAULT.withMaxAttempts(6)));
                if (i % 3 == 0) {
                    answers.get(i).join();
                }
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).join().text()).contains("question " + i);
            }
        }
    }

    @Test
    void a_query_streams_and_prints_json() throws Exception {
        NodeProcess directory = start("directory", "--port", "0");
        String url = directory
                .awaitLine(line -> line.startsWith("Directory ready at "))
                .substring(19);
        serve(url, 0).awaitLine(line -> line.startsWith("Registered at "));

        NodeProcess streamed = start("query", "--stream", "Hello", "--directory-url", url);
        assertThat(streamed.awaitExit()).isZero();
        assertThat(String.join("\n", streamed.out())).contains("Hello");
        assertThat(streamed.err()).anyMatch(line -> line.contains("streamed"));

        NodeProcess json = start("query", "--json", "--max-tokens", "3", "Hello", "--directory-url", url);
        assertThat(json.awaitExit()).isZero();
        assertThat(Json.parseObject(String.join("\n", json.out()), JsonLimits.DEFAULT))
                .containsKeys("choices", "usage", "model");
    }

    @ParameterizedTest
    @CsvSource({
        "2, '', Usage: iicp-node",
        "2, 'nonsense', nonsense",
        "2, 'serve --port eleven', eleven",
        "2, 'serve --port 70000', 70000",
        "2, 'serve --backend-type gpt', gpt",
        "2, 'serve --directory-url nowhere', nowhere",
        "2, 'serve --backend-type demo --skip-registration --task-rate-limit many', many",
        "2, 'serve --backend-type demo --skip-registration --policy-manifest absent.json', absent.json",
        "2, 'query hi --timeout-ms 5', 100",
        "2, 'query hi --intent bad --directory-url http://127.0.0.1:1/api', bad",
        "1, 'query hi --directory-url http://127.0.0.1:1/api', cannot be reached",
        "1, 'list --directory-url http://127.0.0.1:1/api', cannot be reached"
    })
    void a_wrong_call_ends_with_one_line_that_names_the_value(int code, String args, String named) throws Exception {
        NodeProcess process = start(args.isEmpty() ? new String[0] : args.split(" "));
        assertThat(process.awaitExit()).isEqualTo(code);
        assertThat(process.out()).isEmpty();
        assertThat(String.join("\n", process.err())).contains(named).doesNotContain("\tat ");
    }

    @Test
    void help_and_version_are_results() throws Exception {
        NodeProcess help = start("--help");
        assertThat(help.awaitExit()).isZero();
        assertThat(String.join("\n", help.out())).contains("directory", "serve", "query", "list");
        NodeProcess serve = start("serve", "--help");
        assertThat(serve.awaitExit()).isZero();
        assertThat(String.join("\n", serve.out())).contains("IICP_BACKEND_URL", "--public-endpoint", "IICP_PORT");
        NodeProcess version = start("--version");
        assertThat(version.awaitExit()).isZero();
        assertThat(version.out()).singleElement().asString().startsWith("iicp-node ");
    }

    @Test
    void saved_nodes_are_listed_and_broken_files_are_marked() throws Exception {
        Path nodes = Files.createDirectories(home.resolve("nodes"));
        Files.writeString(
                nodes.resolve("good.json"),
                "{\"name\":\"good\",\"model\":\"qwen\",\"backend_url\":\"http://localhost:11434\",\"node_token\":\"s3cret\"}");
        Files.writeString(nodes.resolve("bad.json"), "{not json");
        NodeProcess list = start("list");
        assertThat(list.awaitExit()).isZero();
        String text = String.join("\n", list.out());
        assertThat(text).contains("good", "qwen").doesNotContain("s3cret");
        assertThat(text).containsPattern("bad\\s+\\(unreadable\\)");
    }

    @Test
    void a_node_tells_machines_in_JSON_and_drains_on_a_signal() throws Exception {
        NodeProcess directory = start("directory", "--port", "0");
        String url = directory
                .awaitLine(line -> line.startsWith("Directory ready at "))
                .substring(19);
        NodeProcess node = start(
                "serve",
                "--json",
                "--backend-type",
                "demo",
                "--add-backend",
                "demo",
                "--directory-url",
                url,
                "--port",
                "0");
        node.awaitLine(line -> word(line).equals("register_ok"));
        assertThat(start("query", "Hello", "--directory-url", url).awaitExit()).isZero();
        String ended = node.awaitLine(line -> word(line).equals("task_ended"));
        assertThat(ended)
                .contains("\"outcome\":\"success\"", "\"encrypted\":true")
                .doesNotContain("Hello");

        node.terminate();
        assertThat(node.awaitExit()).isNotNegative();

        assertThat(node.out().stream().map(CommandLineIT::word))
                .as("every line is JSON, and these come in this order")
                .containsSubsequence("serve_start", "ready", "task_ended", "draining", "deregister_ok", "serve_stop");
        List<String> log = Files.readAllLines(home.resolve("logs").resolve("events.jsonl"));
        assertThat(log.stream().map(CommandLineIT::word))
                .containsSubsequence("serve_start", "register_ok", "draining", "deregister_ok", "serve_stop")
                .doesNotContain("task_ended");
    }

    private static String word(String line) {
        return String.valueOf(Json.parseObject(line, JsonLimits.DEFAULT).get("event"));
    }

    @Test
    void a_saved_node_runs_once_and_flags_go_before_what_is_saved() throws Exception {
        Path nodes = Files.createDirectories(home.resolve("nodes"));
        Files.writeString(
                nodes.resolve("box.json"),
                "{\"node_id\":\"saved-node-1\",\"name\":\"box\",\"backend_type\":\"demo\",\"backend_url\":\"\","
                        + "\"model\":\"iicp-demo\",\"directory_url\":\"http://127.0.0.1:1/api\",\"port\":1,"
                        + "\"region\":\"unknown\",\"created_at\":\"2026-01-01\"}");
        NodeProcess first = start("serve", "--node", "box", "--port", "0", "--skip-registration");
        assertThat(first.awaitLine(line -> line.contains(" ready at "))).startsWith("Node saved-node-1 ready");
        first.awaitLine(line -> line.contains("not registered"));

        NodeProcess second = start("serve", "--node", "box", "--port", "0", "--skip-registration");
        assertThat(second.awaitExit()).isEqualTo(2);
        assertThat(second.err())
                .singleElement()
                .asString()
                .startsWith("ERROR: ")
                .contains("saved-node-1", "process ", "force");

        NodeProcess third = start("serve", "--node", "box", "--port", "0", "--skip-registration", "--force");
        third.awaitLine(line -> line.contains(" ready at "));
        NodeProcess absent = start("serve", "--node", "absent");
        assertThat(absent.awaitExit()).isEqualTo(2);
        assertThat(absent.err()).anyMatch(line -> line.contains("absent"));
    }

    @Test
    void one_intent_is_served_when_one_is_named_and_metrics_can_be_off() throws Exception {
        NodeProcess node = start(
                "serve",
                "--backend-type",
                "demo",
                "--intent",
                "urn:iicp:intent:llm:embedding:v1",
                "--metrics",
                "off",
                "--skip-registration",
                "--port",
                "0");
        String address = node.awaitLine(line -> line.contains(" ready at ")).replaceFirst(".* ready at ", "");

        assertThat(get(address + "/iicp/health").body())
                .contains("llm:embedding:v1")
                .doesNotContain("llm:chat:v1");
        assertThat(get(address + "/metrics").statusCode()).isEqualTo(404);
    }

    @Test
    void what_an_operator_declares_reaches_the_directory_and_the_rate_is_kept() throws Exception {
        Path manifest = Files.writeString(home.resolve("policy.json"), "{\"training_use\":\"none\"}");
        CompletableFuture<String> registration = new CompletableFuture<>();
        HttpServer directory = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        directory.createContext("/api/v1/register", exchange -> {
            registration.complete(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        directory.start();
        try {
            NodeProcess node = start(
                    "serve",
                    "--backend-type",
                    "demo",
                    "--directory-url",
                    "http://127.0.0.1:" + directory.getAddress().getPort() + "/api",
                    "--port",
                    "0",
                    "--policy-manifest",
                    manifest.toString(),
                    "--cooperation-worker",
                    "--task-rate-limit",
                    "1");
            String address = node.awaitLine(line -> line.contains(" ready at ")).replaceFirst(".* ready at ", "");

            Map<String, Object> said = Json.parseObject(registration.get(60, TimeUnit.SECONDS), JsonLimits.DEFAULT);
            assertThat(said).containsEntry("policy_manifest", Map.of("training_use", "none"));
            assertThat(said.get("policy")).asString().contains("allow_remote_inference=true");
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                HttpRequest task = HttpRequest.newBuilder(URI.create(address + "/v1/task"))
                        .header("Content-Type", "application/json")
                        .header("Origin", "https://app.example")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build();
                statuses.add(HttpClient.newHttpClient()
                        .send(task, HttpResponse.BodyHandlers.discarding())
                        .statusCode());
            }
            assertThat(statuses).containsExactly(422, 429);
        } finally {
            directory.stop(0);
        }
    }

    @Test
    void an_engine_that_costs_money_is_for_callers_with_a_token() throws Exception {
        NodeProcess node = start(
                "serve",
                "--backend-type",
                "anthropic",
                "--backend-url",
                "http://127.0.0.1:1",
                "--backend-api-key",
                "not-a-real-key",
                "--model",
                "claude",
                "--skip-registration",
                "--port",
                "0");
        assertThat(node.awaitLine(line -> line.contains("may send tasks"))).startsWith("Only consumers with a token");
        assertThat(node.out()).noneMatch(line -> line.contains("not-a-real-key"));

        NodeProcess both = start(
                "serve",
                "--backend-type",
                "anthropic",
                "--backend-api-key",
                "not-a-real-key",
                "--add-backend",
                "demo",
                "--skip-registration",
                "--port",
                "0");
        assertThat(both.awaitLine(line -> line.contains("may send tasks")))
                .startsWith("Anyone")
                .contains("only with a token");
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_port_that_is_taken_stops_a_directory_with_the_port_in_the_message() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            NodeProcess directory = start("directory", "--port", String.valueOf(taken.getLocalPort()));
            assertThat(directory.awaitExit()).isNotZero();
            assertThat(directory.err())
                    .anyMatch(
                            line -> line.startsWith("ERROR: ") && line.contains(String.valueOf(taken.getLocalPort())));
        }
    }

    private NodeProcess serve(String url, int port) {
        return start("serve", "--backend-type", "demo", "--directory-url", url, "--port", String.valueOf(port));
    }

    private NodeProcess start(String... args) {
        NodeProcess process = NodeProcess.start(home, args);
        processes.add(process);
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
