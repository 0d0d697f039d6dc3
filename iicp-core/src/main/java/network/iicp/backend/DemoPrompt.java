package network.iicp.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;

/**
 * What the demo engine was asked, in the form its rules look at. Immutable.
 *
 * @param model the model that answers
 * @param messages the conversation; a completion is one user message
 * @param toolNames names of the tools on offer, none if calling them is ruled out
 * @param mustCallTool whether the request demands the call of a tool
 * @param wantsJson whether the answer has to be JSON
 */
public record DemoPrompt(
        String model, List<Message> messages, List<String> toolNames, boolean mustCallTool, boolean wantsJson) {

    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");

    /**
     * One turn of the conversation.
     *
     * @param role {@code system}, {@code developer}, {@code user}, {@code assistant}, {@code tool} or {@code function}
     * @param text its text; the text parts one after the other if it has several
     * @param images how many pictures it holds
     * @param sounds how many sounds it holds
     * @param tool name of the tool that answers, empty if this is no tool's answer or the tool is not known
     */
    public record Message(String role, String text, int images, int sounds, String tool) {

        /** Returns whether a tool answers here. */
        public boolean isToolReply() {
            return role.equals("tool") || role.equals("function");
        }

        boolean isInstruction() {
            return role.equals("system") || role.equals("developer");
        }
    }

    /** Copies the lists. */
    public DemoPrompt {
        messages = List.copyOf(messages);
        toolNames = List.copyOf(toolNames);
    }

    /**
     * Reads the messages of a chat.
     *
     * @throws JsonException if they are missing or malformed
     */
    static DemoPrompt ofChat(String model, JsonObject payload, DemoTools tools, boolean wantsJson) {
        List<JsonObject> turns = payload.objects("messages");
        if (turns.isEmpty()) {
            throw payload.fault("messages", Reason.MISSING, "a chat needs at least one message");
        }
        Map<String, String> calledTools = calledTools(turns);
        List<Message> messages =
                turns.stream().map(turn -> message(turn, calledTools)).toList();
        return new DemoPrompt(model, messages, tools.names(), tools.mode() == DemoTools.Mode.REQUIRED, wantsJson);
    }

    static DemoPrompt ofText(String model, String text) {
        return new DemoPrompt(model, List.of(new Message("user", text, 0, 0, "")), List.of(), false, false);
    }

    /** Returns the tools that the conversation called so far, by the id of the call. */
    private static Map<String, String> calledTools(List<JsonObject> turns) {
        return turns.stream()
                .flatMap(turn -> turn.objects("tool_calls").stream())
                .filter(call -> call.optionalObject("function").isPresent())
                .collect(Collectors.toMap(
                        call -> call.string("id", ""),
                        call -> call.object("function").string("name", ""),
                        (earlier, later) -> later));
    }

    private static Message message(JsonObject turn, Map<String, String> calledTools) {
        String role = turn.string("role");
        if (!ROLES.contains(role)) {
            throw turn.fault("role", Reason.OUT_OF_RANGE, "%s is no role".formatted(Quoted.of(role)));
        }
        String tool = turn.optionalString("tool_call_id")
                .map(id -> calledTools.getOrDefault(id, ""))
                .filter(name -> !name.isEmpty())
                .orElse(turn.string("name", ""));
        String toolName = role.equals("tool") || role.equals("function") ? tool : "";
        if (!(turn.raw("content") instanceof List<?>)) {
            return new Message(role, turn.string("content", ""), 0, 0, toolName);
        }
        List<JsonObject> parts = turn.objects("content");
        StringBuilder text = new StringBuilder();
        for (JsonObject part : parts) {
            text.append(part.string("type").equals("text") ? part.string("text") : "");
        }
        return new Message(role, text.toString(), count(parts, "image_url"), count(parts, "input_audio"), toolName);
    }

    private static int count(List<JsonObject> parts, String type) {
        return (int)
                parts.stream().filter(part -> part.string("type").equals(type)).count();
    }

    /** Returns the text of the last user message, empty if there is none. */
    public String userText() {
        return lastUserMessage().map(Message::text).orElse("");
    }

    /** Returns the last user message. */
    public Optional<Message> lastUserMessage() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals("user")) {
                return Optional.of(messages.get(i));
            }
        }
        return Optional.empty();
    }

    /** Returns the text of all messages, one after the other on lines of their own. */
    public String transcript() {
        return messages.stream().map(Message::text).collect(Collectors.joining("\n"));
    }

    /** Returns the tools' answers that end the conversation, in order; none if something else ends it. */
    public List<Message> toolReplies() {
        List<Message> replies = new ArrayList<>();
        for (int i = messages.size() - 1; i >= 0 && messages.get(i).isToolReply(); i--) {
            replies.add(0, messages.get(i));
        }
        return replies;
    }

    /** Returns how many pictures the conversation holds. */
    public int images() {
        return messages.stream().mapToInt(Message::images).sum();
    }

    /** Returns how many sounds the conversation holds. */
    public int sounds() {
        return messages.stream().mapToInt(Message::sounds).sum();
    }

    /** Counts the messages; never shows them. */
    @Override
    public String toString() {
        return "DemoPrompt[%s, %d messages]".formatted(model, messages.size());
    }
}
