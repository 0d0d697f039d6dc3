package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.content.Media;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MappingTest {

    private static final byte[] BYTES = "pixels".getBytes(StandardCharsets.UTF_8);
    private static final String BASE64 = Base64.getEncoder().encodeToString(BYTES);
    private static final IicpChatOptions NONE = IicpChatOptions.builder().build();

    private static ChatRequest map(Message... messages) {
        return Mapping.request(List.of(messages), NONE, List.of());
    }

    private static UserMessage user(Media media) {
        return UserMessage.builder().text("look").media(media).build();
    }

    @Nested
    class Messages {
        static final List<Arguments> TURNS = List.of(
                argumentSet("system", new SystemMessage("be brief"), new ChatMessage.System("be brief")),
                argumentSet("user", new UserMessage("hi"), ChatMessage.User.of("hi")),
                argumentSet("empty user", new UserMessage(""), ChatMessage.User.of("")),
                argumentSet("assistant", new AssistantMessage("hello"), ChatMessage.Assistant.of("hello")),
                argumentSet("assistant without text", new AssistantMessage(null), ChatMessage.Assistant.of("")),
                argumentSet(
                        "assistant with tool calls",
                        AssistantMessage.builder()
                                .content("wait")
                                .toolCalls(List.of(
                                        new AssistantMessage.ToolCall(
                                                "c1", "function", "getTime", "{\"city\":\"Bern\"}"),
                                        new AssistantMessage.ToolCall("c2", "function", "now", "")))
                                .build(),
                        new ChatMessage.Assistant(
                                "wait",
                                null,
                                null,
                                List.of(
                                        new ToolCall("c1", "getTime", "{\"city\":\"Bern\"}"),
                                        new ToolCall("c2", "now", "{}")))),
                argumentSet(
                        "assistant with thoughts and refusal",
                        AssistantMessage.builder()
                                .content("no")
                                .properties(Map.of("reasoningContent", "hmm", "refusal", "policy"))
                                .build(),
                        new ChatMessage.Assistant("no", "hmm", "policy", List.of())),
                argumentSet(
                        "custom message class",
                        new OwnMessage(MessageType.USER, "grüß dich \uD83D\uDE80"),
                        ChatMessage.User.of("grüß dich \uD83D\uDE80")));

        @ParameterizedTest
        @FieldSource("TURNS")
        void become_turns(Message message, ChatMessage turn) {
            assertThat(map(message).messages()).containsExactly(turn);
        }

        @Test
        void of_tool_responses_become_one_turn_each() {
            Message replies = ToolResponseMessage.builder()
                    .responses(List.of(
                            new ToolResponseMessage.ToolResponse("c1", "getTime", "12:00"),
                            new ToolResponseMessage.ToolResponse("c2", "now", null)))
                    .build();

            assertThat(map(new UserMessage("time?"), replies).messages())
                    .containsExactly(
                            ChatMessage.User.of("time?"),
                            new ChatMessage.ToolReply("c1", "12:00"),
                            new ChatMessage.ToolReply("c2", ""));
        }

        @Test
        void keep_their_order() {
            assertThat(map(
                                    new SystemMessage("s"),
                                    new UserMessage("u"),
                                    new AssistantMessage("a"),
                                    new UserMessage("u2"))
                            .messages())
                    .extracting(ChatMessage::role)
                    .containsExactly("system", "user", "assistant", "user");
        }

        @Test
        void must_not_be_missing() {
            assertThatIllegalArgumentException().isThrownBy(() -> map()).withMessageContaining("at least one message");
        }

        @Test
        void of_tools_need_their_class_and_their_ids() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map(new OwnMessage(MessageType.TOOL, "x")))
                    .withMessageContaining("ToolResponseMessage");
            Message nameless = ToolResponseMessage.builder()
                    .responses(List.of(new ToolResponseMessage.ToolResponse(null, "getTime", "12:00")))
                    .build();
            assertThatIllegalArgumentException().isThrownBy(() -> map(nameless)).withMessageContaining("lacks the id");
            Message halfCall = AssistantMessage.builder()
                    .toolCalls(List.of(new AssistantMessage.ToolCall("c1", "function", null, "{}")))
                    .build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map(halfCall))
                    .withMessageContaining("lacks its id or name");
        }

        private record OwnMessage(MessageType type, String text) implements Message {
            @Override
            public MessageType getMessageType() {
                return type;
            }

            @Override
            public String getText() {
                return text;
            }

            @Override
            public Map<String, Object> getMetadata() {
                return Map.of();
            }

            @Override
            public String toString() {
                return "OwnMessage";
            }
        }
    }

    @Nested
    class Media_of_a_user_message {
        private static final String HTTPS = "https://example.org/cat.png";
        private static final MimeType PNG = MimeTypeUtils.IMAGE_PNG;

        static final List<Arguments> CARRIED = List.of(
                argumentSet(
                        "image bytes",
                        media(PNG, BYTES),
                        new ContentPart.Image("data:image/png;base64," + BASE64, null)),
                argumentSet(
                        "image base64",
                        media(PNG, BASE64),
                        new ContentPart.Image("data:image/png;base64," + BASE64, null)),
                argumentSet("image url text", media(PNG, HTTPS), new ContentPart.Image(HTTPS, null)),
                argumentSet("image uri", new Media(PNG, URI.create(HTTPS)), new ContentPart.Image(HTTPS, null)),
                argumentSet("image url", url(PNG, HTTPS), new ContentPart.Image(HTTPS, null)),
                argumentSet(
                        "image data url",
                        media(PNG, "data:image/png;base64,AAAA"),
                        new ContentPart.Image("data:image/png;base64,AAAA", null)),
                argumentSet(
                        "image with parameters",
                        media(MimeType.valueOf("image/svg+xml;charset=utf-8"), BYTES),
                        new ContentPart.Image("data:image/svg+xml;base64," + BASE64, null)),
                argumentSet("mp3", media(MimeType.valueOf("audio/mpeg"), BYTES), new ContentPart.Audio(BASE64, "mp3")),
                argumentSet("wav", media(MimeType.valueOf("audio/x-wav"), BYTES), new ContentPart.Audio(BASE64, "wav")),
                argumentSet(
                        "flac",
                        media(MimeType.valueOf("audio/x-flac"), BASE64),
                        new ContentPart.Audio(BASE64, "flac")));

        @ParameterizedTest
        @FieldSource("CARRIED")
        void follow_its_text(Media media, ContentPart part) {
            assertThat(map(user(media)).messages())
                    .containsExactly(new ChatMessage.User(List.of(new ContentPart.Text("look"), part), null));
        }

        @Test
        void stand_alone_when_there_is_no_text() {
            UserMessage message =
                    UserMessage.builder().text("").media(media(PNG, BYTES)).build();

            assertThat(map(message).messages())
                    .containsExactly(new ChatMessage.User(List.of(ContentPart.Image.of("image/png", BYTES)), null));
        }

        static final List<Arguments> REFUSED = List.of(
                argumentSet(
                        "video",
                        media(MimeType.valueOf("video/mp4"), BYTES),
                        "media of type \"video/mp4\" is not supported"),
                argumentSet("pdf", media(MimeType.valueOf("application/pdf"), BYTES), "image/* and audio/*"),
                argumentSet("bucket", media(PNG, "s3://bucket/secret.png"), "scheme \"s3\" is not supported"),
                argumentSet("file", media(PNG, "file:///etc/passwd"), "scheme \"file\" is not supported"),
                argumentSet("audio url", media(MimeType.valueOf("audio/mpeg"), HTTPS), "audio by URL is not supported"),
                argumentSet(
                        "audio java url", url(MimeType.valueOf("audio/mpeg"), HTTPS), "audio by URL is not supported"));

        @ParameterizedTest
        @FieldSource("REFUSED")
        void are_refused_when_the_mesh_has_no_form_for_them(Media media, String reason) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map(user(media)))
                    .withMessageContaining(reason)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret", "passwd", BASE64));
        }

        private static Media media(MimeType type, Object data) {
            Media.Builder builder = Media.builder().mimeType(type);
            return (data instanceof byte[] bytes ? builder.data(bytes) : builder.data((String) data)).build();
        }

        private static Media url(MimeType type, String url) {
            try {
                return Media.builder()
                        .mimeType(type)
                        .data(URI.create(url).toURL())
                        .build();
            } catch (java.net.MalformedURLException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    class Options_of_a_call {
        @Test
        void all_reach_the_request() {
            IicpChatOptions options = IicpChatOptionsTest.full();

            ChatRequest request =
                    Mapping.request(List.of(new UserMessage("hi")), options, List.of(Tools.definition("getTime")));

            assertThat(request.model()).isEqualTo("llama3");
            assertThat(request.maxTokens()).isEqualTo(100);
            assertThat(request.temperature()).isEqualTo(0.5);
            assertThat(request.topP()).isEqualTo(0.9);
            assertThat(request.topK()).isEqualTo(40);
            assertThat(request.frequencyPenalty()).isEqualTo(0.1);
            assertThat(request.presencePenalty()).isEqualTo(0.2);
            assertThat(request.seed()).isEqualTo(42L);
            assertThat(request.stop()).containsExactly("END");
            assertThat(request.toolChoice()).isEqualTo(ToolChoice.REQUIRED);
            assertThat(request.parallelToolCalls()).isFalse();
            assertThat(request.responseFormat()).isEqualTo(new ResponseFormat.JsonObject());
            assertThat(request.user()).isEqualTo("u-1");
            assertThat(request.extra()).isEmpty();
            assertThat(request.tools()).extracting(Tool::name).containsExactly("getTime");
        }

        @Test
        void absent_ones_stay_absent() {
            ChatRequest request = map(new UserMessage("hi"));

            assertThat(request).isEqualTo(ChatRequest.of("hi"));
        }

        @Test
        void a_blank_model_is_no_model() {
            IicpChatOptions options = IicpChatOptions.builder().model(" ").build();

            assertThat(Mapping.request(List.of(new UserMessage("hi")), options, List.of())
                            .model())
                    .isNull();
        }

        @Test
        void a_tool_choice_without_tools_is_left_out() {
            IicpChatOptions options = IicpChatOptions.builder()
                    .toolChoice(ToolChoice.REQUIRED)
                    .parallelToolCalls(true)
                    .build();

            ChatRequest request = Mapping.request(List.of(new UserMessage("hi")), options, List.of());

            assertThat(request.toolChoice()).isNull();
            assertThat(request.parallelToolCalls()).isNull();
        }

        @Test
        void out_of_range_are_refused_by_name() {
            IicpChatOptions options = IicpChatOptions.builder().temperature(3.0).build();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Mapping.request(List.of(new UserMessage("hi")), options, List.of()))
                    .withMessageContaining("temperature must be between");
        }

        @Test
        void tool_schemas_are_parsed() {
            ChatRequest request =
                    Mapping.request(List.of(new UserMessage("hi")), NONE, List.of(Tools.definition("getTime")));

            assertThat(request.tools())
                    .singleElement()
                    .isEqualTo(new Tool(
                            "getTime",
                            "Knows about cities",
                            Map.of(
                                    "type",
                                    "object",
                                    "properties",
                                    Map.of("city", Map.of("type", "string")),
                                    "required",
                                    List.of("city"))));
        }

        @Test
        void a_broken_tool_schema_is_refused_by_the_name_of_the_tool() {
            var broken = org.springframework.ai.tool.definition.ToolDefinition.builder()
                    .name("getTime")
                    .description("?")
                    .inputSchema("not json")
                    .build();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Mapping.request(List.of(new UserMessage("hi")), NONE, List.of(broken)))
                    .withMessageStartingWith("the input schema of tool \"getTime\" is not a JSON object");
        }
    }

    @Nested
    class Whose_options_hold {
        private final IicpChatOptions defaults = IicpChatOptionsTest.full();

        @Test
        void none_means_the_defaults() {
            assertThat(Mapping.options((ChatOptions) null, defaults)).isSameAs(defaults);
        }

        @Test
        void our_own_hold_as_they_are() {
            IicpChatOptions own = IicpChatOptions.builder().seed(1L).build();

            assertThat(Mapping.options(own, defaults)).isSameAs(own);
        }

        @Test
        void generic_ones_go_over_the_defaults() {
            IicpChatOptions merged = Mapping.options(
                    ChatOptions.builder()
                            .model("qwen")
                            .maxTokens(5)
                            .stopSequences(List.of("STOP"))
                            .build(),
                    defaults);

            assertThat(merged.getModel()).isEqualTo("qwen");
            assertThat(merged.getMaxTokens()).isEqualTo(5);
            assertThat(merged.getStopSequences()).containsExactly("STOP");
            assertThat(merged.getTemperature()).isEqualTo(0.5);
            assertThat(merged.getRegion()).isEqualTo("eu-central");
            assertThat(merged.getToolCallbacks()).hasSize(1);
        }

        @Test
        void foreign_tools_replace_the_default_ones() {
            IicpChatOptions merged = Mapping.options(
                    ToolCallingChatOptions.builder()
                            .toolCallbacks(Tools.named("getWeather"))
                            .toolContext("user", "u")
                            .build(),
                    defaults);

            assertThat(merged.getToolCallbacks())
                    .extracting(tool -> tool.getToolDefinition().name())
                    .containsExactly("getWeather");
            assertThat(merged.getToolContext()).containsOnly(Map.entry("tenant", "acme"), Map.entry("user", "u"));
        }

        @Test
        void foreign_options_without_tools_keep_the_default_ones() {
            IicpChatOptions merged = Mapping.options(
                    ToolCallingChatOptions.builder().toolCallbacks(List.of()).build(), defaults);

            assertThat(merged.getToolCallbacks()).hasSize(1);
            assertThat(merged.getToolContext()).isEqualTo(Map.of("tenant", "acme"));
        }

        @Test
        void a_foreign_schema_becomes_the_response_format() {
            IicpChatOptions merged = Mapping.options(
                    StructuredOutputChatOptions.builder()
                            .outputSchema("{\"type\":\"object\"}")
                            .build(),
                    defaults);

            assertThat(merged.getResponseFormat()).isInstanceOf(ResponseFormat.JsonSchema.class);
        }

        @Test
        void embedding_options_always_go_over_the_defaults() {
            IicpEmbeddingOptions full = IicpEmbeddingOptionsTest.full();

            assertThat(Mapping.options((EmbeddingOptions) null, full)).isSameAs(full);
            assertThat(Mapping.options(EmbeddingOptions.builder().build(), full))
                    .isEqualTo(full);
            assertThat(Mapping.options(EmbeddingOptions.builder().model("bge").build(), full))
                    .isEqualTo(full.mutate().model("bge").build());
            assertThat(Mapping.options(
                            IicpEmbeddingOptions.builder().region("us-east").build(), full))
                    .isEqualTo(full.mutate().region("us-east").build());
        }
    }

    @Nested
    class Answers {
        private static final Provenance PROVENANCE = new Provenance(
                "task-1",
                "abcd1234",
                "eu-central",
                "llama3",
                true,
                false,
                "trace-1",
                List.of(
                        new Attempt(1, "eeee0000", "first_choice", "network_error", Duration.ofMillis(5)),
                        new Attempt(2, "abcd1234", "failover", "success", Duration.ofMillis(9))));

        private static ChatResult result(ChatMessage.Assistant message, FinishReason reason, Usage usage) {
            return new ChatResult(
                    "chat-1", "llama3", List.of(new ChatResult.Choice(0, message, reason)), usage, PROVENANCE);
        }

        @Test
        void carry_text_usage_and_origin() {
            ChatResponse response =
                    Mapping.response(result(ChatMessage.Assistant.of("hello"), FinishReason.STOP, Usage.of(3, 4)));

            assertThat(response.getResult().getOutput().getText()).isEqualTo("hello");
            assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
            assertThat(response.getMetadata().getId()).isEqualTo("chat-1");
            assertThat(response.getMetadata().getModel()).isEqualTo("llama3");
            assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(3);
            assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(4);
            assertThat(response.getMetadata().getUsage().getTotalTokens()).isEqualTo(7);
            assertThat(response.getMetadata().getUsage().getNativeUsage()).isEqualTo(Usage.of(3, 4));
            assertThat(response.getMetadata().entrySet())
                    .containsExactlyInAnyOrder(
                            Map.entry("iicp.node", "abcd1234"),
                            Map.entry("iicp.region", "eu-central"),
                            Map.entry("iicp.attempts", 2),
                            Map.entry("iicp.encrypted", true),
                            Map.entry("iicp.streamed", false),
                            Map.entry("iicp.task-id", "task-1"),
                            Map.entry("iicp.trace-id", "trace-1"),
                            Map.entry("iicp.provenance", PROVENANCE));
            assertThat(IicpMetadata.provenance(response)).contains(PROVENANCE);
        }

        @ParameterizedTest
        @EnumSource
        void carry_every_finish_reason(FinishReason reason) {
            ChatResponse response = Mapping.response(result(ChatMessage.Assistant.of(""), reason, Usage.UNKNOWN));

            assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo(reason.wireName());
        }

        @Test
        void carry_tool_calls_thoughts_and_refusals() {
            ChatResponse response = Mapping.response(result(
                    new ChatMessage.Assistant(
                            "", "let me see", "rather not", List.of(new ToolCall("c1", "getTime", "{}"))),
                    FinishReason.TOOL_CALLS,
                    Usage.UNKNOWN));

            AssistantMessage message = response.getResult().getOutput();
            assertThat(response.hasToolCalls()).isTrue();
            assertThat(message.getToolCalls())
                    .containsExactly(new AssistantMessage.ToolCall("c1", "function", "getTime", "{}"));
            assertThat(message.getMetadata())
                    .containsEntry("reasoningContent", "let me see")
                    .containsEntry("refusal", "rather not");
        }

        @Test
        void carry_every_choice() {
            ChatResult two = new ChatResult(
                    "id",
                    null,
                    List.of(
                            new ChatResult.Choice(0, ChatMessage.Assistant.of("a"), FinishReason.STOP),
                            new ChatResult.Choice(1, ChatMessage.Assistant.of("b"), FinishReason.LENGTH)),
                    Usage.UNKNOWN,
                    PROVENANCE);

            ChatResponse response = Mapping.response(two);

            assertThat(response.getResults())
                    .extracting(generation -> generation.getOutput().getText())
                    .containsExactly("a", "b");
            assertThat(response.getMetadata().getModel()).isEmpty();
        }

        @Test
        void without_counts_have_an_empty_usage() {
            assertThat(Mapping.usage(Usage.UNKNOWN).getTotalTokens()).isZero();
            assertThat(Mapping.usage(Usage.UNKNOWN).getNativeUsage()).isEqualTo(Map.of());
            assertThat(Mapping.usage(new Usage(null, 5, null)).getTotalTokens()).isEqualTo(5);
        }

        @Test
        void end_in_a_chunk_that_repeats_no_text() {
            ChatResponse last = Mapping.lastChunk(result(
                    new ChatMessage.Assistant("said before", null, null, List.of(new ToolCall("c1", "getTime", "{}"))),
                    FinishReason.TOOL_CALLS,
                    Usage.of(1, 2)));

            assertThat(last.getResult().getOutput().getText()).isEmpty();
            assertThat(last.getResult().getOutput().getToolCalls()).hasSize(1);
            assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
            assertThat(last.getMetadata().getUsage().getTotalTokens()).isEqualTo(3);
            assertThat(IicpMetadata.provenance(last)).isPresent();
        }

        @Test
        void begin_in_chunks_without_usage_and_origin() {
            ChatResponse chunk = Mapping.textChunk("hel");

            assertThat(chunk.getResult().getOutput().getText()).isEqualTo("hel");
            assertThat(chunk.getMetadata().getUsage().getTotalTokens()).isZero();
            assertThat(chunk.getResult().getMetadata().getFinishReason()).isNull();
            assertThat(IicpMetadata.provenance(chunk)).isEmpty();
        }

        @Test
        void keep_thoughts_out_of_the_text() {
            ChatResponse chunk = Mapping.reasoningChunk("hmm");

            assertThat(chunk.getResult().getOutput().getText()).isEmpty();
            assertThat(chunk.getResult().getOutput().getMetadata()).containsEntry("reasoningContent", "hmm");
        }

        @Test
        void of_embeddings_keep_the_order_of_the_texts() {
            EmbeddingResponse response = Mapping.response(new EmbeddingResult(
                    List.of(new float[] {1, 2}, new float[] {3, 4}), "nomic", new Usage(8, null, 8), PROVENANCE));

            assertThat(response.getResults()).extracting(e -> e.getIndex()).containsExactly(0, 1);
            assertThat(response.getResults().get(1).getOutput()).containsExactly(3, 4);
            assertThat(response.getMetadata().getModel()).isEqualTo("nomic");
            assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(8);
            assertThat(response.getMetadata().<String>get("iicp.node")).isEqualTo("abcd1234");
            assertThat(IicpMetadata.provenance(response)).contains(PROVENANCE);
        }
    }
}
