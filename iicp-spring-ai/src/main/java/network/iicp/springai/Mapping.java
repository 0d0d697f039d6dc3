package network.iicp.springai;

import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import network.iicp.client.CallOptions;
import network.iicp.client.TimeLimits;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.metadata.EmptyUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.content.Media;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.util.MimeType;

/** Everything Spring AI says, in the words of the mesh, and back. Pure functions. */
final class Mapping {

    /** Where a message keeps the thoughts its model showed; the key other Spring AI models use. */
    static final String REASONING = "reasoningContent";

    /** Where a message keeps why its model declined; the key other Spring AI models use. */
    static final String REFUSAL = "refusal";

    private static final String SCHEMA_NAME = "response";
    private static final String FUNCTION = "function";

    private Mapping() {}

    // ---- options

    /**
     * Returns the options of a call. Options made for this model hold as they are; any others go over the defaults, as
     * far as they can be understood.
     */
    static IicpChatOptions options(@Nullable ChatOptions given, IicpChatOptions defaults) {
        if (given == null) {
            return defaults;
        }
        if (given instanceof IicpChatOptions own) {
            return own;
        }
        IicpChatOptions.Builder builder = defaults.mutate()
                .model(first(given.getModel(), defaults.getModel()))
                .frequencyPenalty(first(given.getFrequencyPenalty(), defaults.getFrequencyPenalty()))
                .maxTokens(first(given.getMaxTokens(), defaults.getMaxTokens()))
                .presencePenalty(first(given.getPresencePenalty(), defaults.getPresencePenalty()))
                .stopSequences(first(given.getStopSequences(), defaults.getStopSequences()))
                .temperature(first(given.getTemperature(), defaults.getTemperature()))
                .topK(first(given.getTopK(), defaults.getTopK()))
                .topP(first(given.getTopP(), defaults.getTopP()));
        if (given instanceof ToolCallingChatOptions tools) {
            List<ToolCallback> callbacks = tools.getToolCallbacks();
            if (callbacks != null && !callbacks.isEmpty()) {
                builder.toolCallbacks(callbacks);
            }
            if (tools.getToolContext() != null) {
                builder.toolContext(tools.getToolContext());
            }
        }
        if (given instanceof StructuredOutputChatOptions structured && structured.getOutputSchema() != null) {
            builder.outputSchema(structured.getOutputSchema());
        }
        return builder.build();
    }

    /** Returns the options of embeddings: what is given, over the defaults. */
    static IicpEmbeddingOptions options(@Nullable EmbeddingOptions given, IicpEmbeddingOptions defaults) {
        if (given == null) {
            return defaults;
        }
        IicpEmbeddingOptions.Builder builder = defaults.mutate()
                .model(first(given.getModel(), defaults.getModel()))
                .dimensions(first(given.getDimensions(), defaults.getDimensions()));
        if (given instanceof IicpEmbeddingOptions own) {
            builder.routing(own.routing().over(defaults.routing()));
        }
        return builder.build();
    }

    static CallOptions withTotal(CallOptions options, @Nullable Duration total) {
        if (total != null && (total.compareTo(TimeLimits.MIN_TOTAL) < 0 || total.compareTo(TimeLimits.MAX_TOTAL) > 0)) {
            throw new IllegalArgumentException("totalTimeout must be between %d ms and %d ms, was %d ms"
                    .formatted(TimeLimits.MIN_TOTAL.toMillis(), TimeLimits.MAX_TOTAL.toMillis(), total.toMillis()));
        }
        return options.withTotal(total);
    }

    static <T> @Nullable T first(@Nullable T stronger, @Nullable T weaker) {
        return stronger != null ? stronger : weaker;
    }

    static ResponseFormat.JsonSchema schema(String schema) {
        return new ResponseFormat.JsonSchema(SCHEMA_NAME, object(schema, "the output schema"), true);
    }

    private static Map<String, Object> object(String json, String what) {
        try {
            return Json.parseObject(json, JsonLimits.DEFAULT);
        } catch (JsonException e) {
            throw new IllegalArgumentException("%s is not a JSON object: %s".formatted(what, e.getMessage()), e);
        }
    }

    // ---- chat, outwards

