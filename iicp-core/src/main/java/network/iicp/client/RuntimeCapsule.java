package network.iicp.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.protocol.registration.Software;
import org.jspecify.annotations.Nullable;

/**
 * The system message that tells a model how a chat reached it, see {@link RuntimeIdentity}. A fact that is unknown, too long or not plain
 * text is left out: the message never guesses and is never the reason why a task is not sent. Source: the profile
 * {@code urn:iicp:profile:runtime-identity-context:v0}.
 */
final class RuntimeCapsule {

    /** The profile, under which a capability's extensions may say {@code instruction_channel: unsupported}. */
    static final String PROFILE = "urn:iicp:profile:runtime-identity-context:v0";

    /** What a system message with such a context contains. */
    static final String MARKER = "IICP-RUNTIME-CONTEXT/1";

    static final int MAX_BYTES = 2_048;
    static final int MAX_FACT_BYTES = 160;
    static final int MAX_CAPABILITIES = 32;

    private static final String BASE =
            "This conversation was brought to you by IICP, the Intent-based Inter-agent Communication Protocol, which finds"
                    + " services and passes requests on. You are the model or service that was chosen; you are not IICP. If you"
                    + " are asked how this request reached you, say what is listed here and leave open what is not.";

    private RuntimeCapsule() {}

    /** Returns whether a node says that the model behind an intent takes no system messages. */
    static boolean isUnsupported(NodeDescriptor node, Intent intent) {
        return capabilities(node, intent)
                .anyMatch(capability -> capability.extensions().get(PROFILE) instanceof Map<?, ?> says
                        && "unsupported".equals(says.get("instruction_channel")));
    }

    /**
     * Returns the task as a node gets it.
     *
     * @param mode whether the message is wanted
     * @param task the task of the application; stays as it is
     * @param node who gets it
     * @param reason why that node was chosen, in the words of the attempt log
     * @return a task with one message more, or the same one where none is to be added
     */
    static Task compose(@Nullable RuntimeIdentity mode, Task task, NodeDescriptor node, String reason) {
        boolean wanted = mode != null
                && mode != RuntimeIdentity.DISABLED
                && task.intent().equals(Intent.LLM_CHAT);
        if (!wanted
                || !(task.payload().get("messages") instanceof List<?> messages)
                || isUnsupported(node, task.intent())
                || messages.stream().anyMatch(RuntimeCapsule::hasMarker)) {
            return task;
        }
        List<Object> longer = new ArrayList<>(messages);
        int leading = 0;
        while (leading < longer.size() && isInstruction(longer.get(leading))) {
            leading++;
        }
        longer.add(leading, Map.of("role", "system", "content", text(task, node, reason)));
        Map<String, Object> payload = new LinkedHashMap<>(task.payload());
        payload.put("messages", longer);
        return new Task(task.id(), task.intent(), payload, task.constraints());
    }

    private static boolean isInstruction(@Nullable Object message) {
        return message instanceof Map<?, ?> json
                && ("system".equals(json.get("role")) || "developer".equals(json.get("role")));
    }

    private static boolean hasMarker(@Nullable Object message) {
        return isInstruction(message) && message instanceof Map<?, ?> json && mentionsMarker(json.get("content"));
    }

    private static boolean mentionsMarker(@Nullable Object content) {
        if (content instanceof List<?> parts) {
            return parts.stream().anyMatch(part -> part instanceof Map<?, ?> json && mentionsMarker(json.get("text")));
        }
        return content instanceof String text && text.contains(MARKER);
    }

    private static String text(Task task, NodeDescriptor node, String reason) {
        Software self = Software.iicpJava();
        Optional<String> model = model(task, node);
        List<String> lines = new ArrayList<>(List.of("[" + MARKER + "]", BASE, "Runtime facts:"));
        add(lines, "intent", Optional.of(task.intent().urn()));
        add(lines, "client", Optional.of(self.name() + " " + self.version()));
        add(lines, "connection", Optional.of("routed over IICP to a provider that fits the request."));
        add(lines, "selected model", model);
        int place = lines.size();
        add(lines, "selection", Optional.of(selection(task, reason)));
        List<String> abilities = abilities(task, node, model.orElse(null));
        if (!abilities.isEmpty()) {
            lines.add(place, "- effective capabilities: " + String.join(", ", abilities));
            if (bytes(String.join("\n", lines)) > MAX_BYTES) {
                lines.remove(place);
            }
        }
        return String.join("\n", lines);
    }

    private static void add(List<String> lines, String name, Optional<String> fact) {
        fact.filter(RuntimeCapsule::isPlain).ifPresent(value -> lines.add("- %s: %s".formatted(name, value)));
    }

    private static boolean isPlain(String fact) {
        return !fact.isBlank() && bytes(fact) <= MAX_FACT_BYTES && fact.chars().noneMatch(Character::isISOControl);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The model asked for, else the only one the node offers for the intent. */
    private static Optional<String> model(Task task, NodeDescriptor node) {
        if (task.constraints().model() != null) {
            return Optional.of(task.constraints().model());
        }
        List<String> offered = capabilities(node, task.intent())
                .flatMap(capability -> capability.models().stream())
                .distinct()
                .toList();
        return offered.size() == 1 ? Optional.of(offered.get(0)) : Optional.empty();
    }

    /** What the node says of the model beyond plain text, in the words of effective capabilities; nothing where it is not plain which model it is. */
    private static List<String> abilities(Task task, NodeDescriptor node, @Nullable String model) {
        List<Capability> fitting = capabilities(node, task.intent())
                .filter(capability -> model != null && capability.models().contains(model))
                .toList();
        if (fitting.size() != 1) {
            return List.of();
        }
        Capability capability = fitting.get(0);
        return Stream.concat(
                        capability.inputModalities().stream()
                                .filter(modality -> modality != Modality.TEXT)
                                .map(modality -> "input_modality:" + modality.wireName()),
                        capability.features().stream().map(feature -> "feature:" + feature))
                .filter(RuntimeCapsule::isPlain)
                .sorted()
                .limit(MAX_CAPABILITIES)
                .toList();
    }

    private static Stream<Capability> capabilities(NodeDescriptor node, Intent intent) {
        return node.capabilities().stream()
                .filter(capability -> capability.intent().equals(intent));
    }

    /** A few fixed sentences, so that nothing of other candidates or of scores gets out. */
    private static String selection(Task task, String reason) {
        return switch (reason) {
            case "failover", "last_resort", Attempt.CONTINUATION ->
                "This service was chosen after another one could not answer.";
            case "exploration" -> "This service was chosen on purpose to learn about it.";
            default ->
                task.constraints().model() == null
                        ? "This service matched the requested intent and constraints."
                        : "This service matched the requested model and constraints.";
        };
    }
}
