package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;

/**
 * One answer of the demo engine, cut into the tokens it is streamed in.
 *
 * @param pieces the tokens in order
 * @param finish {@code stop}, {@code length} or {@code tool_calls}
 */
record DemoAnswer(List<Piece> pieces, String finish) {

    /** A token. */
    sealed interface Piece {
        /** A token of the shown thoughts. */
        record Reasoning(String text) implements Piece {}

        /** A token of the answer. */
        record Text(String text) implements Piece {}

        /** The beginning of a tool call. */
        record Call(int index, String id, String name) implements Piece {}

        /** A token of a tool call's arguments. */
        record Arguments(int index, String text) implements Piece {}
    }

    /**
     * Cuts a reply.
     *
     * @param callsBefore how many tools the conversation has called already; keeps the ids of calls apart
     */
    static DemoAnswer of(DemoReply reply, DemoOptions options, int callsBefore) {
        List<Piece> pieces = new ArrayList<>();
        if (reply.reasoning() != null) {
            DemoTokens.of(reply.reasoning()).forEach(token -> pieces.add(new Piece.Reasoning(token)));
        }
        DemoTokens.of(options.stopped(reply.text())).forEach(token -> pieces.add(new Piece.Text(token)));
        for (int i = 0; i < reply.toolCalls().size(); i++) {
            DemoReply.Call call = reply.toolCalls().get(i);
            int index = i;
            pieces.add(new Piece.Call(index, "call_demo_" + (callsBefore + i + 1), call.name()));
            arguments(call).forEach(token -> pieces.add(new Piece.Arguments(index, token)));
        }
        if (pieces.size() > options.maxTokens()) {
            return new DemoAnswer(List.copyOf(pieces.subList(0, options.maxTokens())), "length");
        }
        return new DemoAnswer(List.copyOf(pieces), reply.toolCalls().isEmpty() ? "stop" : "tool_calls");
    }

    /** No arguments are one token, as with most engines. */
    private static List<String> arguments(DemoReply.Call call) {
        return call.arguments().isEmpty() ? List.of("{}") : DemoTokens.of(Json.text(call.arguments()));
    }

    /** Returns the {@code delta} of a chunk that carries the token. */
    static Map<String, Object> delta(Piece piece) {
        if (piece instanceof Piece.Reasoning reasoning) {
            return Map.of("reasoning_content", reasoning.text());
        }
        if (piece instanceof Piece.Call call) {
            return toolCallDelta(call.index(), call.id(), call.name());
        }
        if (piece instanceof Piece.Arguments arguments) {
            Map<String, Object> fragment = new LinkedHashMap<>();
            fragment.put("index", arguments.index());
            fragment.put("function", Map.of("arguments", arguments.text()));
            return Map.of("tool_calls", List.of(fragment));
        }
        return Map.of("content", ((Piece.Text) piece).text());
    }

    private static Map<String, Object> toolCallDelta(int index, String id, String name) {
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("index", index);
        call.put("id", id);
        call.put("type", "function");
        call.put("function", function(name, ""));
        return Map.of("tool_calls", List.of(call));
    }

    private static Map<String, Object> function(String name, String arguments) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", arguments);
        return function;
    }

    /** Returns the text alone. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            text.append(piece instanceof Piece.Text part ? part.text() : "");
        }
        return text.toString();
    }

    /** Returns the whole answer as the {@code message} of a choice. */
    Map<String, Object> message() {
        StringBuilder reasoning = new StringBuilder();
        List<Piece.Call> calls = new ArrayList<>();
        List<StringBuilder> arguments = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece instanceof Piece.Reasoning part) {
                reasoning.append(part.text());
            } else if (piece instanceof Piece.Call call) {
                calls.add(call);
                arguments.add(new StringBuilder());
            } else if (piece instanceof Piece.Arguments part) {
                arguments.get(part.index()).append(part.text());
            }
        }
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", calls.isEmpty() || !text().isEmpty() ? text() : null);
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            List<Object> whole = new ArrayList<>();
            for (Piece.Call call : calls) {
                Map<String, Object> json = new LinkedHashMap<>();
                json.put("id", call.id());
                json.put("type", "function");
                json.put(
                        "function",
                        function(call.name(), arguments.get(call.index()).toString()));
                whole.add(json);
            }
            message.put("tool_calls", whole);
        }
        return message;
    }
}
