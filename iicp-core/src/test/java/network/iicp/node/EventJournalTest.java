package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.node.NodeEvent.DirectoryCall;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EventJournalTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-27T01:02:03.456789Z"), ZoneOffset.UTC);
    private static final NodeEvent STARTED = new NodeEvent.Started(URI.create("http://127.0.0.1:9484"));

    @TempDir
    private Path folder;

    private EventJournal journal(long maxBytes) {
        return new EventJournal(folder.resolve("logs"), "node-1", CLOCK, Thread::new, maxBytes);
    }

    private Path file(String name) {
        return folder.resolve("logs").resolve(name);
    }

    private static String word(String line) {
        return String.valueOf(Json.parseObject(line, JsonLimits.DEFAULT).get("event"));
    }

    @Test
    void the_life_of_a_node_is_written_line_by_line_in_the_words_of_the_official_nodes() throws Exception {
        try (EventJournal journal = journal(EventJournal.MAX_BYTES)) {
            journal.onEvent(STARTED);
            journal.onEvent(new NodeEvent.DirectoryCalled("http://d", DirectoryCall.REGISTER, "network_error"));
            journal.onEvent(new NodeEvent.DirectoryCalled("http://d", DirectoryCall.REGISTER, null));
            journal.onEvent(new NodeEvent.Registered("http://d", URI.create("http://n")));
            journal.onEvent(new NodeEvent.DirectoryCalled("http://d", DirectoryCall.REREGISTER, null));
            journal.onEvent(new NodeEvent.DirectoryCalled("http://d", DirectoryCall.HEARTBEAT, null));
            journal.onEvent(new NodeEvent.DirectoryLost("http://d", "refused"));
            journal.onEvent(new NodeEvent.DirectoryRecovered("http://d", Duration.ofSeconds(3)));
            journal.onEvent(new NodeEvent.Draining(2));
            journal.onEvent(new NodeEvent.DirectoryCalled("http://d", DirectoryCall.DEREGISTER, "network_error"));
            journal.onEvent(new NodeEvent.Stopped());
        }

        List<String> lines = Files.readAllLines(file("events.jsonl"));
        assertThat(lines.stream().map(EventJournalTest::word))
                .containsExactly(
                        "serve_start",
                        "register_fail",
                        "register_ok",
                        "reregister_ok",
                        "heartbeat_ok",
                        "directory_lost",
                        "directory_recovered",
                        "draining",
                        "deregister_fail",
                        "serve_stop");
        assertThat(lines.get(0))
                .isEqualTo("{\"ts\":\"2026-11-27T01:02:03.456Z\",\"event\":\"serve_start\",\"node_id\":\"node-1\","
                        + "\"details\":{\"address\":\"http://127.0.0.1:9484\"}}");
        assertThat(Json.parseObject(lines.get(1), JsonLimits.DEFAULT).get("details"))
                .isEqualTo(Map.of("directory", "http://d", "reason", "network_error"));
    }

    @Test
    void single_tasks_are_not_written_but_have_a_record() throws Exception {
        NodeEvent task = new NodeEvent.TaskEnded(
                "t1", Intent.LLM_CHAT, "success", Duration.ofMillis(7), 5, true, false, Qos.BATCH);
        try (EventJournal journal = journal(EventJournal.MAX_BYTES)) {
            journal.onEvent(task);
            journal.onEvent(new NodeEvent.TaskRefused("conflict"));
            journal.onEvent(STARTED);
        }

        assertThat(Files.readAllLines(file("events.jsonl"))).hasSize(1);
        EventRecord record = EventRecord.of(task, "node-1", CLOCK.instant()).orElseThrow();
        assertThat(record.event()).isEqualTo("task_ended");
        assertThat(record.details())
                .containsEntry("task_id", "t1")
                .containsEntry("intent", Intent.LLM_CHAT.urn())
                .containsEntry("outcome", "success")
                .containsEntry("latency_ms", 7L)
                .containsEntry("tokens", 5)
                .containsEntry("encrypted", true)
                .containsEntry("qos", "batch");
    }

    @Test
    void a_full_file_is_moved_aside_and_three_are_kept() throws Exception {
        try (EventJournal journal = journal(300)) {
            for (int i = 0; i < 30; i++) {
                journal.onEvent(new NodeEvent.Draining(i));
            }
        }

        assertThat(file("events.jsonl")).exists();
        assertThat(file("events.jsonl.1")).exists();
        assertThat(file("events.jsonl.3")).exists();
        assertThat(file("events.jsonl.4")).doesNotExist();
        assertThat(Files.size(file("events.jsonl.1"))).isLessThanOrEqualTo(300);
        List<String> newest = Files.readAllLines(file("events.jsonl"));
        assertThat(newest.get(newest.size() - 1)).contains("\"active_tasks\":29");
    }

    @Test
    void a_folder_that_cannot_be_written_costs_lines_only() throws Exception {
        Files.writeString(folder.resolve("logs"), "a file where the folder should be");
        try (EventJournal journal = journal(EventJournal.MAX_BYTES)) {
            journal.onEvent(STARTED);
            journal.onEvent(STARTED);
        }
        Files.delete(folder.resolve("logs"));

        try (EventJournal journal = journal(EventJournal.MAX_BYTES)) {
            journal.onEvent(STARTED);
        }
        assertThat(Files.readAllLines(file("events.jsonl"))).hasSize(1);
    }
}
