package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.wire.ChatCodec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatRequestsTest {

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .description("tells it")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
            .build();

    private static final String MESSAGES = "'messages':[{'role':'user','content':'hi'}]";
    private static final String TOOLS = ",'tools':[{'function':{'name':'weather','description':'tells it',"
            + "'parameters':{'type':'object','properties':{'city':{'type':'string'}}}},'type':'function'}]";

    static Stream<Arguments> parameters() {
        return Stream.of(
                arguments(ours(), ""),
                arguments(ours().modelName("llama3:8b"), ",'model':'llama3:8b'"),
                arguments(ours().temperature(0.7), ",'temperature':0.7"),
                arguments(ours().topP(0.9), ",'top_p':0.9"),
                arguments(ours().topK(40), ",'top_k':40"),
                arguments(ours().frequencyPenalty(-0.5), ",'frequency_penalty':-0.5"),
                arguments(ours().presencePenalty(1.5), ",'presence_penalty':1.5"),
                arguments(ours().maxOutputTokens(5), ",'max_tokens':5"),
                arguments(ours().stopSequences("a", "b"), ",'stop':['a','b']"),
                arguments(ours().seed(42L), ",'seed':42"),
                arguments(ours().user("u-1"), ",'user':'u-1'"),
                arguments(ours().toolSpecifications(WEATHER), TOOLS),
                arguments(
                        ours().toolSpecifications(WEATHER).toolChoice(ToolChoice.AUTO),
                        TOOLS + ",'tool_choice':'auto'"),
                arguments(
                        ours().toolSpecifications(WEATHER).toolChoice(ToolChoice.REQUIRED),
                        TOOLS + ",'tool_choice':'required'"),
                arguments(
                        ours().toolSpecifications(WEATHER).toolChoice(ToolChoice.NONE),
                        TOOLS + ",'tool_choice':'none'"),
                arguments(
                        ours().toolSpecifications(WEATHER).parallelToolCalls(false),
                        TOOLS + ",'parallel_tool_calls':false"),
                // Without tools there is nothing to choose from, and engines refuse these two then.
                arguments(ours().toolChoice(ToolChoice.AUTO), ""),
                arguments(ours().parallelToolCalls(true), ""),
                arguments(ours().responseFormat(ResponseFormat.TEXT), ""),
                arguments(ours().responseFormat(ResponseFormat.JSON), ",'response_format':{'type':'json_object'}"),
                arguments(
                        ours().responseFormat(JsonSchema.builder()
                                .name("Answer")
                                .rootElement(JsonObjectSchema.builder()
                                        .addStringProperty("city")
                                        .build())
                                .build()),
                        ",'response_format':{'type':'json_schema','json_schema':{'name':'Answer',"
                                + "'schema':{'type':'object','properties':{'city':{'type':'string'}}}}}"),
                arguments(
                        ours().responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(JsonSchema.builder()
                                        .rootElement(JsonObjectSchema.builder().build())
                                        .build())
                                .build()),
                        ",'response_format':{'type':'json_schema','json_schema':{'name':'response',"
                                + "'schema':{'type':'object','properties':{}}}}"));
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void every_parameter_reaches_the_payload(IicpChatRequestParameters.Builder parameters, String members) {
        ChatRequests.Call call = ChatRequests.call(request(parameters.build()));

        Map<String, Object> expected =
                Json.parseObject(("{" + MESSAGES + members + "}").replace('\'', '"'), JsonLimits.DEFAULT);
        assertThat(Json.canonical(ChatCodec.encode(call.chat()))).isEqualTo(Json.canonical(expected));
    }

    @Test
    void custom_parameters_are_passed_through_and_replace_nothing() {
        ChatRequests.Call call = ChatRequests.call(request(ours().temperature(0.1)
                .customParameters(Map.of("min_p", 0.05, "temperature", 2.0))
                .build()));

        assertThat(ChatCodec.encode(call.chat())).containsEntry("min_p", 0.05).containsEntry("temperature", 0.1);
    }

    @Test
    void routing_goes_into_the_options_of_the_call_and_not_into_the_payload() {
        ChatRequests.Call call = ChatRequests.call(request(ours().region("eu-central")
                .minReputation(0.7)
                .qos(Qos.BATCH)
                .priority(Priority.HIGH)
                .node("3f2a91c0")
                .timeout(Duration.ofSeconds(9))
                .firstEventTimeout(Duration.ofSeconds(2))
                .maxAttempts(2)
                .build()));

        assertThat(call.options())
                .isEqualTo(CallOptions.builder()
                        .total(Duration.ofSeconds(9))
                        .firstEvent(Duration.ofSeconds(2))
                        .region("eu-central")
                        .qos(Qos.BATCH)
                        .priority(Priority.HIGH)
                        .minReputation(0.7)
                        .node("3f2a91c0")
                        .maxAttempts(2)
                        .build());
        assertThat(ChatCodec.encode(call.chat())).containsOnlyKeys("messages");
    }

    @Test
    void plain_parameters_do() {
        ChatRequests.Call call = ChatRequests.call(
                request(ChatRequestParameters.builder().temperature(0.3).build()));

        assertThat(call.chat().temperature()).isEqualTo(0.3);
        assertThat(call.options()).isEqualTo(CallOptions.DEFAULT);
    }

    static Stream<Arguments> out_of_range() {
        return Stream.of(
                arguments(ours().temperature(2.1), "temperature must be between 0.0 and 2.0, was 2.1"),
                arguments(ours().temperature(Double.NaN), "temperature must be between 0.0 and 2.0, was NaN"),
                arguments(ours().topP(1.01), "topP"),
                arguments(ours().topK(0), "topK"),
                arguments(ours().frequencyPenalty(-3.0), "frequencyPenalty"),
                arguments(ours().presencePenalty(3.0), "presencePenalty"),
                arguments(ours().maxOutputTokens(0), "maxTokens"),
                arguments(ours().toolChoice(ToolChoice.REQUIRED), "no tool is given"),
                arguments(
                        ours().toolSpecifications(ToolSpecification.builder()
                                .name("n".repeat(65))
                                .build()),
                        "tool name"),
                arguments(ours().customParameters(Map.of("when", Duration.ofSeconds(1))), "customParameters"));
    }

    @ParameterizedTest
    @MethodSource("out_of_range")
    void values_out_of_range_are_invalid_requests(IicpChatRequestParameters.Builder parameters, String message) {
        assertThatThrownBy(() -> ChatRequests.call(request(parameters.build())))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @Test
    void strict_tools_are_refused() {
        ToolSpecification strict = WEATHER.toBuilder().strict(true).build();

        assertThatThrownBy(() -> ChatRequests.call(
                        request(ours().toolSpecifications(strict).build())))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("strict tool schemas are not supported");
    }

    @Test
    void a_tool_without_parameters_takes_an_empty_object() {
        ToolSpecification now = ToolSpecification.builder().name("now").build();

        ChatRequests.Call call =
                ChatRequests.call(request(ours().toolSpecifications(now).build()));

        assertThat(call.chat().tools()).singleElement().satisfies(tool -> assertThat(tool.parameters())
                .isEqualTo(Map.of("type", "object", "properties", Map.of())));
    }

    private static IicpChatRequestParameters.Builder ours() {
        return IicpChatRequestParameters.builder();
    }

    private static ChatRequest request(ChatRequestParameters parameters) {
        return ChatRequest.builder()
                .messages(List.of(UserMessage.from("hi")))
                .parameters(parameters)
                .build();
    }
}
