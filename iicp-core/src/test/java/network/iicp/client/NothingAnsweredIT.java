package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.wire.TaskReplyCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A success that holds nothing is a failure of its node, however it was asked for. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NothingAnsweredIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");
    private static final Task RAW =
            Task.of(Intent.LLM_CHAT, Map.of("messages", List.of(Map.of("role", "user", "content", "hello"))));

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private static void reply(FakeNode.Job job, Map<String, Object> result) throws Exception {
        job.reply(TaskReplyCodec.success(job.taskId(), result, Usage.UNKNOWN, "m1", Map.of()));
    }

    private static Map<String, Object> saying(Map<String, Object> choice) {
        return Map.of("model", "m1", "choices", List.of(choice));
    }

    private TaskResult streamed() throws Exception {
        CompletableFuture<TaskResult> result = new CompletableFuture<>();
        mesh.client().submitStream(RAW, CallOptions.DEFAULT).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(TaskEvent item) {
                if (item instanceof TaskEvent.Completed completed) {
                    result.complete(completed.result());
                }
            }

            @Override
            public void onError(Throwable thrown) {
                result.completeExceptionally(thrown);
            }

            @Override
            public void onComplete() {
                result.completeExceptionally(new AssertionError("ended without a result"));
            }
        });
        return result.get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_chat_without_choices_is_asked_elsewhere() {
        mesh.node(job -> reply(job, Map.of("model", "m1", "choices", List.of())));
        mesh.node(job -> job.say("something"));
        assertThat(mesh.client().chat(HELLO).text()).isEqualTo("something");
    }

    @Test
    void a_choice_without_a_word_and_without_a_reason_is_asked_elsewhere() {
        mesh.node(job -> reply(job, saying(Map.of("index", 0, "message", Map.of("role", "assistant", "content", "")))));
        mesh.node(job -> job.say("something"));
        assertThat(mesh.client().chat(HELLO).text()).isEqualTo("something");
    }

    @Test
    void a_model_that_had_nothing_to_say_and_says_so_has_answered() {
        mesh.node(job -> job.say(""));
        assertThat(mesh.client().chat(HELLO).text()).isEmpty();
    }

    @Test
    void a_buffered_answer_behind_a_stream_is_held_to_the_same() throws Exception {
        mesh.node(job -> reply(job, Map.of("model", "m1", "choices", List.of())));
        mesh.node(job -> job.say("something"));
        TaskResult result = streamed();
        assertThat(result.provenance().attempts()).hasSize(2);
        assertThat(result.resultMap().orElseThrow().toString()).contains("something");
    }

    @Test
    void events_that_end_without_any_content_are_no_answer() throws Exception {
        mesh.node(job -> job.accept()
                        .event(LifecycleEvent.Type.COMPLETED, null)
                        .line()
                        .close())
                .streaming();
        mesh.node(job -> job.say("something"));
        assertThat(streamed().provenance().attempts()).hasSize(2);
    }

    @Test
    void when_no_node_says_anything_the_call_fails() {
        mesh.node(job -> reply(job, Map.of("model", "m1", "choices", List.of())));
        assertThatThrownBy(() -> mesh.client().chat(HELLO))
                .isInstanceOf(IicpException.class)
                .hasMessageContaining("without choices");
    }
}
