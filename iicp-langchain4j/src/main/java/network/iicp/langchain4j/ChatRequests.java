package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.Tool;
import org.jspecify.annotations.Nullable;

/** Turns LangChain4j's chat requests into those of the mesh. Pure functions. */
final class ChatRequests {

    /**
     * A request of the mesh.
     *
     * @param chat what is asked
     * @param options how the call is routed
     */
    record Call(ChatRequest chat, CallOptions options) {
        @Nullable
        String model() {
            return chat.model();
        }
    }

    private static final String DEFAULT_SCHEMA_NAME = "response";

    private ChatRequests() {}

    /**
     * Returns the request.
     *
     * @param request a request with the defaults of the model already applied
     * @throws UnsupportedFeatureException if it holds something that IICP chats cannot carry
     * @throws InvalidRequestException if a value is out of range
     */
    static Call call(dev.langchain4j.model.chat.request.ChatRequest request) {
        IicpChatRequestParameters parameters = IicpChatRequestParameters.of(request.parameters());
        try {
            ChatRequest chat = withParameters(parameters)
                    .toolChoice(toolChoice(parameters.toolChoice(), parameters.toolSpecifications()))
                    .messages(Messages.of(request.messages()))
                    .build();
            return new Call(chat, parameters.routing());
        } catch (IllegalArgumentException e) {
            throw MeshErrors.translate(e, parameters.modelName());
        }
    }

    /**
     * Checks parameters before there is a request. Tools may come with the request, so the demand to call one is not checked.
     *
     * @throws UnsupportedFeatureException if a parameter cannot be carried
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    static void check(IicpChatRequestParameters parameters) {
        withParameters(parameters).user("").build();
    }

    private static ChatRequest.Builder withParameters(IicpChatRequestParameters parameters) {
        List<ToolSpecification> tools = parameters.toolSpecifications();
        ChatRequest.Builder chat = ChatRequest.builder()
                .model(parameters.modelName())
                .temperature(parameters.temperature())
                .topP(parameters.topP())
                .topK(parameters.topK())
                .frequencyPenalty(parameters.frequencyPenalty())
                .presencePenalty(parameters.presencePenalty())
                .maxTokens(parameters.maxOutputTokens())
                .seed(parameters.seed())
                .stop(parameters.stopSequences())
                .tools(tools.stream().map(ChatRequests::tool).toList())
                .parallelToolCalls(tools.isEmpty() ? null : parameters.parallelToolCalls())
                .responseFormat(responseFormat(parameters.responseFormat()))
                .endUser(parameters.user());
        checked(parameters.customParameters()).forEach(chat::extra);
        return chat;
    }

    private static Tool tool(ToolSpecification tool) {
        if (Boolean.TRUE.equals(tool.strict())) {
            throw new UnsupportedFeatureException(
                    "strict tool schemas are not supported by this model provider; leave strict unset");
        }
        return new Tool(
                tool.name(),
                tool.description(),
                tool.parameters() == null ? noParameters() : JsonSchemas.of(tool.parameters()));
    }

    private static Map<String, Object> noParameters() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", Map.of());
        return schema;
    }

    /** Without tools nothing but a demand to call one is worth saying, and that cannot be met. */
    private static network.iicp.protocol.chat.@Nullable ToolChoice toolChoice(
            @Nullable ToolChoice choice, List<ToolSpecification> tools) {
        if (choice == null || (tools.isEmpty() && choice != ToolChoice.REQUIRED)) {
            return null;
        }
        if (tools.isEmpty()) {
            throw new IllegalArgumentException("ToolChoice.REQUIRED demands the call of a tool, and no tool is given");
        }
        return switch (choice) {
            case AUTO -> network.iicp.protocol.chat.ToolChoice.AUTO;
            case REQUIRED -> network.iicp.protocol.chat.ToolChoice.REQUIRED;
            case NONE -> network.iicp.protocol.chat.ToolChoice.NONE;
        };
    }

    private static network.iicp.protocol.chat.@Nullable ResponseFormat responseFormat(@Nullable ResponseFormat format) {
        if (format == null || format.type() == ResponseFormatType.TEXT) {
            return null;
        }
        JsonSchema schema = format.jsonSchema();
        if (schema == null) {
            return new network.iicp.protocol.chat.ResponseFormat.JsonObject();
        }
        String name = schema.name() == null || schema.name().isBlank() ? DEFAULT_SCHEMA_NAME : schema.name();
        return new network.iicp.protocol.chat.ResponseFormat.JsonSchema(
                name, JsonSchemas.of(schema.rootElement()), null);
    }

    /** What cannot be written as JSON is refused here, not in the middle of a call. */
    private static Map<String, Object> checked(Map<String, Object> members) {
        try {
            Json.bytes(members);
            return members;
        } catch (JsonException e) {
            throw new IllegalArgumentException("customParameters: " + e.getMessage(), e);
        }
    }
}
