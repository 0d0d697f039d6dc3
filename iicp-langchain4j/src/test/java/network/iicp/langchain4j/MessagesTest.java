package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.ImageContent.DetailLevel;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.message.VideoContent;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ToolCall;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MessagesTest {

    static Stream<Arguments> messages() {
        ToolExecutionRequest call = ToolExecutionRequest.builder()
                .id("call_1")
                .name("getWeather")
                .arguments("{\"city\":\"Köln\"}")
                .build();
        return Stream.of(
                arguments(SystemMessage.from("be brief"), new ChatMessage.System("be brief")),
                arguments(UserMessage.from("hi 👋"), ChatMessage.User.of("hi 👋")),
                arguments(
                        UserMessage.from("Klaus", "hi"),
                        new ChatMessage.User(List.of(new ContentPart.Text("hi")), "Klaus")),
                arguments(AiMessage.from("hello"), ChatMessage.Assistant.of("hello")),
                arguments(
                        AiMessage.builder().text("hello").thinking("hm").build(),
                        new ChatMessage.Assistant("hello", "hm", null, List.of())),
                arguments(
                        AiMessage.from(call),
                        new ChatMessage.Assistant(
                                "", null, null, List.of(new ToolCall("call_1", "getWeather", "{\"city\":\"Köln\"}")))),
                arguments(ToolExecutionResultMessage.from(call, "sunny"), new ChatMessage.ToolReply("call_1", "sunny")),
                arguments(ToolExecutionResultMessage.from(call, ""), new ChatMessage.ToolReply("call_1", "")),
                arguments(
                        ToolExecutionResultMessage.builder()
                                .id("call_1")
                                .toolName("getWeather")
                                .contents(TextContent.from("sunny"), TextContent.from("21 °C"))
                                .build(),
                        new ChatMessage.ToolReply("call_1", "sunny\n21 °C")));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void every_message_has_its_counterpart(dev.langchain4j.data.message.ChatMessage message, ChatMessage expected) {
        assertThat(Messages.of(List.of(message))).containsExactly(expected);
    }

    static Stream<Arguments> contents() {
        return Stream.of(
                arguments(TextContent.from("hi"), new ContentPart.Text("hi")),
                arguments(
                        ImageContent.from("https://example.org/cat.png"),
                        new ContentPart.Image("https://example.org/cat.png", "low")),
                arguments(
                        ImageContent.from("https://example.org/cat.png", DetailLevel.HIGH),
                        new ContentPart.Image("https://example.org/cat.png", "high")),
                arguments(
                        ImageContent.from("QUJD", "image/png", DetailLevel.AUTO),
                        new ContentPart.Image("data:image/png;base64,QUJD", "auto")),
                arguments(
                        ImageContent.from("data:image/gif;base64,QUJD"),
                        new ContentPart.Image("data:image/gif;base64,QUJD", "low")),
                arguments(AudioContent.from("QUJD", "audio/wav"), new ContentPart.Audio("QUJD", "wav")),
                arguments(
                        AudioContent.from(Audio.builder()
                                .binaryData(new byte[] {'A', 'B', 'C'})
                                .mimeType("audio/flac")
                                .build()),
                        new ContentPart.Audio("QUJD", "flac")));
    }

    @ParameterizedTest
    @MethodSource("contents")
    void every_content_has_its_counterpart(Content content, ContentPart expected) {
        assertThat(Messages.of(List.of(UserMessage.from(content))))
                .containsExactly(new ChatMessage.User(List.of(expected), null));
    }

    @ParameterizedTest
    @CsvSource({
        "audio/wav, wav",
        "audio/x-wav, wav",
        "audio/WAVE, wav",
        "audio/vnd.wave, wav",
        "audio/mpeg, mp3",
        "audio/mp3, mp3",
        "audio/ogg; codecs=opus, ogg",
        "audio/webm, webm",
        "flac, flac"
    })
    void sounds_get_the_name_that_engines_use(String mimeType, String format) {
        assertThat(Contents.part(AudioContent.from("QUJD", mimeType))).isEqualTo(new ContentPart.Audio("QUJD", format));
    }

    static Stream<Arguments> unsupported() {
        Image picture = Image.builder().base64Data("QUJD").mimeType("image/png").build();
        return Stream.of(
                arguments(UserMessage.from(VideoContent.from("https://example.org/cat.mp4")), "video content"),
                arguments(UserMessage.from(PdfFileContent.from("https://example.org/cat.pdf")), "pdf content"),
                arguments(UserMessage.from(AudioContent.from("https://example.org/cat.mp3")), "audio by URL"),
                arguments(UserMessage.from(ImageContent.from("file:///etc/passwd")), "images by file URL"),
                arguments(UserMessage.from(ImageContent.from("cat.png")), "images by null URL"),
                arguments(
                        UserMessage.from(ImageContent.from("https://example.org/a.png", DetailLevel.MEDIUM)),
                        "image detail level MEDIUM"),
                arguments(
                        UserMessage.from(ImageContent.from("https://example.org/a.png", DetailLevel.ULTRA_HIGH)),
                        "image detail level ULTRA_HIGH"),
                arguments(new CustomMessage(Map.of("a", "b")), "messages of type custom"),
                arguments(
                        AiMessage.builder()
                                .text("look")
                                .attributes(Map.of(AiMessage.GENERATED_IMAGES_KEY, List.of(picture)))
                                .build(),
                        "images in assistant messages"),
                arguments(
                        ToolExecutionResultMessage.builder()
                                .id("call_1")
                                .toolName("photo")
                                .contents(ImageContent.from(picture))
                                .build(),
                        "non-text content in tool results (image)"));
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void what_cannot_be_carried_is_refused_by_name(dev.langchain4j.data.message.ChatMessage message, String name) {
        assertThatThrownBy(() -> Messages.of(List.of(message)))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("not supported");
    }

    static Stream<Arguments> incomplete() {
        return Stream.of(
                arguments(ImageContent.from(Image.builder().base64Data("QUJD").build()), "an image", "MIME type"),
                arguments(
                        ImageContent.from(Image.builder().mimeType("image/png").build()), "an image", "data"),
                arguments(AudioContent.from(Audio.builder().base64Data("QUJD").build()), "a sound", "MIME type"),
                arguments(
                        AudioContent.from(Audio.builder().mimeType("audio/wav").build()), "a sound", "data"));
    }

    @ParameterizedTest
    @MethodSource("incomplete")
    void content_without_data_or_type_is_refused(Content content, String what, String missing) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Contents.part(content))
                .withMessage("%s in a user message has no %s", what, missing);
    }

    @Test
    void the_order_of_a_conversation_is_kept() {
        assertThat(Messages.of(List.of(
                        SystemMessage.from("be brief"),
                        UserMessage.from(TextContent.from("look"), ImageContent.from("https://example.org/a.png")),
                        AiMessage.from("a cat"),
                        UserMessage.from("sure?"))))
                .containsExactly(
                        new ChatMessage.System("be brief"),
                        new ChatMessage.User(
                                List.of(
                                        new ContentPart.Text("look"),
                                        new ContentPart.Image("https://example.org/a.png", "low")),
                                null),
                        ChatMessage.Assistant.of("a cat"),
                        ChatMessage.User.of("sure?"));
    }

    /** Conversations may have begun with another model, whose tool calls have no ids. */
    @Test
    void tool_calls_without_ids_get_ids_that_their_results_find() {
        ToolExecutionRequest weather =
                ToolExecutionRequest.builder().name("weather").build();
        ToolExecutionRequest time =
                ToolExecutionRequest.builder().name("time").arguments("{}").build();

        List<ChatMessage> turns = Messages.of(List.of(
                AiMessage.from(weather, time),
                ToolExecutionResultMessage.from(time, "14:35"),
                ToolExecutionResultMessage.from(weather, "sunny"),
                AiMessage.from(weather),
                ToolExecutionResultMessage.from(weather, "rainy")));

        assertThat(turns)
                .containsExactly(
                        new ChatMessage.Assistant(
                                "",
                                null,
                                null,
                                List.of(
                                        new ToolCall("call_0_0", "weather", "{}"),
                                        new ToolCall("call_0_1", "time", "{}"))),
                        new ChatMessage.ToolReply("call_0_1", "14:35"),
                        new ChatMessage.ToolReply("call_0_0", "sunny"),
                        new ChatMessage.Assistant("", null, null, List.of(new ToolCall("call_3_0", "weather", "{}"))),
                        new ChatMessage.ToolReply("call_3_0", "rainy"));
    }

    @Test
    void a_result_without_an_id_needs_a_call_that_waits_for_it() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Messages.of(List.of(ToolExecutionResultMessage.from(null, "weather", "sunny"))))
                .withMessageContaining("no earlier call of the same tool");
    }
}
