package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import network.iicp.LocalMesh;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.spi.InferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** LangChain4j models behind a node, asked by LangChain4j models through a mesh on loopback. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LangChain4jBackendIT {

    private final List<ChatRequest> asked = new ArrayList<>();
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

    private IicpChatModel serving(Function<ChatRequest, ChatResponse> answer) {
        ChatModel served = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                asked.add(request);
                return answer.apply(request);
            }
        };
        serve(LangChain4jBackend.builder().chat("served", served).build());
        return IicpChatModel.builder().client(mesh.client()).build();
    }

    private static ChatResponse response(AiMessage message, FinishReason reason) {
        return ChatResponse.builder()
                .aiMessage(message)
                .finishReason(reason)
                .tokenUsage(new TokenUsage(3, 4))
                .build();
    }

    @Test
    void a_chat_reaches_the_model_with_everything_that_was_said() {
        IicpChatModel client = serving(request -> response(AiMessage.from("fine"), FinishReason.LENGTH));
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("c1")
                .name("weather")
                .arguments("{\"city\":\"Rome\"}")
                .build();
        JsonObjectSchema schema = JsonObjectSchema.builder()
                .addStringProperty("city")
                .required(List.of("city"))
                .build();

        ChatResponse answer = client.chat(ChatRequest.builder()
                .messages(
                        SystemMessage.from("Be brief."),
                        UserMessage.from(
                                TextContent.from("look"),
                                ImageContent.from("QUJD", "image/jpeg", ImageContent.DetailLevel.LOW),
                                ImageContent.from("https://example.org/a.png")),
                        AiMessage.from(call),
                        ToolExecutionResultMessage.from(call, "sunny"))
                .temperature(0.5)
                .topP(0.9)
                .topK(7)
                .maxOutputTokens(50)
                .stopSequences(List.of("END"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("weather")
                        .description("Tells it.")
                        .parameters(schema)
                        .build())
                .toolChoice(ToolChoice.REQUIRED)
                .build());

        assertThat(answer.aiMessage().text()).isEqualTo("fine");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.tokenUsage().totalTokenCount()).isEqualTo(7);
        assertThat(answer.modelName()).isEqualTo("served");
        ChatRequest request = asked.get(0);
        assertThat(request.messages()).hasSize(4);
        assertThat(((SystemMessage) request.messages().get(0)).text()).isEqualTo("Be brief.");
        UserMessage user = (UserMessage) request.messages().get(1);
        ImageContent image = (ImageContent) user.contents().get(1);
        assertThat(image.image().base64Data()).isEqualTo("QUJD");
        assertThat(image.image().mimeType()).isEqualTo("image/jpeg");
        assertThat(image.detailLevel()).isEqualTo(ImageContent.DetailLevel.LOW);
        assertThat(((ImageContent) user.contents().get(2)).image().url()).hasToString("https://example.org/a.png");
        assertThat(((AiMessage) request.messages().get(2)).toolExecutionRequests())
                .containsExactly(call);
        ToolExecutionResultMessage result =
                (ToolExecutionResultMessage) request.messages().get(3);
        assertThat(result.toolName()).isEqualTo("weather");
        assertThat(result.text()).isEqualTo("sunny");
        assertThat(request.temperature()).isEqualTo(0.5);
        assertThat(request.topK()).isEqualTo(7);
        assertThat(request.maxOutputTokens()).isEqualTo(50);
        assertThat(request.stopSequences()).containsExactly("END");
        assertThat(request.toolChoice()).isEqualTo(ToolChoice.REQUIRED);
        assertThat(request.modelName()).isNull();
        assertThat(request.toolSpecifications().get(0).parameters().required()).containsExactly("city");
        assertThat(JsonSchemas.of(request.toolSpecifications().get(0).parameters()))
                .isEqualTo(JsonSchemas.of(schema));
    }

    @Test
    void an_answer_by_a_schema_is_asked_for_by_that_schema() {
        IicpChatModel client = serving(request -> response(AiMessage.from("{\"a\":1}"), FinishReason.STOP));
        JsonObjectSchema schema =
                JsonObjectSchema.builder().addIntegerProperty("a").build();
        client.chat(ChatRequest.builder()
                .messages(UserMessage.from("x"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("answer")
                                .rootElement(schema)
                                .build())
                        .build())
                .build());
        JsonSchema told = asked.get(0).responseFormat().jsonSchema();
        assertThat(told.name()).isEqualTo("answer");
        assertThat(JsonSchemas.of(told.rootElement())).isEqualTo(JsonSchemas.of(schema));
    }

    @Test
    void tool_calls_come_back_with_ids_even_from_models_that_give_none() {
        IicpChatModel client = serving(request -> response(
                AiMessage.from(List.of(
                        ToolExecutionRequest.builder().name("f").arguments("{}").build(),
                        ToolExecutionRequest.builder()
                                .name("f")
                                .arguments("{\"b\":2}")
                                .build())),
                FinishReason.TOOL_EXECUTION));
        ChatResponse answer = client.chat(
                ChatRequest.builder().messages(UserMessage.from("x")).build());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        assertThat(answer.aiMessage().toolExecutionRequests())
                .extracting(ToolExecutionRequest::id)
                .doesNotContainNull()
                .doesNotHaveDuplicates();
    }

    @Test
    void failures_have_their_codes_and_no_words_of_the_provider() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>(new RateLimitException("secret"));
        IicpChatModel client = serving(request -> {
            throw failure.get();
        });
        assertThat(code(client)).isEqualTo(ErrorCode.TEMPORARILY_UNAVAILABLE.slug());
        failure.set(new InvalidRequestException("secret"));
        assertThat(code(client)).isEqualTo(ErrorCode.BACKEND_REJECTED.slug());
        failure.set(new IllegalStateException("secret"));
        assertThat(code(client)).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
    }

    private static String code(IicpChatModel client) {
        RuntimeException failure = catchThrowableOfType(RuntimeException.class, () -> client.chat("x"));
        Throwable cause = failure;
        while (!(cause instanceof IicpException)) {
            assertThat(cause.getMessage()).doesNotContain("secret");
            cause = cause.getCause();
        }
        // Failures that another node may mend are told as such; the last attempt says what it was.
        List<Attempt> attempts = ((IicpException) cause).attempts();
        return attempts.isEmpty()
                ? ((IicpException) cause).code()
                : attempts.get(attempts.size() - 1).outcome();
    }

    @Test
    void a_demand_for_one_named_tool_is_refused() {
        assertThatExceptionOfType(BackendException.class)
                .isThrownBy(() -> ServedRequests.request(network.iicp.protocol.chat.ChatRequest.builder()
                        .message(new network.iicp.protocol.chat.ChatMessage.User(
                                List.of(new ContentPart.Audio("QUJD", "mp3")), null))
                        .tools(List.of(new network.iicp.protocol.chat.Tool("f", null, java.util.Map.of())))
                        .toolChoice(network.iicp.protocol.chat.ToolChoice.named("f"))
                        .build()))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo("backend_rejected"));
    }

    /** Streams letters until it is cancelled. */
    private static final class Endless implements StreamingChatModel {
        private final AtomicBoolean cancelled = new AtomicBoolean();

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            StreamingHandle handle = new StreamingHandle() {
                @Override
                public void cancel() {
                    cancelled.set(true);
                }

                @Override
                public boolean isCancelled() {
                    return cancelled.get();
                }
            };
            Thread thread = new Thread(() -> {
                while (!cancelled.get()) {
                    handler.onPartialResponse(new PartialResponse("x"), new PartialResponseContext(handle));
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }

    @Test
    void a_stream_passes_as_it_comes_and_ends_whole() throws Exception {
        StreamingChatModel served = new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                ToolExecutionRequest call = ToolExecutionRequest.builder()
                        .id("c1")
                        .name("f")
                        .arguments("{}")
                        .build();
                handler.onPartialResponse("Hel");
                handler.onPartialResponse("lo");
                handler.onCompleteToolCall(new CompleteToolCall(0, call));
                handler.onCompleteResponse(
                        response(AiMessage.from("Hello", List.of(call)), FinishReason.TOOL_EXECUTION));
            }
        };
        serve(LangChain4jBackend.builder().streamingChat("served", served).build());
        List<String> parts = new ArrayList<>();
        ChatResponse answer = stream(parts, part -> {}).get(20, TimeUnit.SECONDS);
        assertThat(String.join("", parts)).isEqualTo("Hello");
        assertThat(answer.aiMessage().text()).isEqualTo("Hello");
        assertThat(answer.aiMessage().toolExecutionRequests()).hasSize(1);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(4);
        assertThat(((IicpChatResponseMetadata) answer.metadata()).provenance().streamed())
                .isTrue();
        // The same model for a consumer that takes no parts.
        assertThat(IicpChatModel.builder().client(mesh.client()).build().chat("x"))
                .isEqualTo("Hello");
    }

    @Test
    void cancelling_a_stream_cancels_the_model() {
        Endless endless = new Endless();
        serve(LangChain4jBackend.builder().streamingChat("served", endless).build());
        stream(new ArrayList<>(), context -> context.streamingHandle().cancel());
        await().atMost(Duration.ofSeconds(20)).untilTrue(endless.cancelled);
        await().atMost(Duration.ofSeconds(20)).until(() -> mesh.nodes().get(0).activeTasks() == 0);
    }

    private CompletableFuture<ChatResponse> stream(
            List<String> parts, java.util.function.Consumer<PartialResponseContext> onPart) {
        CompletableFuture<ChatResponse> done = new CompletableFuture<>();
        IicpStreamingChatModel.builder()
                .client(mesh.client())
                .build()
                .chat("Hello", new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
                        parts.add(part.text());
                        onPart.accept(context);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        done.complete(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        done.completeExceptionally(failure);
                    }
                });
        return done;
    }

    @Test
    void embeddings_are_served() {
        EmbeddingModel served = new EmbeddingModel() {
            @Override
            public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
                return Response.from(
                        texts.stream()
                                .map(text ->
                                        Embedding.from(new float[] {text.text().length(), 0.5f}))
                                .toList(),
                        new TokenUsage(5));
            }
        };
        serve(LangChain4jBackend.builder().embedding("vectors", served).build());
        IicpEmbeddingModel client = IicpEmbeddingModel.builder()
                .client(mesh.client())
                .modelName("vectors")
                .build();
        Response<List<Embedding>> answer = client.embedAll(List.of(TextSegment.from("a"), TextSegment.from("bcd")));
        assertThat(answer.content())
                .extracting(Embedding::vector)
                .containsExactly(new float[] {1f, 0.5f}, new float[] {3f, 0.5f});
    }

    @Test
    void models_that_ask_the_mesh_are_refused() {
        mesh = LocalMesh.start(m -> m.node(network.iicp.backend.DemoBackend.create()));
        IicpChatModel own = IicpChatModel.builder().client(mesh.client()).build();
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> LangChain4jBackend.builder().chat("loop", own))
                .withMessageContaining("loop");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> LangChain4jBackend.builder().build());
    }
}