    /**
     * Returns the request for a prompt.
     *
     * @throws IllegalArgumentException if the mesh cannot carry it; the message says what and why
     */
    static ChatRequest request(List<Message> messages, IicpChatOptions options, List<ToolDefinition> tools) {
        ChatRequest.Builder request = ChatRequest.builder();
        messages.forEach(message -> request.messages(turns(message)));
        return request.model(blankToNull(options.getModel()))
                .maxTokens(options.getMaxTokens())
                .temperature(options.getTemperature())
                .topP(options.getTopP())
                .topK(options.getTopK())
                .frequencyPenalty(options.getFrequencyPenalty())
                .presencePenalty(options.getPresencePenalty())
                .seed(options.getSeed())
                .stop(options.getStopSequences() == null ? List.of() : options.getStopSequences())
                .tools(tools.stream().map(Mapping::tool).toList())
                .toolChoice(tools.isEmpty() ? null : options.getToolChoice())
                .parallelToolCalls(tools.isEmpty() ? null : options.getParallelToolCalls())
                .responseFormat(options.getResponseFormat())
                .endUser(options.getUser())
                .build();
    }

    private static Tool tool(ToolDefinition definition) {
        String what = "the input schema of tool " + Quoted.of(definition.name());
        return new Tool(definition.name(), definition.description(), object(definition.inputSchema(), what));
    }

    /** Messages are told apart by what they carry, since applications may bring their own classes. */
    private static List<ChatMessage> turns(Message message) {
        return switch (message.getMessageType()) {
            case SYSTEM -> List.of(new ChatMessage.System(text(message)));
            case USER -> List.of(new ChatMessage.User(parts(message), null));
            case ASSISTANT -> List.of(assistant(message));
            case TOOL -> toolReplies(message);
        };
    }

    private static List<ContentPart> parts(Message message) {
        List<ContentPart> parts = new ArrayList<>();
        String text = text(message);
        List<? extends Media> media =
                message instanceof MediaContent content ? List.copyOf(content.getMedia()) : List.of();
        if (!text.isEmpty() || media.isEmpty()) {
            parts.add(new ContentPart.Text(text));
        }
        media.forEach(item -> parts.add(part(item)));
        return parts;
    }

    private static ContentPart part(Media media) {
        MimeType type = media.getMimeType();
        return switch (type.getType().toLowerCase(Locale.ROOT)) {
            case "image" -> image(type, media.getData());
            case "audio" -> audio(type, media.getData());
            default ->
                throw new IllegalArgumentException(
                        "media of type %s is not supported; the mesh carries image/* and audio/*"
                                .formatted(Quoted.of(type.toString())));
        };
    }

    private static ContentPart image(MimeType type, Object data) {
        if (data instanceof byte[] bytes) {
            return ContentPart.Image.of(essence(type), bytes);
        }
        String text = data instanceof URL url ? url.toString() : String.valueOf(data);
        if (!isUrl(text)) {
            return new ContentPart.Image("data:" + essence(type) + ";base64," + text, null);
        }
        String scheme = text.substring(0, text.indexOf(':')).toLowerCase(Locale.ROOT);
        if (!List.of("http", "https", "data").contains(scheme)) {
            throw new IllegalArgumentException(
                    "an image by a URL of scheme %s is not supported; use https, or the bytes"
                            .formatted(Quoted.of(scheme)));
        }
        return new ContentPart.Image(text, null);
    }

    private static ContentPart audio(MimeType type, Object data) {
        if (data instanceof byte[] bytes) {
            return new ContentPart.Audio(Base64.getEncoder().encodeToString(bytes), audioFormat(type));
        }
        if (data instanceof String text && !isUrl(text)) {
            return new ContentPart.Audio(text, audioFormat(type));
        }
        throw new IllegalArgumentException("audio by URL is not supported; give the bytes");
    }

    /** Base64 has no colon, so what has one is an address. */
    private static boolean isUrl(String text) {
        return text.indexOf(':') >= 0;
    }

    private static String essence(MimeType type) {
        return type.getType() + "/" + type.getSubtype();
    }

    private static String audioFormat(MimeType type) {
        String subtype = type.getSubtype().toLowerCase(Locale.ROOT);
        return switch (subtype) {
            case "mpeg", "mpeg3", "x-mpeg-3" -> "mp3";
            case "wave", "x-wav", "vnd.wave" -> "wav";
            default -> subtype.startsWith("x-") ? subtype.substring(2) : subtype;
        };
    }

    private static ChatMessage assistant(Message message) {
        List<ToolCall> calls = message instanceof AssistantMessage said
                ? said.getToolCalls().stream().map(Mapping::toolCall).toList()
                : List.of();
        return new ChatMessage.Assistant(text(message), said(message, REASONING), said(message, REFUSAL), calls);
    }

