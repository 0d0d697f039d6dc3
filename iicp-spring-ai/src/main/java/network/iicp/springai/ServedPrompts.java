package network.iicp.springai;

import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Modality;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolChoice;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Turns chat tasks of the mesh into Spring AI's prompts. Pure functions. */
final class ServedPrompts {

    private static final Pattern DATA_URL = Pattern.compile("data:([A-Za-z0-9.+/-]*)(?:;[^,;]*)*;base64,");

    private ServedPrompts() {}

    static Set<Modality> modalities(Modality... input) {
        Set<Modality> modalities = EnumSet.of(Modality.TEXT);
        modalities.addAll(List.of(input));
        return modalities;
    }

    /**
     * Returns the prompt. It names no model: the one that is served answers.
     *
     * @throws BackendException if the model has no word for what is asked
     */
    static Prompt prompt(ChatRequest request, ChatModel model) {
        return new Prompt(messages(request.messages()), options(request, model.getOptions()));
    }

    private static ChatOptions options(ChatRequest request, @Nullable ChatOptions own) {
        ChatOptions.Builder<?> options = own == null ? ToolCallingChatOptions.builder() : own.mutate();
        if (request.temperature() != null) {
            options.temperature(request.temperature());
        }
        if (request.topP() != null) {
            options.topP(request.topP());
        }
        if (request.topK() != null) {
            options.topK(request.topK());
        }
        if (request.maxTokens() != null) {
            options.maxTokens(request.maxTokens());
        }
        if (request.frequencyPenalty() != null) {
            options.frequencyPenalty(request.frequencyPenalty());
        }
        if (request.presencePenalty() != null) {
            options.presencePenalty(request.presencePenalty());
        }
        if (!request.stop().isEmpty()) {
            options.stopSequences(request.stop());
        }
        addTools(request, options);
        addForm(request.responseFormat(), options);
        return options.build();
    }

    private static void addTools(ChatRequest request, ChatOptions.Builder<?> options) {
        ToolChoice choice = request.toolChoice() == null ? ToolChoice.AUTO : request.toolChoice();
        List<Tool> tools = choice.equals(ToolChoice.NONE) ? List.of() : request.tools();
        if (!tools.isEmpty() && !choice.equals(ToolChoice.AUTO)) {
            throw rejected("this model cannot be made to call a tool; leave the choice to it");
        }
        if (options instanceof ToolCallingChatOptions.Builder<?> calling) {
            List<ToolCallback> callbacks = new ArrayList<>();
            tools.forEach(tool -> callbacks.add(new Offered(tool)));
            calling.toolCallbacks(callbacks);
        } else if (!tools.isEmpty()) {
            throw rejected("this model calls no tools");
        }
    }

    private static void addForm(@Nullable ResponseFormat format, ChatOptions.Builder<?> options) {
        if (format == null || format instanceof ResponseFormat.Text) {
            return;
        }
        if (!(options instanceof StructuredOutputChatOptions.Builder<?> structured)) {
            throw rejected("this model does not answer by a JSON schema");
        }
        Map<String, Object> schema =
                format instanceof ResponseFormat.JsonSchema wanted ? wanted.schema() : Map.of("type", "object");
        structured.outputSchema(Json.text(schema));
    }

    /** A tool that the caller runs. */
    private record Offered(Tool tool) implements ToolCallback {

        @Override
        public ToolDefinition getToolDefinition() {
            return ToolDefinition.builder()
                    .name(tool.name())
                    .description(tool.description() == null ? tool.name() : tool.description())
                    .inputSchema(Json.text(tool.parameters()))
                    .build();
        }

        @Override
        public String call(String input) {
            throw new UnsupportedOperationException("tools of callers are run by callers");
        }
    }

    private static List<Message> messages(List<ChatMessage> turns) {
        List<Message> messages = new ArrayList<>();
        Map<String, String> toolNames = new HashMap<>();
        List<ToolResponseMessage.ToolResponse> replies = new ArrayList<>();
        for (ChatMessage turn : turns) {
            if (turn instanceof ChatMessage.ToolReply reply) {
                replies.add(new ToolResponseMessage.ToolResponse(
                        reply.toolCallId(), toolNames.getOrDefault(reply.toolCallId(), ""), reply.text()));
                continue;
            }
            flush(replies, messages);
            if (turn instanceof ChatMessage.System system) {
                messages.add(new SystemMessage(system.text()));
            } else if (turn instanceof ChatMessage.User user) {
                messages.add(user(user));
            } else if (turn instanceof ChatMessage.Assistant assistant) {
                assistant.toolCalls().forEach(call -> toolNames.put(call.id(), call.name()));
                messages.add(assistant(assistant));
            }
        }
        flush(replies, messages);
        return messages;
    }

    /** Spring AI has one message for all results of a turn. */
    private static void flush(List<ToolResponseMessage.ToolResponse> replies, List<Message> messages) {
        if (!replies.isEmpty()) {
            messages.add(ToolResponseMessage.builder()
                    .responses(List.copyOf(replies))
                    .build());
            replies.clear();
        }
    }

    private static UserMessage user(ChatMessage.User user) {
        StringBuilder text = new StringBuilder();
        List<Media> media = new ArrayList<>();
        for (ContentPart part : user.parts()) {
            if (part instanceof ContentPart.Text said) {
                text.append(text.isEmpty() || said.text().isEmpty() ? "" : "\n").append(said.text());
            } else if (part instanceof ContentPart.Image image) {
                media.add(image(image.url()));
            } else if (part instanceof ContentPart.Audio audio) {
                String subtype = audio.format().equals("mp3") ? "mpeg" : audio.format();
                media.add(media(new MimeType("audio", subtype), audio.data()));
            }
        }
        return UserMessage.builder().text(text.toString()).media(media).build();
    }

    private static Media image(String url) {
        Matcher data = DATA_URL.matcher(url);
        if (data.lookingAt()) {
            String type = data.group(1).isEmpty() ? "image/png" : data.group(1);
            return media(MimeTypeUtils.parseMimeType(type), url.substring(data.end()));
        }
        try {
            return Media.builder()
                    .mimeType(MimeTypeUtils.IMAGE_PNG)
                    .data(URI.create(url))
                    .build();
        } catch (IllegalArgumentException e) {
            throw rejected("an image is named by something that is no address");
        }
    }

    private static Media media(MimeType type, String base64) {
        try {
            return Media.builder()
                    .mimeType(type)
                    .data(Base64.getDecoder().decode(base64))
                    .build();
        } catch (IllegalArgumentException e) {
            throw rejected("the data of a part is not base64");
        }
    }

    private static AssistantMessage assistant(ChatMessage.Assistant said) {
        Map<String, Object> properties = new LinkedHashMap<>();
        if (said.reasoning() != null) {
            properties.put(Mapping.REASONING, said.reasoning());
        }
        return AssistantMessage.builder()
                .content(said.text())
                .properties(properties)
                .toolCalls(said.toolCalls().stream()
                        .map(call ->
                                new AssistantMessage.ToolCall(call.id(), "function", call.name(), call.arguments()))
                        .toList())
                .build();
    }

    private static BackendException rejected(String why) {
        return new BackendException(IicpError.of(ErrorCode.BACKEND_REJECTED, ErrorComponent.NODE, why));
    }
}
