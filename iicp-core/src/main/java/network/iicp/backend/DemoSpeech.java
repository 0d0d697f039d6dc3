package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import network.iicp.json.Json;

/** What the demo engine says when no rule says it: that it is a demo, and what it understood of the request. */
final class DemoSpeech {

    private static final int LONGEST_ECHO = 400;
    private static final int LONGEST_TOOL_ECHO = 2_000;
    private static final int MOST_TOOL_NAMES = 8;

    private DemoSpeech() {}

    /** Returns the answer to a conversation. */
    static String answer(DemoPrompt prompt) {
        List<DemoPrompt.Message> replies = prompt.toolReplies();
        if (!replies.isEmpty()) {
            return replies.stream().map(DemoSpeech::told).collect(Collectors.joining("\n"));
        }
        StringBuilder answer = new StringBuilder("This is ")
                .append(prompt.model())
                .append(", the demo engine: no language model runs here, the answer follows fixed rules.");
        String text = prompt.userText();
        if (text.isBlank()) {
            answer.append(" Your message holds no text.");
        } else {
            answer.append(" You wrote: \"")
                    .append(shortened(text.strip(), LONGEST_ECHO))
                    .append("\" (")
                    .append(counted(words(text), "word"))
                    .append(").");
        }
        addMedia(answer, prompt);
        addConversation(answer, prompt);
        return answer.toString();
    }

    private static void addMedia(StringBuilder answer, DemoPrompt prompt) {
        int images = prompt.images();
        int sounds = prompt.sounds();
        if (images == 0 && sounds == 0) {
            return;
        }
        answer.append(" I received ");
        if (images > 0) {
            answer.append(counted(images, "image"));
        }
        if (sounds > 0) {
            answer.append(images > 0 ? " and " : "").append(counted(sounds, "sound"));
        }
        answer.append(", which a demo can count but not understand.");
    }

    private static void addConversation(StringBuilder answer, DemoPrompt prompt) {
        long instructions = prompt.messages().stream()
                .filter(DemoPrompt.Message::isInstruction)
                .count();
        if (instructions > 0) {
            answer.append(" I was given ")
                    .append(counted((int) instructions, "instruction"))
                    .append('.');
        }
        int turns = prompt.messages().size() - (int) instructions;
        if (turns > 1) {
            answer.append(" The conversation has ").append(turns).append(" messages so far.");
        }
        List<String> tools = prompt.toolNames();
        if (!tools.isEmpty()) {
            answer.append(" On offer: ")
                    .append(tools.stream().limit(MOST_TOOL_NAMES).collect(Collectors.joining(", ")))
                    .append(tools.size() > MOST_TOOL_NAMES ? " and more" : "")
                    .append("; mention one and I call it.");
        }
    }

    private static String told(DemoPrompt.Message reply) {
        String who = reply.tool().isEmpty() ? "The tool" : reply.tool();
        return who + " answered: " + shortened(reply.text().strip(), LONGEST_TOOL_ECHO);
    }

    /** Returns the continuation of a prompt. */
    static String continuation(DemoPrompt prompt) {
        String text = prompt.userText().strip();
        String last = text.substring(text.lastIndexOf('\n') + 1);
        return " ... and here %s, the demo engine, would continue %s (%s so far) if it were a language model."
                .formatted(
                        prompt.model(),
                        last.isEmpty() ? "an empty prompt" : '"' + shortened(last, LONGEST_ECHO) + '"',
                        counted(words(text), "word"));
    }

    /** Returns the answer as a JSON object without a given schema. */
    static String json(DemoPrompt prompt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("engine", prompt.model());
        json.put("question", shortened(prompt.userText().strip(), LONGEST_ECHO));
        json.put("answer", prompt.toolReplies().isEmpty() ? "a demo knows no answers" : answer(prompt));
        return Json.text(json);
    }

    private static int words(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? 0 : stripped.split("\\s+", -1).length;
    }

    private static String counted(int count, String thing) {
        return count + " " + thing + (count == 1 ? "" : "s");
    }

    private static String shortened(String text, int longest) {
        return text.codePointCount(0, text.length()) <= longest
                ? text
                : text.substring(0, text.offsetByCodePoints(0, longest)) + "...";
    }
}
