package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ToolCall;
import org.jspecify.annotations.Nullable;

/**
 * Turns one LangChain4j conversation into one of the mesh. Tool calls of models that give no ids get ids here, and their results
 * find them by the tool's name, in order. One use, not thread-safe.
 */
final class Messages {

    /** A call that waits for its result. */
    private record Unanswered(String id, @Nullable String tool) {}

    private final List<network.iicp.protocol.chat.ChatMessage> turns = new ArrayList<>();
    private final Deque<Unanswered> nameless = new ArrayDeque<>();

    private Messages() {}

    /**
     * Returns the conversation.
     *
     * @throws UnsupportedFeatureException if it holds something that IICP chats cannot carry
     */
    static List<network.iicp.protocol.chat.ChatMessage> of(List<ChatMessage> conversation) {
        Messages messages = new Messages();
        conversation.forEach(messages::add);
        return messages.turns;
    }

    private void add(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            turns.add(new network.iicp.protocol.chat.ChatMessage.System(system.text()));
        } else if (message instanceof UserMessage user) {
            List<ContentPart> parts =
                    user.contents().stream().map(Contents::part).toList();
            turns.add(new network.iicp.protocol.chat.ChatMessage.User(parts, user.name()));
        } else if (message instanceof AiMessage assistant) {
            turns.add(assistant(assistant));
        } else if (message instanceof ToolExecutionResultMessage result) {
            turns.add(new network.iicp.protocol.chat.ChatMessage.ToolReply(idOf(result), text(result)));
        } else {
            throw new UnsupportedFeatureException("messages of type %s are not supported by this model provider"
                    .formatted(String.valueOf(message.type()).toLowerCase(Locale.ROOT)));
        }
    }

    private network.iicp.protocol.chat.ChatMessage.Assistant assistant(AiMessage message) {
        if (!message.images().isEmpty()) {
            throw new UnsupportedFeatureException(
                    "images in assistant messages are not supported by this model provider");
        }
        List<ToolCall> calls = new ArrayList<>();
        for (ToolExecutionRequest request : message.toolExecutionRequests()) {
            String arguments = request.arguments() == null ? "" : request.arguments();
            calls.add(new ToolCall(idOf(request, calls.size()), request.name(), arguments));
        }
        String text = message.text() == null ? "" : message.text();
        return new network.iicp.protocol.chat.ChatMessage.Assistant(text, message.thinking(), null, calls);
    }

    private String idOf(ToolExecutionRequest request, int position) {
        if (request.id() != null) {
            return request.id();
        }
        String id = "call_%d_%d".formatted(turns.size(), position);
        nameless.add(new Unanswered(id, request.name()));
        return id;
    }

    private String idOf(ToolExecutionResultMessage result) {
        if (result.id() != null) {
            return result.id();
        }
        for (Iterator<Unanswered> calls = nameless.iterator(); calls.hasNext(); ) {
            Unanswered call = calls.next();
            if (result.toolName() == null || result.toolName().equals(call.tool())) {
                calls.remove();
                return call.id();
            }
        }
        throw new IllegalArgumentException(
                "a tool result has no id, and no earlier call of the same tool waits for a result");
    }

    private static String text(ToolExecutionResultMessage result) {
        List<String> texts = new ArrayList<>();
        for (Content content : result.contents()) {
            if (!(content instanceof TextContent text)) {
                throw new UnsupportedFeatureException(
                        "non-text content in tool results (%s) is not supported by this model provider"
                                .formatted(Contents.kind(content)));
            }
            texts.add(text.text());
        }
        return String.join("\n", texts);
    }
}
