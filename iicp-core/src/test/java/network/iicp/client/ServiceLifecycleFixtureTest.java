package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.transport.ServerSentEvent;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The official vectors of the service-lifecycle profile that a consumer can be measured by: what it makes of sequences of events. Vectors
 * about providers (idempotency, cancelling, resuming, billing) and about the native transport are no matter of this class.
 */
class ServiceLifecycleFixtureTest {

    private static final String TASK = "t";

    /** What became of a sequence of events. */
    private record Verdict(List<String> read, String text, boolean ended, String objection) {}

    @TestFactory
    Stream<DynamicTest> sequences_of_events_are_judged_as_the_profile_says() throws IOException {
        List<JsonObject> vectors = fixture("service-profiles-v1.json").objects("lifecycle_vectors").stream()
                .filter(vector -> vector.has("events"))
                .toList();
        assertThat(vectors).hasSizeGreaterThan(10);
        return vectors.stream()
                .map(vector -> DynamicTest.dynamicTest(
                        vector.string("id"), () -> check(vector.string("id"), judge(events(vector)))));
    }

    private static void check(String id, Verdict verdict) {
        switch (id) {
            case "SERVICE-LIFECYCLE-01" -> assertThat(verdict.ended()).isTrue();
            case "SERVICE-LIFECYCLE-02" -> assertThat(verdict.text()).isEqualTo("hello!");
            case "SERVICE-LIFECYCLE-03" -> {
                assertThat(verdict.read()).containsExactly("accepted", "partial", "completed");
                assertThat(verdict.ended()).isTrue();
            }
            case "SERVICE-LIFECYCLE-04" -> assertThat(verdict.read()).containsExactly("rejected");
            case "SERVICE-LIFECYCLE-05" -> assertThat(verdict.read()).containsExactly("accepted", "cancelled");
            case "SERVICE-LIFECYCLE-06" -> assertThat(verdict.read()).containsExactly("accepted", "timed_out");
            case "SERVICE-LIFECYCLE-09" -> {
                assertThat(verdict.read()).containsExactly("accepted", "partial", "failed");
                assertThat(verdict.ended()).isTrue();
            }
            case "SERVICE-LIFECYCLE-10", "SERVICE-LIFECYCLE-11" -> {
                assertThat(verdict.read()).containsExactly("accepted", "completed");
                assertThat(verdict.objection()).contains("after the last one");
            }
            case "SERVICE-LIFECYCLE-12" ->
                assertThat(verdict.ended())
                        .as("without a terminal event the outcome is a failure")
                        .isFalse();
            case "SERVICE-LIFECYCLE-13" -> assertThat(verdict.objection()).contains("is_final");
            default -> throw new AssertionError("a vector this test does not know: " + id);
        }
    }

    @TestFactory
    Stream<DynamicTest> orders_of_states_are_judged_as_the_profile_says() throws IOException {
        Set<String> kinds = Set.of("valid", "invalid", "duplicate", "alias");
        List<JsonObject> vectors = fixture("service-lifecycle-v1.json").objects("vectors").stream()
                .filter(vector -> kinds.contains(vector.string("kind")))
                .toList();
        assertThat(vectors).hasSizeGreaterThan(8);
        return vectors.stream()
                .map(vector -> DynamicTest.dynamicTest(vector.string("id"), () -> {
                    Verdict verdict = judge(states(vector));
                    switch (vector.string("expected")) {
                        case "accept", "deduplicate", "accept_as_expired" -> {
                            assertThat(verdict.objection()).isNull();
                            assertThat(verdict.ended()).isTrue();
                        }
                        case "event_after_terminal" ->
                            assertThat(verdict.objection()).contains("after the last one");
                        case "sequence_gap" -> assertThat(verdict.objection()).contains("where 1 was due");
                        case "terminal_flag_mismatch" ->
                            assertThat(verdict.objection()).contains("is_final");
                        default -> throw new AssertionError("an expectation this test does not know");
                    }
                }));
    }

    private static Verdict judge(List<Map<String, Object>> events) {
        EventSequence sequence = new EventSequence(TASK, null, JsonLimits.DEFAULT);
        ChatContent content = new ChatContent(1_000);
        List<String> read = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        try {
            for (Map<String, Object> data : events) {
                Optional<LifecycleEvent> event = sequence.accept(ServerSentEvent.of(Json.text(data)));
                event.ifPresent(next -> {
                    read.add(next.type().wireName());
                    for (ChatEvent delta : content.part(next.result())) {
                        text.append(((ChatEvent.TextDelta) delta).text());
                    }
                });
            }
        } catch (ProtocolViolationException e) {
            return new Verdict(read, text.toString(), sequence.hasEnded(), e.getMessage());
        }
        return new Verdict(read, text.toString(), sequence.hasEnded(), null);
    }

    private static List<Map<String, Object>> events(JsonObject vector) {
        return vector.objects("events").stream()
                .map(event -> {
                    Map<String, Object> data = new LinkedHashMap<>(event.asMap());
                    data.put("task_id", TASK);
                    return data;
                })
                .toList();
    }

    private static List<Map<String, Object>> states(JsonObject vector) {
        List<Map<String, Object>> events = new ArrayList<>();
        for (Object each : (List<?>) vector.raw("events")) {
            List<?> state = (List<?>) each;
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("task_id", TASK);
            data.put("event", state.get(0));
            data.put("sequence", state.get(1));
            data.put("is_final", state.get(2));
            events.add(data);
        }
        return events;
    }

    private static JsonObject fixture(String name) throws IOException {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES is not set: the official vectors are not here");
        Path file = Path.of(folder, "sdk", name);
        assumeTrue(Files.exists(file), file + " is missing");
        return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }
}
