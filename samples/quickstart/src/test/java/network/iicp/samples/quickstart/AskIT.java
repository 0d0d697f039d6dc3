package network.iicp.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.node.NodeEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@DisplayNameGeneration(ReplaceUnderscores.class)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@ActiveProfiles("web")
class AskIT {

    private static final List<NodeEvent> events = new CopyOnWriteArrayList<>();
    private static final LocalMesh mesh = LocalMesh.start(setup ->
            setup.node(DemoBackend.builder().tokenDelay(Duration.ofMillis(20)).build(), node -> node.nodeId("gamma")
                    .listener(events::add)));

    private final HttpClient http = HttpClient.newHttpClient();

    @LocalServerPort
    int port;

    @DynamicPropertySource
    static void directory(DynamicPropertyRegistry properties) {
        properties.add("iicp.directory-url", mesh::directoryUrl);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String json) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri("/ask"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private static String query(String question) {
        return "?q=" + URLEncoder.encode(question, StandardCharsets.UTF_8);
    }

    @Test
    void the_page_is_served_and_brings_everything_it_needs() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("ask/stream?q=").doesNotContain("src=\"http", "href=\"http");
    }

    @Test
    void a_question_is_answered_with_its_origin() throws Exception {
        HttpResponse<String> answer = get("/ask" + query("Grüße?"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("Grüße?")
                .contains("\"origin\":{\"node\":\"gamma\",\"model\":\"iicp-demo\",\"attempts\":1,\"encrypted\":true}");
    }

    @Test
    void a_question_may_be_posted_as_JSON() throws Exception {
        assertThat(post("{\"question\":\"Why?\"}").body()).contains("You wrote: \\\"Why?\\\"");
    }

    @Test
    void a_stream_comes_in_parts_and_ends_with_the_origin() throws Exception {
        HttpResponse<String> stream = get("/ask/stream" + query("Hello"));

        assertThat(stream.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        List<String> data =
                stream.body().lines().filter(line -> line.startsWith("data:")).toList();
        assertThat(data).hasSizeGreaterThan(10);
        assertThat(data.subList(0, data.size() - 1)).allMatch(line -> line.endsWith("\"origin\":null}"));
        assertThat(data.get(data.size() - 1)).contains("\"node\":\"gamma\"");
    }

    @Test
    void closing_a_stream_stops_the_node() throws Exception {
        events.clear();
        HttpRequest request = HttpRequest.newBuilder(uri("/ask/stream" + query("word ".repeat(100))))
                .build();
        try (InputStream body = http.send(request, BodyHandlers.ofInputStream()).body()) {
            assertThat(new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8)).readLine())
                    .isNotNull();
        }

        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(events)
                .filteredOn(NodeEvent.TaskEnded.class::isInstance)
                .extracting(event -> ((NodeEvent.TaskEnded) event).outcome())
                .containsExactly("task_cancelled"));
    }

    @Test
    void questions_that_are_none_are_refused() throws Exception {
        for (HttpResponse<String> refusal : List.of(
                get("/ask?q="),
                get("/ask/stream?q=%20"),
                get("/ask"),
                post("{}"),
                post("{\"question\":\"" + "x".repeat(4_001) + "\"}"),
                post("[]"),
                post("{"))) {
            assertThat(refusal.statusCode()).isEqualTo(400);
            assertThat(refusal.headers().firstValue("content-type")).hasValue("application/problem+json");
        }
    }
}
