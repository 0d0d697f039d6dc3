package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.summarization.SummaryRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The runtime identity, followed to what nodes receive. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RuntimeIdentityIT {

    private static final ChatRequest QUESTION = ChatRequest.of("What is this?");
    private static final Map<String, Object> USER = Map.of("role", "user", "content", "What is this?");
    private static final Map<String, Object> NO_SYSTEM_MESSAGES =
            Map.of(RuntimeCapsule.PROFILE, Map.of("instruction_channel", "unsupported"));

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private IicpClient client(RuntimeIdentity mode) {
        return mesh.client(builder -> builder.runtimeIdentity(mode));
    }

    private static List<?> messages(FakeNode node) {
        return (List<?>) node.payloads().get(node.payloads().size() - 1).get("messages");
    }

    private static String context(FakeNode node) {
        assertThat(messages(node)).hasSize(2).last().isEqualTo(USER);
        Map<?, ?> first = (Map<?, ?>) messages(node).get(0);
        assertThat(first.get("role")).isEqualTo("system");
        return (String) first.get("content");
    }

    @Test
    void chats_are_as_the_application_wrote_them_unless_it_asks_for_more() {
        FakeNode node = mesh.node(job -> job.say("yes"));

        mesh.client().chat(QUESTION);
        client(RuntimeIdentity.DISABLED).chat(QUESTION);

        assertThat(node.payloads()).hasSize(2).allSatisfy(payload -> assertThat(payload.get("messages"))
                .isEqualTo(List.of(USER)));
    }

    @ParameterizedTest
    @EnumSource(names = "DISABLED", mode = EnumSource.Mode.EXCLUDE)
    void a_chat_tells_the_model_how_it_came(RuntimeIdentity mode) {
        FakeNode node = mesh.node(job -> job.say("yes"));

        client(mode).chat(QUESTION);

        assertThat(context(node))
                .startsWith("[IICP-RUNTIME-CONTEXT/1]")
                .contains("- intent: " + Intent.LLM_CHAT.urn(), "- client: iicp-java ", "- selected model: m1");
    }

    @Test
    void a_streamed_chat_does_too() {
        FakeNode node = mesh.node(job -> job.accept().delta("yes").end()).streaming();

        StreamProbe.of(client(RuntimeIdentity.AUTO), QUESTION, Long.MAX_VALUE).await();

        assertThat(context(node)).contains("- selected model: m1");
    }

    @Test
    void a_call_may_say_otherwise_than_the_client() {
        FakeNode node = mesh.node(job -> job.say("yes"));

        client(RuntimeIdentity.AUTO).chat(QUESTION, CallOptions.DEFAULT.withRuntimeIdentity(RuntimeIdentity.DISABLED));
        assertThat(messages(node)).isEqualTo(List.of(USER));
        mesh.client().chat(QUESTION, CallOptions.DEFAULT.withRuntimeIdentity(RuntimeIdentity.EXPLICIT));
        assertThat(context(node)).contains("- selected model: m1");
    }

    @Test
    void another_node_is_told_about_itself_and_nothing_of_the_first() {
        FakeNode broken = mesh.node(job -> job.line().json(503, "{\"error\":{\"code\":\"capacity_exceeded\"}}"))
                .offering("model-a");
        FakeNode second = mesh.node(job -> job.say("yes")).offering("model-b");

        client(RuntimeIdentity.AUTO).chat(QUESTION);

        assertThat(context(broken)).contains("- selected model: model-a", "matched the requested intent");
        assertThat(context(second))
                .contains("- selected model: model-b", "after another one could not answer")
                .doesNotContain("model-a");
    }

    @Test
    void each_of_several_nodes_that_are_asked_at_once_is_told_about_itself() {
        FakeNode first = mesh.node(job -> job.say("yes")).offering("model-a");
        FakeNode second = mesh.node(job -> job.say("yes")).offering("model-b");
        FakeNode third = mesh.node(job -> job.say("yes")).offering("model-c");

        client(RuntimeIdentity.AUTO).chat(QUESTION, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));

        assertThat(first.payloads().size()
                        + second.payloads().size()
                        + third.payloads().size())
                .isGreaterThanOrEqualTo(2);
        for (FakeNode node : List.of(first, second, third)) {
            if (!node.payloads().isEmpty()) {
                assertThat(context(node)).contains("- selected model: model-");
            }
        }
    }

    @Test
    void tasks_that_are_submitted_as_they_are_never_change() throws Exception {
        FakeNode node = mesh.node(job -> job.say("yes"));
        CallOptions demanding = CallOptions.DEFAULT.withRuntimeIdentity(RuntimeIdentity.REQUIRED);
        Map<String, Object> payload = Map.of("messages", List.of(USER));

        client(RuntimeIdentity.AUTO).submit(Task.of(Intent.LLM_CHAT, payload));
        client(RuntimeIdentity.AUTO).submit(Task.of(Intent.LLM_CHAT, payload), demanding);
        Ended ended = new Ended();
        client(RuntimeIdentity.AUTO)
                .submitStream(Task.of(Intent.LLM_CHAT, payload), demanding)
                .subscribe(ended);
        ended.done.get(30, TimeUnit.SECONDS);

        assertThat(node.payloads()).hasSize(3).containsOnly(payload);
    }

    @Test
    void a_chat_that_stands_in_for_another_intent_does_not_change() throws Exception {
        FakeNode node = mesh.node(job -> job.say("{\"summary\":\"short\"}"));
        mesh.directory((request, line) -> line.json(
                200,
                request.path().contains("summarize")
                        ? "{\"nodes\":[],\"count\":0}"
                        : Json.text(Map.of("nodes", mesh.describe(), "count", 1))));
        IicpClient client = mesh.client(
                builder -> builder.runtimeIdentity(RuntimeIdentity.AUTO).emulation(true));

        assertThat(client.summarizeAsync(
                                SummaryRequest.of("a long text"),
                                CallOptions.DEFAULT.withRuntimeIdentity(RuntimeIdentity.AUTO))
                        .get(30, TimeUnit.SECONDS)
                        .text())
                .isEqualTo("short");

        assertThat(messages(node).toString()).doesNotContain(RuntimeCapsule.MARKER);
    }

    @Test
    void a_node_without_system_messages_gets_the_chat_as_it_is() {
        FakeNode node = mesh.node(job -> job.say("yes")).extended(NO_SYSTEM_MESSAGES);

        client(RuntimeIdentity.AUTO).chat(QUESTION);

        assertThat(messages(node)).isEqualTo(List.of(USER));
    }

    @Test
    void where_it_is_required_such_a_node_is_left_out() {
        FakeNode without = mesh.node(job -> job.say("no")).extended(NO_SYSTEM_MESSAGES);
        FakeNode with = mesh.node(job -> job.say("yes"));

        assertThat(client(RuntimeIdentity.REQUIRED).chat(QUESTION).text()).isEqualTo("yes");

        assertThat(without.payloads()).isEmpty();
        assertThat(context(with)).contains("- selected model: m1");
    }

    @Test
    void where_it_is_required_and_no_node_takes_it_nothing_is_sent() {
        FakeNode without = mesh.node(job -> job.say("no")).extended(NO_SYSTEM_MESSAGES);

        PolicyRefusedException refused =
                catchThrowableOfType(PolicyRefusedException.class, () -> client(RuntimeIdentity.REQUIRED)
                        .chat(QUESTION));

        assertThat(refused.error().knownCode()).contains(ErrorCode.IDENTITY_CONTEXT_UNSUPPORTED);
        assertThat(refused.error().code()).isEqualTo("required_identity_context_unsupported");
        assertThat(refused.retryable()).isFalse();
        assertThat(without.payloads()).isEmpty();
    }

    /** Takes everything and notes the end. */
    private static final class Ended implements Flow.Subscriber<TaskEvent> {

        private final CompletableFuture<Void> done = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(TaskEvent event) {
            assertThat(event).isNotNull();
        }

        @Override
        public void onError(Throwable failure) {
            done.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            done.complete(null);
        }
    }
}
