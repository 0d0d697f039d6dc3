package network.iicp.protocol.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads results of intents whose answers the registry leaves open: the usual names are looked for, in order. */
final class LooseAnswer {

    private LooseAnswer() {}

    /** Finds a text: the result itself, a member with one of the names, or the answer of a chat or completion. */
    static Optional<String> text(Object result, String... names) {
        if (result instanceof String text) {
            return Optional.of(text);
        }
        Map<String, Object> json = ChatCodec.asMap(result);
        for (String name : names) {
            if (json.get(name) instanceof String text) {
                return Optional.of(text);
            }
        }
        for (Object element : ChatCodec.asList(json.get("choices"))) {
            Map<String, Object> choice = ChatCodec.asMap(element);
            if (choice.get("text") instanceof String text) {
                return Optional.of(text);
            }
            if (ChatCodec.asMap(choice.get("message")).get("content") instanceof String text) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /** Finds a list: the result itself, or a member with one of the names; empty when there is none. */
    static List<?> list(Object result, String... names) {
        if (result instanceof List<?> list) {
            return list;
        }
        Map<String, Object> json = ChatCodec.asMap(result);
        for (String name : names) {
            if (json.get(name) instanceof List<?> list) {
                return list;
            }
        }
        return List.of();
    }

    /** Finds a finite number under one of the names, else {@code null}. */
    static @Nullable Double number(Map<String, Object> json, String... names) {
        for (String name : names) {
            if (json.get(name) instanceof Number number && Double.isFinite(number.doubleValue())) {
                return number.doubleValue();
            }
        }
        return null;
    }
}