    private static @Nullable String said(Message message, String key) {
        return message.getMetadata().get(key) instanceof String text ? blankToNull(text) : null;
    }

    private static ToolCall toolCall(AssistantMessage.ToolCall call) {
        if (call.id() == null || call.name() == null) {
            throw new IllegalArgumentException("a tool call in an assistant message lacks its id or name");
        }
        return new ToolCall(call.id(), call.name(), call.arguments() == null ? "" : call.arguments());
    }

    private static List<ChatMessage> toolReplies(Message message) {
        if (!(message instanceof ToolResponseMessage replies)) {
            throw new IllegalArgumentException("a message of type TOOL must be a ToolResponseMessage, was "
                    + message.getClass().getName());
        }
        return replies.getResponses().stream().map(Mapping::toolReply).toList();
    }

    private static ChatMessage toolReply(ToolResponseMessage.ToolResponse reply) {
        if (reply.id() == null) {
            throw new IllegalArgumentException("a tool response lacks the id of the call it answers");
        }
        return new ChatMessage.ToolReply(reply.id(), reply.responseData() == null ? "" : reply.responseData());
    }

    private static String text(Message message) {
        String text = message.getText();
        return text == null ? "" : text;
    }

    static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    // ---- chat, inwards

    /** Returns a whole answer. */
    static ChatResponse response(ChatResult result) {
        List<Generation> generations = result.choices().stream()
                .map(choice -> new Generation(
                        message(choice.message(), choice.message().text()), finish(choice)))
                .toList();
        return new ChatResponse(generations, metadata(result));
    }

    /** Returns a chunk of text. */
    static ChatResponse textChunk(String text) {
        return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
    }

    /** Returns a chunk of thoughts: in the properties of the message, where they do not mix with its text. */
    static ChatResponse reasoningChunk(String text) {
        return new ChatResponse(List.of(new Generation(AssistantMessage.builder()
                .content("")
                .properties(Map.of(REASONING, text))
                .build())));
    }

    /** Returns the last chunk: no text again, but the tool calls as a whole, finish reason, usage and origin. */
    static ChatResponse lastChunk(ChatResult result) {
        ChatResult.Choice choice = result.choices().get(0);
        return new ChatResponse(
                List.of(new Generation(message(choice.message(), ""), finish(choice))), metadata(result));
    }

    private static AssistantMessage message(ChatMessage.Assistant said, String text) {
        Map<String, Object> properties = new LinkedHashMap<>();
        if (said.reasoning() != null) {
            properties.put(REASONING, said.reasoning());
        }
        if (said.refusal() != null) {
            properties.put(REFUSAL, said.refusal());
        }
        return AssistantMessage.builder()
                .content(text)
                .properties(properties)
                .toolCalls(said.toolCalls().stream()
                        .map(call -> new AssistantMessage.ToolCall(call.id(), FUNCTION, call.name(), call.arguments()))
                        .toList())
                .build();
    }

    private static ChatGenerationMetadata finish(ChatResult.Choice choice) {
        return ChatGenerationMetadata.builder()
                .finishReason(choice.finishReason().wireName())
                .build();
    }

    private static ChatResponseMetadata metadata(ChatResult result) {
        return ChatResponseMetadata.builder()
                .id(result.id())
                .model(result.model() == null ? "" : result.model())
                .usage(usage(result.usage()))
                .metadata(IicpMetadata.entries(result.provenance()))
                .build();
    }

    /** Spring AI has no word for unknown: a missing count becomes 0, and what the engine said stays as native usage. */
    static org.springframework.ai.chat.metadata.Usage usage(Usage usage) {
        return usage.isKnown()
                ? new DefaultUsage(usage.promptTokens(), usage.completionTokens(), usage.totalTokens(), usage)
                : new EmptyUsage();
    }

    // ---- embeddings

    static network.iicp.protocol.embedding.EmbeddingRequest embeddingRequest(
            List<String> texts, IicpEmbeddingOptions options) {
        return new network.iicp.protocol.embedding.EmbeddingRequest(
                texts, blankToNull(options.getModel()), options.getDimensions(), null, Map.of());
    }

    static EmbeddingResponse response(EmbeddingResult result) {
        List<Embedding> embeddings = new ArrayList<>();
        for (float[] vector : result.vectors()) {
            embeddings.add(new Embedding(vector, embeddings.size()));
        }
        return new EmbeddingResponse(
                embeddings,
                new EmbeddingResponseMetadata(
                        result.model() == null ? "" : result.model(),
                        usage(result.usage()),
                        IicpMetadata.entries(result.provenance())));
    }
}
