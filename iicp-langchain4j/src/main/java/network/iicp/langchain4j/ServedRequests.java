package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.protocol.Modality;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import org.jspecify.annotations.Nullable;

/** Turns chat tasks of the mesh into LangChain4j's requests. Pure functions. */
final class ServedRequests {

    private static final Pattern DATA_URL = Pattern.compile("data:([A-Za-z0-9.+/-]*)(?:;[^,;]*)*;base64,");

    private ServedRequests() {}

    static Set<Modality> modalities(Modality... input) {
        Set<Modality> modalities = EnumSet.of(Modality.TEXT);
        modalities.addAll(List.of(input));
        return modalities;
    }

    /**
     * Returns the request. It names no model: the one that is served answers.
     *
     * @throws network.iicp.protocol.BackendException if LangChain4j has no word for what is asked
     */
    static dev.langchain4j.model.chat.request.ChatRequest request(ChatRequest request) {
        boolean toolless = request.toolChoice() != null
                && request.toolChoice().mode() == network.iicp.protocol.chat.ToolChoice.Mode.NONE;
        DefaultChatRequestParameters.Builder<?> parameters =
                dev.langchain4j.model.chat.request.ChatRequestParameters.builder()
                        .temperature(request.temperature())
                        .topP(request.topP())
                        .topK(request.topK())
                        .frequencyPenalty(request.frequencyPenalty())
                        .presencePenalty(request.presencePenalty())
                        .maxOutputTokens(request.maxTokens());
        if (!request.stop().isEmpty()) {
            parameters.stopSequences(request.stop());
        }
        if (!request.tools().isEmpty() && !toolless) {
            parameters
                    .toolSpecifications(
                            request.tools().stream().map(ServedRequests::tool).toList())
                    .toolChoice(toolChoice(request.toolChoice()));
        }
        parameters.responseFormat(responseFormat(request.responseFormat()));
        return dev.langchain4j.model.chat.request.ChatRequest.builder()
                .messages(messages(request.messages()))
                .parameters(parameters.build())
                .build();
    }

    private static @Nullable ToolChoice toolChoice(network.iicp.protocol.chat.@Nullable ToolChoice choice) {
        if (choice == null) {
            return null;
        }
        return switch (choice.mode()) {
            case AUTO, NONE -> ToolChoice.AUTO;
            case REQUIRED -> ToolChoice.REQUIRED;
            case NAMED ->
                throw ServedFailures.rejected("this model cannot be made to call one named tool; use required");
        };
    }

    private static ToolSpecification tool(Tool tool) {
        return ToolSpecification.builder()
                .name(tool.name())
                .description(tool.description())
                .parameters(object(tool.parameters()))
                .build();
    }

    /** The members LangChain4j has a place for; what is below them stays as it is. */
    private static JsonObjectSchema object(Map<String, Object> schema) {
        JsonObjectSchema.Builder object = JsonObjectSchema.builder().addProperties(elements(schema.get("properties")));
        if (schema.get("description") instanceof String text) {
            object.description(text);
        }
        if (schema.get("required") instanceof List<?> names) {
            object.required(names.stream().map(String::valueOf).toList());
        }
        if (schema.get("additionalProperties") instanceof Boolean allowed) {
            object.additionalProperties(allowed);
        }
        Map<String, JsonSchemaElement> definitions = elements(schema.get("$defs"));
        if (!definitions.isEmpty()) {
            object.definitions(definitions);
        }
        return object.build();
    }

    private static Map<String, JsonSchemaElement> elements(@Nullable Object schemas) {
        Map<String, JsonSchemaElement> elements = new LinkedHashMap<>();
        if (schemas instanceof Map<?, ?> map) {
            map.forEach((name, schema) -> elements.put(
                    String.valueOf(name), JsonRawSchema.from(Json.text(schema == null ? Map.of() : schema))));
        }
        return elements;
    }

    private static @Nullable ResponseFormat responseFormat(network.iicp.protocol.chat.@Nullable ResponseFormat format) {
        if (format instanceof network.iicp.protocol.chat.ResponseFormat.JsonSchema schema) {
            Map<String, Object> json = schema.schema();
            return ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder()
                            .name(schema.name())
                            .rootElement(
                                    "object".equals(json.get("type"))
                                            ? object(json)
                                            : JsonRawSchema.from(Json.text(json)))
                            .build())
                    .build();
        }
        return format instanceof network.iicp.protocol.chat.ResponseFormat.JsonObject ? ResponseFormat.JSON : null;
    }

    private static List<ChatMessage> messages(List<network.iicp.protocol.chat.ChatMessage> turns) {
        List<ChatMessage> messages = new ArrayList<>();
        Map<String, String> toolNames = new HashMap<>();
        for (network.iicp.protocol.chat.ChatMessage turn : turns) {
            if (turn instanceof network.iicp.protocol.chat.ChatMessage.System system) {
                messages.add(SystemMessage.from(system.text()));
            } else if (turn instanceof network.iicp.protocol.chat.ChatMessage.User user) {
                messages.add(user(user));
            } else if (turn instanceof network.iicp.protocol.chat.ChatMessage.Assistant assistant) {
                assistant.toolCalls().forEach(call -> toolNames.put(call.id(), call.name()));
                messages.add(assistant(assistant));
            } else if (turn instanceof network.iicp.protocol.chat.ChatMessage.ToolReply reply) {
                // LangChain4j wants the name, which the mesh tells with the call only.
                messages.add(ToolExecutionResultMessage.from(
                        reply.toolCallId(), toolNames.getOrDefault(reply.toolCallId(), ""), reply.text()));
            }
        }
        return messages;
    }

    private static UserMessage user(network.iicp.protocol.chat.ChatMessage.User user) {
        List<Content> contents =
                user.parts().stream().map(ServedRequests::content).toList();
        return user.name() == null ? UserMessage.from(contents) : UserMessage.from(user.name(), contents);
    }

    private static Content content(ContentPart part) {
        if (part instanceof ContentPart.Image image) {
            return image(image);
        }
        if (part instanceof ContentPart.Audio audio) {
            return AudioContent.from(Audio.builder()
                    .base64Data(audio.data())
                    .mimeType("audio/" + (audio.format().equals("mp3") ? "mpeg" : audio.format()))
                    .build());
        }
        return TextContent.from(((ContentPart.Text) part).text());
    }

    private static ImageContent image(ContentPart.Image image) {
        ImageContent.DetailLevel detail =
                switch (image.detail() == null ? "auto" : image.detail()) {
                    case "low" -> ImageContent.DetailLevel.LOW;
                    case "high" -> ImageContent.DetailLevel.HIGH;
                    default -> ImageContent.DetailLevel.AUTO;
                };
        Matcher data = DATA_URL.matcher(image.url());
        if (data.lookingAt()) {
            String type = data.group(1).isEmpty() ? "image/png" : data.group(1);
            return ImageContent.from(image.url().substring(data.end()), type, detail);
        }
        return ImageContent.from(image.url(), detail);
    }

    private static AiMessage assistant(network.iicp.protocol.chat.ChatMessage.Assistant said) {
        List<ToolExecutionRequest> calls =
                said.toolCalls().stream().map(ServedRequests::call).toList();
        return AiMessage.builder()
                .text(said.text().isEmpty() && !calls.isEmpty() ? null : said.text())
                .thinking(said.reasoning())
                .toolExecutionRequests(calls)
                .build();
    }

    private static ToolExecutionRequest call(ToolCall call) {
        return ChatResponses.toolCall(call);
    }
}
