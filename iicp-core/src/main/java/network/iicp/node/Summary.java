package network.iicp.node;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;

/** Says what a node serves, short enough for a log line. */
final class Summary {

    private static final String PREFIX = "urn:iicp:intent:";
    private static final int SHOWN_MODELS = 4;

    private Summary() {}

    /** Returns for example {@code llm:chat (llama3:8b, qwen2:7b), llm:embedding (nomic-embed-text)}. */
    static String of(Collection<Capability> capabilities) {
        Map<String, Set<String>> byIntent = new LinkedHashMap<>();
        for (Capability capability : capabilities) {
            byIntent.computeIfAbsent(shortName(capability.intent()), name -> new LinkedHashSet<>())
                    .addAll(capability.models());
        }
        List<String> parts = new ArrayList<>();
        byIntent.forEach((intent, models) -> parts.add(models.isEmpty() ? intent : intent + " " + shown(models)));
        return parts.isEmpty() ? "nothing yet" : String.join(", ", parts);
    }

    private static String shown(Set<String> models) {
        List<String> names = List.copyOf(models);
        String more = names.size() > SHOWN_MODELS ? " and %d more".formatted(names.size() - SHOWN_MODELS) : "";
        return "(%s%s)".formatted(String.join(", ", names.subList(0, Math.min(SHOWN_MODELS, names.size()))), more);
    }

    private static String shortName(Intent intent) {
        String name = intent.urn().substring(PREFIX.length());
        return name.endsWith(":v1") ? name.substring(0, name.length() - 3) : name;
    }

    /** Returns who may call, in words. */
    static String callers(Set<NodeAuthentication> modes) {
        if (modes.isEmpty()) {
            return "nobody yet";
        }
        if (modes.size() > 1) {
            return "anyone, for handlers of the application holders of a token";
        }
        return switch (modes.iterator().next()) {
            case AUTO, OPEN -> "anyone";
            case TOKEN -> "holders of a consumer token of the directory";
            case OPERATOR -> "the operator only";
        };
    }
}
