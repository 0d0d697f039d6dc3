package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatCodecTest {

    private static final Provenance PROVENANCE =
            new Provenance("550e8400-e29b-41d4-a716-446655440000", "abcdefgh", null, "m", true, true, "t", List.of());

    @Test
    void every_option_reaches_the_wire_under_its_openai_name() {
        ChatRequest request = ChatRequest.builder()
                .system("be brief")
                .message(new ChatMessage.User(
                        List.of(
                                new ContentPart.Text("what is this?"),
                                ContentPart.Image.of("image/png", new byte[] {1, 2}),
                                new ContentPart.Audio("AAAA", "wav")),
                        "ann"))
                .message(new ChatMessage.Assistant("", null, null, List.of(new ToolCall("c1", "look", "{\"a\":1}"))))
                .message(new ChatMessage.ToolReply("c1", "a cat"))
                .model("m1")
                .maxTokens(5)
                .temperature(0.5)
                .topP(0.9)
                .topK(40)
                .frequencyPenalty(0.1)
                .presencePenalty(-0.1)
                .seed(7L)
                .stop(List.of("END"))
                .tools(List.of(new Tool("look", "looks", Map.of("type", "object"))))
                .toolChoice(ToolChoice.named("look"))
                .parallelToolCalls(false)
                .responseFormat(new ResponseFormat.JsonSchema("answer", Map.of("type", "object"), true))
                .endUser("u1")
                .extra("logprobs", true)
                .extra("stream", true)
                .build();
        String json = Json.text(ChatCodec.encode(request));
        assertThat(Json.parse(json, JsonLimits.DEFAULT)).isEqualTo(Json.parse("""
                {"logprobs":true,
                 "messages":[
                  {"role":"system","content":"be brief"},
                  {"role":"user","name":"ann","content":[
                   {"type":"text","text":"what is this?"},
                   {"type":"image_url","image_url":{"url":"data:image/png;base64,AQI="}},
                   {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
                  {"role":"assistant","content":"","tool_calls":[
                   {"id":"c1","type":"function","function":{"name":"look","arguments":"{\\"a\\":1}"}}]},
                  {"role":"tool","tool_call_id":"c1","content":"a cat"}],
                 "model":"m1","max_tokens":5,"temperature":0.5,"top_p":0.9,"top_k":40,
                 "frequency_penalty":0.1,"presence_penalty":-0.1,"seed":7,"stop":["END"],
                 "tools":[{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object"}}}],
                 "tool_choice":{"type":"function","function":{"name":"look"}},
                 "parallel_tool_calls":false,
                 "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}},
                 "user":"u1"}
                """, JsonLimits.DEFAULT));
    }

    @Test
    void members_have_a_fixed_order_so_that_equal_requests_are_equal_bytes() {
        ChatRequest request = ChatRequest.builder()
                .message(new ChatMessage.User(
                        List.of(
                                new ContentPart.Text("what is this?"),
                                new ContentPart.Image("https://example.org/a.png", "low"),
                                new ContentPart.Audio("AAAA", "wav")),
                        null))
                .message(new ChatMessage.Assistant("", null, null, List.of(new ToolCall("c1", "look", "{}"))))
                .message(new ChatMessage.ToolReply("c1", "a cat"))
                .tools(List.of(new Tool("look", "looks", Map.of("type", "object"))))
                .toolChoice(ToolChoice.named("look"))
                .responseFormat(new ResponseFormat.JsonSchema("answer", Map.of("type", "object"), true))
                .build();
        assertThat(Json.text(ChatCodec.encode(request)))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"text\",\"text\":\"what is this?\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\",\"detail\":\"low\"}},"
                        + "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]},"
                        + "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"a cat\"}],"
                        + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"description\":\"looks\","
                        + "\"parameters\":{\"type\":\"object\"}}}],"
                        + "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"look\"}},"
                        + "\"response_format\":{\"type\":\"json_schema\","
                        + "\"json_schema\":{\"name\":\"answer\",\"schema\":{\"type\":\"object\"},\"strict\":true}}}");
    }

    @Test
    void absent_options_stay_off_the_wire() {
        assertThat(ChatCodec.encode(ChatRequest.of("hi"))).containsOnlyKeys("messages");
    }

    @Test
    void tool_calls_of_a_buffered_answer_are_read_with_null_content_and_blank_arguments() {
        ChatResult result = decode("""
                {"id":"x","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
                 "tool_calls":[{"id":"","type":"function","function":{"name":"now","arguments":""}},
                               {"id":"c2","type":"function","function":{"name":"add","arguments":{"a":1}}}]}}]}
                """);
        assertThat(result.text()).isEmpty();
        assertThat(result.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(result.toolCalls())
                .containsExactly(new ToolCall("call_0", "now", "{}"), new ToolCall("c2", "add", "{\"a\":1}"));
    }

    @Test
    void an_answer_without_a_message_is_a_violation() {
        assertThatThrownBy(() -> decode("{\"choices\":[]}")).isInstanceOf(ProtocolViolationException.class);
        assertThatThrownBy(() -> decode("{\"choices\":[{\"text\":\"x\"}]}"))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void chunks_become_deltas_and_the_whole_answer() {
        ChatAssembler assembler = new ChatAssembler();
        List<ChatEvent> events = new ArrayList<>();
        events.addAll(
                assembler.accept(
                        parse(
                                "{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}")));
        events.addAll(assembler.accept(parse("{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}")));
        events.addAll(assembler.accept(parse("{\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}")));
        events.addAll(assembler.accept(parse("{\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}")));
        events.addAll(
                assembler.finish(
                        parse(
                                "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":2,\"total_tokens\":4}}")));
        assertThat(events)
                .containsExactly(
                        new ChatEvent.ReasoningDelta("hm"),
                        new ChatEvent.TextDelta("Hel"),
                        new ChatEvent.TextDelta("lo"));
        ChatResult result = assembler.result(PROVENANCE);
        assertThat(result.text()).isEqualTo("Hello");
        assertThat(result.message().reasoning()).isEqualTo("hm");
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.usage()).isEqualTo(Usage.of(2, 2));
        assertThat(result.model()).isEqualTo("m");
    }

    @Test
    void fragments_of_parallel_tool_calls_are_joined_by_index_and_blank_ids_ignored() {
        ChatAssembler assembler = new ChatAssembler();
        assembler.accept(parse("""
                {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"x\\""}}]}}]}"""));
        assembler.accept(parse("""
                {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}}]}"""));
        assembler.accept(parse("""
                {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":":1}"}}]}}]}"""));
        assembler.finish(parse("{\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}"));
        assertThat(assembler.result(PROVENANCE).toolCalls())
                .containsExactly(new ToolCall("a", "f", "{\"x\":1}"), new ToolCall("b", "g", "{}"));
    }

    @Test
    void a_whole_answer_at_the_end_is_delivered_once() {
        ChatAssembler assembler = new ChatAssembler();
        List<ChatEvent> events = assembler.finish(
                parse("{\"choices\":[{\"message\":{\"content\":\"all\"},\"finish_reason\":\"stop\"}]}"));
        assertThat(events).containsExactly(new ChatEvent.TextDelta("all"));
        assertThat(assembler.result(PROVENANCE).text()).isEqualTo("all");
    }

    @Test
    void a_whole_answer_after_deltas_is_not_repeated() {
        ChatAssembler assembler = new ChatAssembler();
        assembler.accept(parse("{\"choices\":[{\"delta\":{\"content\":\"all\"}}]}"));
        assertThat(assembler.finish(
                        parse("{\"choices\":[{\"message\":{\"content\":\"all\"},\"finish_reason\":\"stop\"}]}")))
                .isEmpty();
        assertThat(assembler.result(PROVENANCE).text()).isEqualTo("all");
    }

    private static ChatResult decode(String json) {
        return ChatCodec.decodeResult(Answers.of(json, PROVENANCE));
    }

    private static Map<String, Object> parse(String text) {
        return Json.parseObject(text, JsonLimits.DEFAULT);
    }
}
