package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend.State;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The dialect on an engine that others wrote: {@code llama-server} of llama.cpp. */
@Tag("engine")
@EnabledIfEnvironmentVariable(
        named = LlamaServer.BINARY,
        matches = ".+",
        disabledReason = "no engine: set IICP_ENGINE_LLAMA_SERVER to a llama-server program")
@EnabledIfEnvironmentVariable(
        named = LlamaServer.MODELS,
        matches = ".+",
        disabledReason = "no model: set IICP_ENGINES to the folder of tiny-llama.gguf")
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OpenAiDialectEngineIT {

    private static final int TASKS = 8;
    private static final String HELLO = "'messages':[{'role':'user','content':'Hello, who are you?'}]";

    @TempDir
    static Path logs;

    private static LlamaServer server;
    private static OpenAiDialectBackend backend;

    @BeforeAll
    static void start() throws IOException {
        server = LlamaServer.start(logs.resolve("chat.log"));
        backend = OpenAiDialectBackend.openAi(server.uri());
    }

    @AfterAll
    static void stop() {
        if (backend != null) {
            backend.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static JsonObject ask(OpenAiDialectBackend engine, RecordingContext task) throws InterruptedException {
        return JsonObject.parse(Json.bytes(engine.handle(task)), JsonLimits.DEFAULT);
    }

    private static JsonObject choice(JsonObject result) {
        return result.objects("choices").get(0);
    }

    @Test
    void is_recognised_and_does_not_tell_where_its_model_is() {
        List<Capability> capabilities = backend.capabilities();

        assertThat(backend.type()).isEqualTo("llamacpp");
        assertThat(backend.state()).isEqualTo(State.OK);
        assertThat(capabilities).extracting(Capability::intent).contains(Intent.LLM_CHAT, Intent.LLM_COMPLETION);
        assertThat(capabilities.get(0).models()).containsExactly("tiny-llama.gguf");
        assertThat(capabilities.get(0).streams()).isTrue();
        assertThat(backend.stability()).isEqualTo(BackendStability.OK);
        assertThat(backend.models()).containsExactly(ModelReport.of("tiny-llama.gguf", true, 1024));
    }

    @Test
    void is_measured_on_real_tasks() throws Exception {
        EngineMonitor monitor = new EngineMonitor(backend, Clock.systemUTC(), System::nanoTime);
        monitor.capabilities();
        // Several, because a task whose parts were taken late on a busy machine tells no speed.
        for (int i = 0; i < TASKS; i++) {
            monitor.handle(RecordingContext.streaming(
                    Intent.LLM_CHAT, "{'model':'tiny-llama.gguf'," + HELLO + ",'max_tokens':40,'seed':1}"));
        }

        ModelReport report = monitor.models().get(0);

        assertThat(report.measuredTasks()).isEqualTo(TASKS);
        assertThat(report.tokensPerSecond()).isPositive();
        assertThat(report.firstTokenMillis()).isPositive();
        assertThat(report.contextLength()).isEqualTo(1024);
    }

    @Test
    void chats() throws Exception {
        JsonObject result = ask(
                backend,
                RecordingContext.buffered(Intent.LLM_CHAT, "{" + HELLO + ",'max_tokens':12,'seed':1,'stream':true}"));

        assertThat(choice(result).object("message").string("content")).isNotEmpty();
        assertThat(choice(result).string("finish_reason")).isEqualTo("length");
        assertThat(result.object("usage").integer("completion_tokens")).isEqualTo(12);
        assertThat(result.string("model")).isEqualTo("tiny-llama.gguf");
    }

    @Test
    void streams_chats() throws Exception {
        RecordingContext task = RecordingContext.streaming(Intent.LLM_CHAT, "{" + HELLO + ",'max_tokens':40,'seed':1}");

        JsonObject end = ask(backend, task);

        assertThat(task.text(0)).isNotEmpty();
        assertThat(task.parts()).hasSizeBetween(10, 41);
        assertThat(choice(end).string("finish_reason")).isEqualTo("length");
        assertThat(end.object("usage").integer("completion_tokens")).isEqualTo(40);
        assertThat(end.string("model")).isEqualTo("tiny-llama.gguf");
    }

    @Test
    void continues_prompts() throws Exception {
        RecordingContext task =
                RecordingContext.streaming(Intent.LLM_COMPLETION, "{'prompt':'Once upon a time','max_tokens':20}");
        JsonObject end = ask(backend, task);
        assertThat(task.text(0)).isNotEmpty();
        assertThat(choice(end).string("finish_reason")).isEqualTo("length");
    }

    @Test
    void stops_generating_when_the_task_is_cancelled() throws Exception {
        double before = server.metric("n_decode_total");
        // Probabilities of many tokens make each event large, so that the engine cannot run far ahead.
        RecordingContext task = RecordingContext.streaming(
                Intent.LLM_CHAT, "{" + HELLO + ",'max_tokens':900,'logprobs':true,'top_logprobs':500}");
        task.onEmit(part -> {
            if (task.parts().size() == 3) {
                task.cancel();
            }
        });

        assertThatThrownBy(() -> backend.handle(task)).isInstanceOf(InterruptedException.class);
        Thread.interrupted();

        await().atMost(Duration.ofSeconds(5)).until(() -> server.metric("requests_processing") == 0);
        assertThat(task.parts()).hasSize(3);
        assertThat(server.metric("n_decode_total") - before).isLessThan(200);
        chats();
    }

    @Test
    void running_out_of_context_in_the_middle_is_a_failure_and_no_short_answer() {
        RecordingContext task = RecordingContext.streaming(Intent.LLM_CHAT, "{" + HELLO + ",'max_tokens':5000}");

        assertThatThrownBy(() -> backend.handle(task)).isInstanceOf(BackendException.class);

        assertThat(task.parts()).isNotEmpty();
    }

    @Test
    void refuses_what_it_cannot_do_without_its_own_words() {
        RecordingContext task =
                RecordingContext.buffered(Intent.LLM_CHAT, "{'messages':[{'role':'user','secret':'word'}]}");
        assertThatThrownBy(() -> backend.handle(task)).isInstanceOfSatisfying(IicpException.class, e -> {
            assertThat(e.code()).isIn(ErrorCode.BACKEND_REJECTED.slug(), ErrorCode.BACKEND_ERROR.slug());
            assertThat(e.getMessage()).doesNotContain("127.0.0.1", "tiny-llama.gguf", "word");
        });
    }

    @Nested
    class Started_for_embeddings {

        @Test
        void it_gives_vectors() throws Exception {
            try (LlamaServer embedding =
                            LlamaServer.start(logs.resolve("embed.log"), "--embeddings", "--pooling", "mean");
                    OpenAiDialectBackend engine = OpenAiDialectBackend.builder()
                            .llamaCpp()
                            .baseUrl(embedding.uri())
                            .embeddingModels("tiny-llama")
                            .build()) {
                assertThat(engine.capabilities()).extracting(Capability::intent).containsExactly(Intent.LLM_EMBEDDING);

                JsonObject result = ask(
                        engine,
                        RecordingContext.buffered(
                                Intent.LLM_EMBEDDING, "{'input':['a cat','a cat','something else']}"));

                List<JsonObject> data = result.objects("data");
                assertThat(data).hasSize(3);
                assertThat(data.get(0).list("embedding")).hasSizeGreaterThan(8);
                for (int i = 0; i < data.get(0).list("embedding").size(); i++) {
                    double first = ((Number) data.get(0).list("embedding").get(i)).doubleValue();
                    double second = ((Number) data.get(1).list("embedding").get(i)).doubleValue();
                    assertThat(first).isCloseTo(second, within(1e-3));
                }
                assertThat(result.object("usage").integer("prompt_tokens")).isPositive();
                assertThat(result.string("model")).isEqualTo("tiny-llama");
            }
        }
    }
}
