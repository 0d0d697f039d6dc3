package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import network.iicp.LocalMesh;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import network.iicp.spi.InferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import reactor.core.publisher.Flux;

/** Spring AI models behind a node, asked through a mesh on loopback. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpringAiBackendIT {

    private static final Tool WEATHER = new Tool("weather", "Tells it.", Map.of("type", "object"));

    private final List<Prompt> asked = new ArrayList<>();
    private LocalMesh mesh;

    @AfterEach
    void stop_the_mesh() {
        if (mesh != null) {
            mesh.close();
        }
    }

    private void serve(InferenceBackend engine) {
        mesh = LocalMesh.start(m -> m.node(engine, node -> node.authentication(NodeAuthentication.OPEN)));
    }

    private ChatModel model(ChatOptions own, Function<Prompt, ChatResponse> answer, Flux<ChatResponse> stream) {
        return new ChatModel() {
            @Override
            public ChatResponse call(Prompt prompt) {
                asked.add(prompt);
                return answer.apply(prompt);
            }

            @Override
            public Flux<ChatResponse> stream(Prompt prompt) {
                asked.add(prompt);
                return stream;
            }

            @Override
            public ChatOptions getOptions() {
                return own;
            }
        };
    }

    private void serving(ChatOptions own, Function<Prompt, ChatResponse> answer) {
        serve(SpringAiBackend.builder()
                .chat("served", model(own, answer, Flux.empty()))
                .build());
    }

    private static ChatResponse response(AssistantMessage message, String reason) {
        return new ChatResponse(
                List.of(new Generation(
                        message,
                        ChatGenerationMetadata.builder().finishReason(reason).build())),
                ChatResponseMetadata.builder().usage(new DefaultUsage(3, 4)).build());
    }

    private static ChatOptions ownOptions() {
        return ToolCallingChatOptions.builder()
                .model("gpt-of-mine")
                .temperature(0.1)
                .topK(9)
                .build();
    }

    private ChatResult ask(ChatRequest request) {
        return mesh.client().chat(request);
    }

    @Test
    void a_chat_reaches_the_model_with_everything_that_was_said() {
        serving(ownOptions(), prompt -> response(new AssistantMessage("fine"), "LENGTH"));

        ChatResult result = ask(ChatRequest.builder()
                .system("Be brief.")
                .message(new ChatMessage.User(
                        List.of(
                                new ContentPart.Text("look"),
                                ContentPart.Image.of("image/jpeg", new byte[] {1, 2}),
                                new ContentPart.Image("https://example.org/a.png", null),
                                new ContentPart.Audio("QUJD", "mp3")),
                        null))
                .message(new ChatMessage.Assistant(
                        "",
                        null,
                        null,
                        List.of(new ToolCall("c1", "weather", "{}"), new ToolCall("c2", "weather", "{}"))))
                .message(new ChatMessage.ToolReply("c1", "sunny"))
                .message(new ChatMessage.ToolReply("c2", "rain"))
                .temperature(0.7)
                .maxTokens(50)
                .stop(List.of("END"))
                .tools(List.of(WEATHER))
                .build());

        assertThat(result.message().text()).isEqualTo("fine");
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(result.usage().totalTokens()).isEqualTo(7);
        assertThat(result.model()).isEqualTo("served");
        Prompt prompt = asked.get(0);
        assertThat(prompt.getInstructions())
                .extracting(message -> message.getMessageType())
                .containsExactly(MessageType.SYSTEM, MessageType.USER, MessageType.ASSISTANT, MessageType.TOOL);
        UserMessage user = (UserMessage) prompt.getInstructions().get(1);
        assertThat(user.getText()).isEqualTo("look");
        assertThat(user.getMedia()).hasSize(3);
        assertThat(user.getMedia().get(0).getDataAsByteArray()).containsExactly(1, 2);
        assertThat(user.getMedia().get(1).getData()).isEqualTo("https://example.org/a.png");
        assertThat(user.getMedia().get(2).getMimeType()).hasToString("audio/mpeg");
        assertThat(((ToolResponseMessage) prompt.getInstructions().get(3)).getResponses())
                .extracting(ToolResponseMessage.ToolResponse::name, ToolResponseMessage.ToolResponse::responseData)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("weather", "sunny"),
                        org.assertj.core.groups.Tuple.tuple("weather", "rain"));
        ToolCallingChatOptions options = (ToolCallingChatOptions) prompt.getOptions();
        assertThat(options.getModel()).isEqualTo("gpt-of-mine");
        assertThat(options.getTemperature()).isEqualTo(0.7);
        assertThat(options.getTopK()).isEqualTo(9);
        assertThat(options.getMaxTokens()).isEqualTo(50);
        assertThat(options.getStopSequences()).containsExactly("END");
        assertThat(options.getToolCallbacks())
                .singleElement()
                .satisfies(tool -> assertThat(tool.getToolDefinition().name()).isEqualTo("weather"));
    }

    @Test
    void the_tools_of_the_application_are_not_offered_to_callers() {
        ChatOptions own = ToolCallingChatOptions.builder()
                .toolCallbacks(ServedPromptsTools.callback("delete_everything"))
                .build();
        serving(own, prompt -> response(new AssistantMessage("fine"), "stop"));
        ask(ChatRequest.of("x"));
        assertThat(((ToolCallingChatOptions) asked.get(0).getOptions()).getToolCallbacks())
                .isEmpty();
    }

    /** Makes a tool of the application. */
    private static final class ServedPromptsTools {
        static org.springframework.ai.tool.ToolCallback callback(String name) {
            return new org.springframework.ai.tool.ToolCallback() {
                @Override
                public org.springframework.ai.tool.definition.ToolDefinition getToolDefinition() {
                    return org.springframework.ai.tool.definition.ToolDefinition.builder()
                            .name(name)
                            .description(name)
                            .inputSchema("{}")
                            .build();
                }

                @Override
                public String call(String input) {
                    return "";
                }
            };
        }
    }

    @Test
    void tool_calls_come_back() {
        AssistantMessage calls = AssistantMessage.builder()
                .content("")
                .toolCalls(List.of(new AssistantMessage.ToolCall("c1", "function", "weather", "{\"a\":1}")))
                .build();
        serving(ownOptions(), prompt -> response(calls, "TOOL_CALLS"));
        ChatResult result =
                ask(ChatRequest.builder().user("x").tools(List.of(WEATHER)).build());
        assertThat(result.toolCalls()).containsExactly(new ToolCall("c1", "weather", "{\"a\":1}"));
        assertThat(result.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    }

    @Test
    void what_the_model_has_no_word_for_is_refused() {
        serving(ownOptions(), prompt -> response(new AssistantMessage("fine"), "stop"));
        assertThat(code(ChatRequest.builder()
                        .user("x")
                        .tools(List.of(WEATHER))
                        .toolChoice(ToolChoice.REQUIRED)
                        .build()))
                .isEqualTo("backend_rejected");
        assertThat(code(ChatRequest.builder()
                        .user("x")
                        .responseFormat(new ResponseFormat.JsonObject())
                        .build()))
                .isEqualTo("backend_rejected");
        assertThat(asked).isEmpty();
    }

    @Test
    void an_answer_by_a_schema_is_asked_of_models_that_can() {
        ChatOptions able = IicpChatOptions.builder().build();
        serving(able, prompt -> response(new AssistantMessage("{}"), "stop"));
        ask(ChatRequest.builder()
                .user("x")
                .responseFormat(new ResponseFormat.JsonSchema("r", Map.of("type", "object"), true))
                .build());
        assertThat(((IicpChatOptions) asked.get(0).getOptions()).getOutputSchema())
                .contains("\"object\"");
    }

    private String code(ChatRequest request) {
        IicpException failure = catchThrowableOfType(IicpException.class, () -> ask(request));
        assertThat(failure.getMessage()).doesNotContain("secret");
        // Failures that another node may mend are told as such; the last attempt says what it was.
        List<Attempt> attempts = failure.attempts();
        return attempts.isEmpty()
                ? failure.code()
                : attempts.get(attempts.size() - 1).outcome();
    }

    @Test
    void a_failure_has_a_code_and_no_words_of_the_provider() {
        serving(ownOptions(), prompt -> {
            throw new IllegalStateException("secret");
        });
        assertThat(code(ChatRequest.of("x"))).isEqualTo("backend_error");
    }

    @Test
    void a_stream_passes_as_it_comes_and_ends_whole() {
        Flux<ChatResponse> parts = Flux.just(
                new ChatResponse(List.of(new Generation(AssistantMessage.builder()
                        .content("")
                        .properties(Map.of("reasoningContent", "Hm."))
                        .build()))),
                new ChatResponse(List.of(new Generation(new AssistantMessage("Hel")))),
                response(new AssistantMessage("lo"), "stop"));
        serve(SpringAiBackend.builder()
                .chat("served", model(ownOptions(), prompt -> null, parts))
                .build());
        IicpChatModel client = IicpChatModel.builder().client(mesh.client()).build();
        List<ChatResponse> chunks = client.stream(new Prompt("x")).collectList().block(Duration.ofSeconds(20));
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.getResult().getOutput().getText()));
        assertThat(text).hasToString("Hello");
        ChatResponse last = chunks.get(chunks.size() - 1);
        assertThat(last.getMetadata().getUsage().getTotalTokens()).isEqualTo(7);
        assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(chunks).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void cancelling_a_stream_cancels_the_subscription() {
        AtomicBoolean cancelled = new AtomicBoolean();
        Flux<ChatResponse> endless = Flux.<ChatResponse>generate(
                        sink -> sink.next(new ChatResponse(List.of(new Generation(new AssistantMessage("x"))))))
                .doOnCancel(() -> cancelled.set(true));
        serve(SpringAiBackend.builder()
                .chat("served", model(ownOptions(), prompt -> null, endless))
                .build());
        IicpChatModel client = IicpChatModel.builder().client(mesh.client()).build();
        client.stream(new Prompt("x")).take(3).blockLast(Duration.ofSeconds(20));
        await().atMost(Duration.ofSeconds(20)).untilTrue(cancelled);
        await().atMost(Duration.ofSeconds(20)).until(() -> mesh.nodes().get(0).activeTasks() == 0);
    }

    @Test
    void embeddings_are_served() {
        EmbeddingModel served = new EmbeddingModel() {
            @Override
            public EmbeddingResponse call(EmbeddingRequest request) {
                List<Embedding> embeddings = new ArrayList<>();
                for (String text : request.getInstructions()) {
                    embeddings.add(new Embedding(new float[] {text.length(), 0.5f}, embeddings.size()));
                }
                return new EmbeddingResponse(embeddings);
            }

            @Override
            public float[] embed(Document document) {
                throw new UnsupportedOperationException();
            }
        };
        serve(SpringAiBackend.builder().embedding("vectors", served).build());
        IicpEmbeddingModel client = IicpEmbeddingModel.builder()
                .client(mesh.client())
                .options(IicpEmbeddingOptions.builder().model("vectors").build())
                .build();
        assertThat(client.embed(List.of("a", "bcd"))).containsExactly(new float[] {1f, 0.5f}, new float[] {3f, 0.5f});
    }

    @Test
    void models_that_ask_the_mesh_are_refused() {
        mesh = LocalMesh.start(m -> m.node(network.iicp.backend.DemoBackend.create()));
        IicpChatModel own = IicpChatModel.builder().client(mesh.client()).build();
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> SpringAiBackend.builder().chat("loop", own))
                .withMessageContaining("loop");
        assertThatExceptionOfType(BackendException.class)
                .isThrownBy(() -> ServedPrompts.prompt(
                        ChatRequest.builder()
                                .message(new ChatMessage.User(List.of(new ContentPart.Image("no address", null)), null))
                                .build(),
                        model(ownOptions(), prompt -> null, Flux.empty())));
    }
}
