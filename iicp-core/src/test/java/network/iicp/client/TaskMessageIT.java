package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import network.iicp.IicpClient;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The task as it goes over the wire, and the answer as the application gets it. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TaskMessageIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private IicpClient client() {
        return mesh.client(builder -> builder.encryption(Encryption.PREFERRED));
    }

    private static JsonObject body(RawServer.Request request) {
        return JsonObject.parse(request.body(), JsonLimits.DEFAULT);
    }

    @Test
    void a_task_is_JSON_with_an_id_an_intent_and_a_time_limit() {
        FakeNode node = mesh.node(job -> job.say("hello")).withoutKey();

        client().chat(HELLO, CallOptions.DEFAULT.withTotal(Duration.ofSeconds(20)));

        RawServer.Request request = node.server().requests().get(0);
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/v1/task");
        assertThat(request.header("content-type")).isEqualTo("application/json");
        JsonObject body = body(request);
        assertThat(body.string("task_id"))
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(body.string("intent")).isEqualTo(Intent.LLM_CHAT.urn());
        assertThat(body.object("constraints").integer("timeout_ms")).isBetween(1, 20_000);
        assertThat(body.object("payload").objects("messages").get(0).string("content"))
                .isEqualTo("hello");
    }

    @Test
    void every_call_is_a_task_of_its_own_and_keeps_its_id_at_every_node() {
        FakeNode broken = mesh.node(job -> job.line().json(503, "{\"error\":{\"code\":\"capacity_exceeded\"}}"))
                .withoutKey();
        FakeNode second = mesh.node(job -> job.say("hello")).withoutKey();
        IicpClient client = client();

        client.chat(HELLO);
        client.chat(HELLO);

        List<String> tried = broken.server().requests().stream()
                .map(request -> body(request).string("task_id"))
                .toList();
        List<String> answered = second.server().requests().stream()
                .map(request -> body(request).string("task_id"))
                .toList();
        assertThat(answered).hasSize(2).doesNotHaveDuplicates().containsAll(tried);
        assertThat(tried).isNotEmpty();
    }

    @Test
    void a_time_limit_of_the_task_bounds_what_the_node_is_told() {
        FakeNode node = mesh.node(job -> job.say("hello")).withoutKey();
        Task task = Task.of(Intent.LLM_CHAT, java.util.Map.of("messages", List.of()))
                .withConstraints(TaskConstraints.NONE.withTimeout(Duration.ofSeconds(5)));

        client().submit(task);

        assertThat(body(node.server().requests().get(0)).object("constraints").integer("timeout_ms"))
                .isBetween(1, 5_000);
    }

    @Test
    void an_answer_has_choices_usage_model_and_the_id_of_the_task() {
        mesh.node(job -> job.say("hello back"));

        ChatResult result = mesh.client().chat(HELLO);

        assertThat(result.choices()).singleElement().satisfies(choice -> {
            assertThat(choice.message().text()).isEqualTo("hello back");
            assertThat(choice.finishReason()).isEqualTo(FinishReason.STOP);
        });
        assertThat(result.usage().totalTokens()).isEqualTo(3);
        assertThat(result.model()).isEqualTo("m1");
        assertThat(Task.isValidId(result.provenance().taskId())).isTrue();
    }

    @Test
    void failures_the_suite_calls_transient_say_so() {
        FakeNode node =
                mesh.node(job -> job.line().json(503, "{\"error\":{\"code\":\"IICP-E008\",\"message\":\"m\"}}"));
        IicpException resting = failure();
        assertThat(resting.retryable()).as("IICP-E008").isTrue();

        node.behave(job -> job.line().whole(200, "text/html", "<html>hello</html>"));
        assertThat(failure().retryable()).as("IICP-E005").isTrue();

        node.close();
        IicpException unreachable = failure();
        assertThat(unreachable.retryable()).as("IICP-E004").isTrue();
    }

    private IicpException failure() {
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client().chat(HELLO, CallOptions.DEFAULT.withMaxAttempts(1)));
        assertThat(failure).isNotNull();
        return failure;
    }
}
