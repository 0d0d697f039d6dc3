package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream that was cut off goes on at another node, if the caller allowed that, and says so. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamContinuationIT {

    private static final ChatRequest HELLO = ChatRequest.of("tell me");
    private static final CallOptions CONTINUES =
            CallOptions.builder().continueInterrupted(true).build();

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    @Test
    void the_next_node_is_given_the_text_so_far_and_the_seam_is_marked() {
        FakeNode first = cutOff("once ", "upon ");
        FakeNode second =
                mesh.node(job -> job.accept().delta("a ").delta("time").end()).streaming();
        StreamProbe stream = stream(CONTINUES);
        ChatResult result = stream.completed();
        assertThat(result.text()).isEqualTo("once upon a time");
        assertThat(stream.text()).isEqualTo("once upon a time");
        assertThat(stream.events()).contains(new ChatEvent.Continued("00000001", "00000002", "once upon ".length()));
        assertThat(result.provenance().continued()).isTrue();
        assertThat(result.provenance().node()).isEqualTo("00000002");
        assertThat(result.provenance().attempts())
                .extracting(Attempt::reason)
                .containsExactly("first_choice", Attempt.CONTINUATION);
        assertThat(messages(second).get(1)).isEqualTo(Map.of("role", "assistant", "content", "once upon "));
        assertThat(messages(first)).hasSize(1);
        assertThat(taskId(first)).as("another payload is another task").isNotEqualTo(taskId(second));
        assertThat(result.provenance().taskId()).isEqualTo(taskId(first));
    }

    @Test
    void a_node_that_does_not_stream_can_go_on_too() {
        cutOff("once ");
        mesh.node(job -> job.say("upon a time"));
        StreamProbe stream = stream(CONTINUES);
        assertThat(stream.completed().text()).isEqualTo("once upon a time");
        assertThat(stream.text()).isEqualTo("once upon a time");
        assertThat(stream.completed().provenance().streamed()).isFalse();
    }

    @Test
    void nodes_that_fail_before_they_go_on_are_passed_over() {
        cutOff("once ");
        mesh.node(job -> job.accept().line().close()).streaming();
        mesh.node(job -> job.accept().delta("upon").end()).streaming();
        StreamProbe stream = stream(CONTINUES);
        assertThat(stream.completed().text()).isEqualTo("once upon");
        assertThat(stream.completed().provenance().attempts()).hasSize(3);
    }

    @Test
    void it_may_be_cut_off_again_and_go_on_again() {
        cutOff("one ");
        cutOff("two ");
        mesh.node(job -> job.accept().delta("three").end()).streaming();
        StreamProbe stream = stream(CONTINUES);
        assertThat(stream.completed().text()).isEqualTo("one two three");
        assertThat(stream.events())
                .filteredOn(ChatEvent.Continued.class::isInstance)
                .hasSize(2);
    }

    @Test
    void when_nobody_can_go_on_the_failure_holds_all_text() {
        cutOff("one ");
        cutOff("two ");
        cutOff("three ");
        StreamProbe stream = stream(CONTINUES);
        assertThat(stream.failure()).isInstanceOfSatisfying(StreamInterruptedException.class, e -> {
            assertThat(e.textSoFar()).isEqualTo("one two three ");
            assertThat(e.attempts()).hasSize(3);
        });
        assertThat(stream.text()).isEqualTo("one two three ");
        assertThat(stream.terminals()).isEqualTo(1);
    }

    @Test
    void it_is_off_unless_asked_for_and_can_be_the_rule_of_a_client() {
        cutOff("one ");
        mesh.node(job -> job.accept().delta("two").end()).streaming();
        assertThat(stream(CallOptions.DEFAULT).failure()).isInstanceOf(StreamInterruptedException.class);
        IicpClient continuing = mesh.client(builder -> builder.continueInterrupted(true));
        assertThat(StreamProbe.of(continuing, HELLO, Long.MAX_VALUE)
                        .await()
                        .completed()
                        .text())
                .isEqualTo("one two");
        CallOptions never = CallOptions.DEFAULT.withContinueInterrupted(false);
        assertThat(StreamProbe.of(continuing.chatStream(HELLO, never), Long.MAX_VALUE, event -> {})
                        .await()
                        .failure())
                .isInstanceOf(StreamInterruptedException.class);
    }

    @Test
    void fragments_of_tool_calls_cannot_be_continued() {
        mesh.node(job -> {
                    job.accept().delta("let me see ");
                    job.event(
                            Type.PARTIAL,
                            Map.of(
                                    "choices",
                                    List.of(Map.of(
                                            "delta",
                                            Map.of(
                                                    "tool_calls",
                                                    List.of(
                                                            Map.of(
                                                                    "index",
                                                                    0,
                                                                    "id",
                                                                    "c1",
                                                                    "function",
                                                                    Map.of("name", "look", "arguments", "{\"a"))))))));
                    job.line().close();
                })
                .streaming()
                .withoutAttach();
        FakeNode second = mesh.node(job -> job.say("never asked"));
        assertThat(stream(CONTINUES).failure()).isInstanceOf(StreamInterruptedException.class);
        assertThat(second.payloads()).isEmpty();
    }

    private FakeNode cutOff(String... deltas) {
        return mesh.node(job -> {
                    job.accept();
                    for (String delta : deltas) {
                        job.delta(delta);
                    }
                    job.line().close();
                })
                .streaming()
                .withoutAttach();
    }

    private StreamProbe stream(CallOptions options) {
        return StreamProbe.of(mesh.client().chatStream(HELLO, options), Long.MAX_VALUE, event -> {})
                .await();
    }

    private static List<?> messages(FakeNode node) {
        return (List<?>) node.payloads().get(0).get("messages");
    }

    private static Object taskId(FakeNode node) {
        return Json.parseObject(node.server().requests().get(0).body(), JsonLimits.DEFAULT)
                .get("task_id");
    }
}
