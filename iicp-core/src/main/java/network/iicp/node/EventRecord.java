package network.iicp.node;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;

/**
 * A step in the life of a node, as logs and machines read it: one JSON object on one line, {@code {"ts", "event", "node_id",
 * "details"}}. The words are those of the official nodes where they have one: {@code serve_start}, {@code register_ok},
 * {@code register_fail}, {@code reregister_ok}, {@code heartbeat_ok} and so on. Holds no payloads and no credentials. Immutable.
 *
 * @param at when
 * @param event the word
 * @param nodeId which node
 * @param details what belongs to it; strings, numbers and booleans
 */
public record EventRecord(Instant at, String event, String nodeId, Map<String, Object> details) {

    /** Copies the details. */
    public EventRecord {
        details = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /**
     * Returns the record of an event.
     *
     * @param event the event
     * @param nodeId which node it happened to
     * @param at when
     * @return the record, or empty for events that another one tells already
     */
    public static Optional<EventRecord> of(NodeEvent event, String nodeId, Instant at) {
        return word(event).map(word -> new EventRecord(at, word, nodeId, details(event)));
    }

    private static Optional<String> word(NodeEvent event) {
        if (event instanceof NodeEvent.Started) {
            return Optional.of("serve_start");
        } else if (event instanceof NodeEvent.DirectoryCalled called) {
            String call = called.call().name().toLowerCase(Locale.ROOT);
            return Optional.of(call + (called.failure() == null ? "_ok" : "_fail"));
        } else if (event instanceof NodeEvent.DirectoryLost) {
            return Optional.of("directory_lost");
        } else if (event instanceof NodeEvent.DirectoryRecovered) {
            return Optional.of("directory_recovered");
        } else if (event instanceof NodeEvent.TaskEnded) {
            return Optional.of("task_ended");
        } else if (event instanceof NodeEvent.TaskRefused) {
            return Optional.of("task_refused");
        } else if (event instanceof NodeEvent.CertificateReplaced) {
            return Optional.of("certificate_replaced");
        } else if (event instanceof NodeEvent.Draining) {
            return Optional.of("draining");
        } else if (event instanceof NodeEvent.Stopped) {
            return Optional.of("serve_stop");
        }
        return Optional.empty();
    }

    private static Map<String, Object> details(NodeEvent event) {
        Map<String, Object> details = new LinkedHashMap<>();
        if (event instanceof NodeEvent.Started started) {
            details.put("address", started.address().toString());
        } else if (event instanceof NodeEvent.DirectoryCalled called) {
            details.put("directory", called.directory());
            if (called.failure() != null) {
                details.put("reason", called.failure());
            }
        } else if (event instanceof NodeEvent.DirectoryLost lost) {
            details.put("directory", lost.directory());
        } else if (event instanceof NodeEvent.DirectoryRecovered recovered) {
            details.put("directory", recovered.directory());
            details.put("outage_ms", recovered.outage().toMillis());
        } else if (event instanceof NodeEvent.TaskEnded ended) {
            putTask(details, ended);
        } else if (event instanceof NodeEvent.TaskRefused refused) {
            details.put("reason", refused.code());
        } else if (event instanceof NodeEvent.Draining draining) {
            details.put("active_tasks", draining.activeTasks());
        }
        return details;
    }

    private static void putTask(Map<String, Object> details, NodeEvent.TaskEnded ended) {
        details.put("task_id", ended.taskId());
        details.put("intent", ended.intent().urn());
        details.put("outcome", ended.outcome());
        details.put("latency_ms", ended.elapsed().toMillis());
        if (ended.tokens() >= 0) {
            details.put("tokens", ended.tokens());
        }
        details.put("encrypted", ended.encrypted());
        details.put("streamed", ended.streamed());
        details.put("qos", ended.qos().wireName());
    }

    /** Returns the record as one line of JSON, without the end of the line. */
    public String line() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ts", DateTimeFormatter.ISO_INSTANT.format(at.truncatedTo(ChronoUnit.MILLIS)));
        json.put("event", event);
        json.put("node_id", nodeId);
        json.put("details", details);
        return Json.text(json);
    }
}
