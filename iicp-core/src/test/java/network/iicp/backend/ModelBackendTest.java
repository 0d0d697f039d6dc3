package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.spi.InferenceBackend;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ModelBackendTest {

    private static final String HELLO = "{'messages':[{'role':'user','content':'hi'}]}";

    private final List<ChatRequest> asked = new ArrayList<>();
    private ChatFunction chat = (request, output) -> ChatAnswer.of("hello");

    private final ModelBackend engine = ModelBackend.builder()
            .chat(Capability.of(Intent.LLM_CHAT, List.of("m")).withStreaming(), (request, output) -> {
                asked.add(request);
                return chat.answer(request, output);
            })
            .chat(Capability.of(Intent.LLM_CHAT, List.of("other")), (request, output) -> ChatAnswer.of("other"))
            .embedding(
                    Capability.of(Intent.LLM_EMBEDDING, List.of("e")),
                    request -> new EmbeddingFunction.Vectors(
                            request.input().stream()
                                    .map(text -> new float[] {text.length(), 0.1f})
                                    .toList(),
                            new Usage(3, null, 3)))
            .build();

    private JsonObject ask(RecordingContext task) throws InterruptedException {
        return JsonObject.parse(Json.bytes(engine.handle(task)), JsonLimits.DEFAULT);
    }

    private static RecordingContext buffered(String payload) {
        return RecordingContext.buffered(Intent.LLM_CHAT, payload);
    }

    private static RecordingContext streaming() {
        return RecordingContext.streaming(Intent.LLM_CHAT, HELLO);
    }

    private static JsonObject choice(JsonObject result) {
        return result.objects("choices").get(0);
    }

    private static ChatAnswer full() {
        return new ChatAnswer(
                new ChatMessage.Assistant("text", "thought", null, List.of(new ToolCall("c1", "f", "{\"a\":1}"))),
                FinishReason.TOOL_CALLS,
                Usage.of(4, 6),
                "/models/m.gguf");
    }

    @Nested
    class A_chat {

        @Test
        void is_answered_by_the_named_model_or_the_first() throws Exception {
            assertThat(choice(ask(buffered(HELLO))).object("message").string("content"))
                    .isEqualTo("hello");
            assertThat(choice(ask(buffered(HELLO.replace("]}", "],'model':'other'}"))))
                            .object("message")
                            .string("content"))
                    .isEqualTo("other");
            assertThat(asked.get(0).model()).isEqualTo("m");
        }

        @Test
        void is_written_whole_in_the_OpenAI_dialect() throws Exception {
            chat = (request, output) -> {
                output.text("dropped: nobody takes parts");
                return full();
            };
            JsonObject result = ask(buffered(HELLO));
            assertThat(result.string("object")).isEqualTo("chat.completion");
            assertThat(result.string("model")).isEqualTo("m.gguf");
            assertThat(choice(result).string("finish_reason")).isEqualTo("tool_calls");
            JsonObject message = choice(result).object("message");
            assertThat(message.string("content")).isEqualTo("text");
            assertThat(message.string("reasoning_content")).isEqualTo("thought");
            assertThat(message.objects("tool_calls").get(0).object("function").string("arguments"))
                    .isEqualTo("{\"a\":1}");
            assertThat(result.object("usage").integer("total_tokens")).isEqualTo(10);
        }

        @Test
        void streams_what_comes_and_adds_what_came_only_at_the_end() throws Exception {
            chat = (request, output) -> {
                output.reasoning("thought");
                output.text("");
                output.text("te");
                output.text("xt");
                return full();
            };
            RecordingContext task = streaming();
            JsonObject end = ask(task);
            assertThat(task.text(0)).isEqualTo("text");
            assertThat(task.parts()).hasSize(4);
            assertThat(Json.text(task.parts().get(3))).contains("\"tool_calls\"", "\"index\":0", "\"id\":\"c1\"");
            assertThat(end.string("object")).isEqualTo("chat.completion.chunk");
            assertThat(choice(end).object("delta").asMap()).isEmpty();
            assertThat(choice(end).string("finish_reason")).isEqualTo("tool_calls");
            assertThat(end.object("usage").integer("completion_tokens")).isEqualTo(6);
        }

        @Test
        void of_a_model_that_does_not_stream_comes_whole() throws Exception {
            RecordingContext task = streaming();
            assertThat(choice(ask(task)).object("message").string("content")).isEqualTo("hello");
            assertThat(task.parts()).isEmpty();
        }

        @Test
        void reaches_its_cancel_action() throws Exception {
            AtomicReference<String> told = new AtomicReference<>("");
            RecordingContext task = streaming();
            chat = (request, output) -> {
                output.onCancel(() -> told.set("cancelled"));
                task.cancel();
                assertThat(output.isCancelled()).isTrue();
                throw new IllegalStateException("the connection was closed");
            };
            assertThatThrownBy(() -> ask(task)).isInstanceOf(InterruptedException.class);
            assertThat(told).hasValue("cancelled");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void that_fails_says_nothing_of_why() {
            chat = (request, output) -> {
                throw new IllegalStateException("password is 1234");
            };
            IicpException failure = catchThrowableOfType(IicpException.class, () -> ask(buffered(HELLO)));
            assertThat(failure.code()).isEqualTo("backend_error");
            assertThat(failure.getMessage()).doesNotContain("1234");
        }

        @Test
        void that_is_refused_has_the_code_of_the_refusal() {
            chat = (request, output) -> {
                throw BackendFaults.rejected("too long");
            };
            assertThat(catchThrowableOfType(IicpException.class, () -> ask(buffered(HELLO)))
                            .code())
                    .isEqualTo("backend_rejected");
        }

        @Test
        void with_a_wrong_payload_never_reaches_the_model() {
            for (String payload : List.of(
                    "{}",
                    "{'messages':[]}",
                    HELLO.replace("]}", "],'n':2}"),
                    HELLO.replace("]}", "],'temperature':7}"),
                    "{'messages':[{'role':'wizard','content':'x'}]}")) {
                IicpException failure = catchThrowableOfType(IicpException.class, () -> ask(buffered(payload)));
                assertThat(failure.code()).as(payload).isEqualTo("validation_error");
            }
            assertThat(catchThrowableOfType(
                                    IicpException.class,
                                    () -> ask(buffered(HELLO.replace("]}", "],'model':'unknown'}"))))
                            .code())
                    .isEqualTo("model_not_found");
            assertThat(asked).isEmpty();
        }
    }

    @Nested
    class An_embedding {

        private JsonObject embed(String payload) throws InterruptedException {
            return ask(RecordingContext.buffered(Intent.LLM_EMBEDDING, payload));
        }

        @Test
        void is_written_in_the_OpenAI_dialect() throws Exception {
            JsonObject result = embed("{'input':['a','bcd']}");
            assertThat(Json.text(result.raw("data")))
                    .isEqualTo(
                            "[{\"object\":\"embedding\",\"index\":0,\"embedding\":[1.0,0.1]},{\"object\":\"embedding\",\"index\":1,\"embedding\":[3.0,0.1]}]");
            assertThat(result.string("model")).isEqualTo("e");
            assertThat(result.object("usage").integer("prompt_tokens")).isEqualTo(3);
        }

        @Test
        void may_be_asked_for_in_base64() throws Exception {
            JsonObject result = embed("{'input':'a','encoding_format':'base64'}");
            assertThat(result.objects("data").get(0).string("embedding")).isEqualTo("AACAP83MzD0=");
        }

        @Test
        void of_nothing_is_refused() {
            for (String payload : List.of(
                    "{'input':[]}",
                    "{}",
                    "{'input':'a','dimensions':0}",
                    "{'input':[7]}",
                    "{'input':'a','encoding_format':'x'}")) {
                assertThat(catchThrowableOfType(IicpException.class, () -> embed(payload))
                                .code())
                        .as(payload)
                        .isEqualTo("validation_error");
            }
        }
    }

    @Test
    void callers_are_asked_for_a_credential_because_models_are_the_applications_own() throws Exception {
        assertThat(engine.requiresKnownCallers()).isTrue();
        assertThat(engine.type()).isEqualTo("custom");
        assertThat(engine.capabilities()).hasSize(3);
        assertThat(engine).hasToString("ModelBackend[2 chat models, 1 embedding models]");
        engine.close();
        assertThat(engine.state()).isEqualTo(InferenceBackend.State.UNAVAILABLE);
        assertThatThrownBy(() -> ask(buffered(HELLO))).hasMessageContaining("no longer");
    }

    @Test
    void what_cannot_be_served_is_refused_at_once() {
        ModelBackend.Builder builder = ModelBackend.builder();
        assertThatExceptionOfType(ConfigurationException.class).isThrownBy(builder::build);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> builder.chat(Capability.of(Intent.LLM_EMBEDDING, List.of("m")), chat));
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> builder.chat(Capability.of(Intent.LLM_CHAT, List.of()), chat));
        builder.chat(Capability.of(Intent.LLM_CHAT, List.of("m")), chat);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> builder.chat(Capability.of(Intent.LLM_CHAT, List.of("m")), chat))
                .withMessageContaining("\"m\"");
    }
}
