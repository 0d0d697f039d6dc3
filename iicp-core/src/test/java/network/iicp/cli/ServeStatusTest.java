package network.iicp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.IicpNode;
import network.iicp.backend.DemoBackend;
import network.iicp.node.NodeEvent;
import network.iicp.node.NodeHealth;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ServeStatusTest {

    private static final URI DIRECTORY = URI.create("http://127.0.0.1:9480/api");
    private static final ServeNotes NOTES = new ServeNotes("Anyone may send tasks.", DIRECTORY);

    private final AtomicLong nanos = new AtomicLong(77);
    private final StringWriter screen = new StringWriter();
    private final ServeStatus status = new ServeStatus(new PrintWriter(screen), nanos::get);

    private static NodeHealth health() {
        try (IicpNode node = IicpNode.builder()
                .backend(DemoBackend.create())
                .withoutDirectory()
                .port(0)
                .build()) {
            node.start();
            return node.health();
        }
    }

    private static NodeEvent ended(String outcome, int tokens) {
        return new NodeEvent.TaskEnded(
                "t", Intent.LLM_CHAT, outcome, Duration.ofMillis(1), tokens, true, false, Qos.BATCH);
    }

    @Test
    void the_block_tells_state_models_callers_load_tasks_and_directory() {
        for (int i = 0; i < 10; i++) {
            status.onEvent(ended("success", 30));
        }
        status.onEvent(ended("backend_error", -1));
        status.onEvent(new NodeEvent.TaskRefused("rate_limited"));
        nanos.addAndGet(Duration.ofSeconds(29).toNanos());

        List<String> block = status.block(health(), URI.create("http://127.0.0.1:9484"), NOTES);

        assertThat(block)
                .anySatisfy(line ->
                        assertThat(line).startsWith("state").contains("serving", "http://127.0.0.1:9484", "for 20 s"))
                .anySatisfy(line -> assertThat(line).startsWith("models").contains(DemoBackend.MODEL))
                .anySatisfy(line -> assertThat(line).startsWith("callers").contains("Anyone"))
                .anySatisfy(line -> assertThat(line).startsWith("load").contains("0 of 4"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("tasks")
                        .contains("10 answered, 1 failed, 1 refused, 10.0 tokens/s"))
                .anySatisfy(line -> assertThat(line).startsWith("directory").contains("does not list this node yet"));
    }

    @Test
    void the_same_seconds_give_the_same_block() {
        NodeHealth health = health();
        URI endpoint = URI.create("http://127.0.0.1:9484");
        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        List<String> before = status.block(health, endpoint, NOTES);
        nanos.addAndGet(Duration.ofSeconds(7).toNanos());

        assertThat(status.block(health, endpoint, NOTES)).as("nothing flickers").isEqualTo(before);
    }

    @Test
    void what_is_said_is_a_line_and_a_directory_that_is_lost_is_told_until_it_answers() {
        status.onEvent(new NodeEvent.DirectoryLost("http://127.0.0.1:9480", "refused"));
        assertThat(screen.toString()).contains("does not answer (refused)").endsWith("\n");
        NodeHealth health = health();
        assertThat(status.block(health, URI.create("http://n"), NOTES).get(6)).contains("trying again");

        status.onEvent(new NodeEvent.DirectoryRecovered("http://127.0.0.1:9480", Duration.ofSeconds(1)));

        assertThat(status.block(health, URI.create("http://n"), NOTES).get(6)).doesNotContain("trying again");
    }

    @Test
    void throughput_is_that_of_the_last_minute() {
        Throughput tokens = new Throughput(nanos::get);
        tokens.add(60);
        assertThat(tokens.perSecond()).isEqualTo(60);
        nanos.addAndGet(Duration.ofSeconds(59).toNanos());
        tokens.add(60);
        assertThat(tokens.perSecond()).isEqualTo(2);
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(tokens.perSecond())
                .as("the first ones are older than a minute")
                .isEqualTo(1);
        nanos.addAndGet(Duration.ofMinutes(10).toNanos());
        assertThat(tokens.perSecond()).isZero();
    }

    @Test
    void the_block_is_gone_when_the_node_has_stopped() {
        try (IicpNode node = IicpNode.builder()
                .backend(DemoBackend.create())
                .withoutDirectory()
                .port(0)
                .build()) {
            node.start();
            status.ready(node, NOTES);
            assertThat(screen.toString()).contains("\033[?7l", "models     " + DemoBackend.MODEL);
            status.note("in between");
            assertThat(screen.toString()).contains("\033[7A\r\033[Jin between\n\033[?7l");

            status.onEvent(new NodeEvent.Stopped());

            assertThat(screen.toString()).endsWith("\033[7A\r\033[JStopped.\n");
        } finally {
            status.close();
        }
    }

    @Test
    void lines_of_the_log_go_above() throws Exception {
        try (LinesAbove above = new LinesAbove(status::note)) {
            above.write("one\r\ntw".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            above.write("o ü\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        assertThat(screen.toString()).isEqualTo("one\ntwo ü\n");
    }
}
