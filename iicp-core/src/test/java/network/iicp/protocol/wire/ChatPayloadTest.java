package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatPayloadTest {

    private static ChatRequest read(String payload) {
        return ChatPayload.read(JsonObject.of(Json.parseObject(payload.replace('\'', '"'), JsonLimits.DEFAULT)));
    }

    @Test
    void what_the_client_writes_is_read_as_it_was() {
        ChatRequest request = ChatRequest.builder()
                .system("Be brief.")
                .message(new ChatMessage.User(
                        List.of(
                                new ContentPart.Text("look"),
                                new ContentPart.Image("https://example.org/a.png", "low"),
                                new ContentPart.Audio("QUJD", "wav")),
                        "ann"))
                .message(new ChatMessage.Assistant("", null, null, List.of(new ToolCall("c", "f", "{\"a\":1}"))))
                .message(new ChatMessage.ToolReply("c", "42"))
                .user("and?")
                .model("m")
                .maxTokens(7)
                .temperature(0.5)
                .topP(0.9)
                .topK(40)
                .frequencyPenalty(-1.0)
                .presencePenalty(1.0)
                .seed(3L)
                .stop(List.of("END"))
                .tools(List.of(new Tool("f", "does it", Map.of("type", "object"))))
                .toolChoice(ToolChoice.named("f"))
                .parallelToolCalls(false)
                .responseFormat(new ResponseFormat.JsonSchema("r", Map.of("type", "object"), true))
                .endUser("u")
                .extra("min_p", 1L)
                .build();
        byte[] wire = Json.bytes(ChatCodec.encode(request));
        assertThat(Json.text(ChatCodec.encode(ChatPayload.read(JsonObject.parse(wire, JsonLimits.DEFAULT)))))
                .isEqualTo(new String(wire, java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void other_spellings_mean_the_same() {
        ChatRequest request = read(
                "{'messages':[{'role':'developer','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},{'role':'user','content':[{'type':'image_url','image_url':'https://x.org/y'}]},{'role':'assistant','content':null,'tool_calls':[{'id':'c','function':{'name':'f','arguments':{'x':1}}}]}],'max_completion_tokens':5,'stop':'E','stream':true,'tools':[{'type':'function','function':{'name':'f'}}],'tool_choice':'required','response_format':{'type':'text'}}");
        assertThat(request.messages().get(0)).isEqualTo(new ChatMessage.System("ab"));
        assertThat(request.maxTokens()).isEqualTo(5);
        assertThat(request.stop()).containsExactly("E");
        assertThat(request.extra()).isEmpty();
        assertThat(request.toolChoice()).isEqualTo(ToolChoice.REQUIRED);
        assertThat(request.tools().get(0).parameters()).containsEntry("type", "object");
        assertThat(((ChatMessage.Assistant) request.messages().get(2))
                        .toolCalls()
                        .get(0)
                        .arguments())
                .isEqualTo("{\"x\":1}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'messages':[]}",
                "{'messages':'x'}",
                "{'messages':[{'role':'user'}]}",
                "{'messages':[{'role':'user','content':[]}]}",
                "{'messages':[{'role':'user','content':[{'type':'video'}]}]}",
                "{'messages':[{'role':'tool','content':'x'}]}",
                "{'messages':[{'role':'judge','content':'x'}]}",
                "{'messages':[{'role':'system','content':[{'type':'image_url','image_url':'x'}]}]}",
                "{'messages':[{'role':'user','content':'x'}],'temperature':3}",
                "{'messages':[{'role':'user','content':'x'}],'max_tokens':0}",
                "{'messages':[{'role':'user','content':'x'}],'stop':7}",
                "{'messages':[{'role':'user','content':'x'}],'tools':[{'type':'retrieval'}]}",
                "{'messages':[{'role':'user','content':'x'}],'tools':[{'type':'function','function':{'name':' '}}]}",
                "{'messages':[{'role':'user','content':'x'}],'tool_choice':'maybe'}",
                "{'messages':[{'role':'user','content':'x'}],'response_format':{'type':'yaml'}}",
            })
    void what_makes_no_sense_is_refused(String payload) {
        assertThatExceptionOfType(JsonException.class).isThrownBy(() -> read(payload));
    }
}
