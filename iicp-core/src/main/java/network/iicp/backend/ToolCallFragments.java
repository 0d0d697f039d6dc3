package network.iicp.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import org.jspecify.annotations.Nullable;

/**
 * Puts the tool call fragments of one choice into the form OpenAI sends: calls counted from 0, id and name with the first
 * fragment only, arguments as text. Engines differ: some repeat or leave blank what is known, some leave the index out or
 * give every call the same one, some name no id, some send the arguments as an object. Not thread-safe.
 */
final class ToolCallFragments {

    /** Most calls of one answer. */
    static final int MOST_CALLS = 128;

    private final String idPrefix;
    private final List<Call> calls = new ArrayList<>();
    private final Map<Integer, Integer> byEngineIndex = new HashMap<>();

    private static final class Call {
        private final String id;
        private final boolean idGiven;
        private boolean named;

        Call(String id, boolean idGiven) {
            this.id = id;
            this.idGiven = idGiven;
        }
    }

    /**
     * Starts an answer.
     *
     * @param idPrefix beginning of the ids that are made up for calls without one
     */
    ToolCallFragments(String idPrefix) {
        this.idPrefix = idPrefix;
    }

    /** Returns whether there was any call. */
    boolean isPresent() {
        return !calls.isEmpty();
    }

    /**
     * Returns the fragments to forward; those that say nothing new are left out.
     *
     * @throws network.iicp.protocol.BackendException if there are too many calls
     */
    List<Object> normalized(List<?> fragments) {
        List<Object> normalized = new ArrayList<>();
        for (Object fragment : fragments) {
            if (fragment instanceof Map<?, ?> json) {
                Map<String, Object> plain = fragment(json);
                if (!plain.isEmpty()) {
                    normalized.add(plain);
                }
            }
        }
        return normalized;
    }

    private Map<String, Object> fragment(Map<?, ?> json) {
        Map<?, ?> function = json.get("function") instanceof Map<?, ?> map ? map : Map.of();
        String id = text(json.get("id"));
        String name = text(function.get("name"));
        String arguments = arguments(function.get("arguments"));
        int before = calls.size();
        int index = index(json.get("index"), id, name);
        Call call = calls.get(index);
        boolean first = calls.size() > before;
        boolean tellName = name != null && !call.named;
        if (!first && !tellName && arguments.isEmpty()) {
            return Map.of();
        }
        Map<String, Object> plainFunction = new LinkedHashMap<>();
        if (tellName) {
            plainFunction.put("name", name);
            call.named = true;
        }
        plainFunction.put("arguments", arguments);
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("index", index);
        if (first) {
            plain.put("id", call.id);
            plain.put("type", "function");
        }
        plain.put("function", plainFunction);
        return plain;
    }

    /** Finds the call a fragment belongs to, a new one if it is none of the known ones. */
    private int index(@Nullable Object engineIndex, @Nullable String id, @Nullable String name) {
        if (engineIndex instanceof Number number && number.intValue() >= 0) {
            Integer known = byEngineIndex.get(number.intValue());
            if (known == null || isAnother(calls.get(known), id, name)) {
                known = begin(id);
                byEngineIndex.put(number.intValue(), known);
            }
            return known;
        }
        for (int i = 0; id != null && i < calls.size(); i++) {
            if (calls.get(i).id.equals(id)) {
                return i;
            }
        }
        return id != null || name != null || calls.isEmpty() ? begin(id) : calls.size() - 1;
    }

    /** Several whole calls under one index: another id, and a name again. */
    private static boolean isAnother(Call known, @Nullable String id, @Nullable String name) {
        return id != null && name != null && known.idGiven && !known.id.equals(id);
    }

    private int begin(@Nullable String id) {
        if (calls.size() == MOST_CALLS) {
            throw BackendFaults.failed("the engine asks for more than %d tool calls".formatted(MOST_CALLS), null);
        }
        calls.add(new Call(id == null ? idPrefix + calls.size() : id, id != null));
        return calls.size() - 1;
    }

    /** Puts the calls of a whole message into form: every one has an id, and arguments as text. */
    static List<Object> whole(List<?> calls, String idPrefix) {
        List<Object> whole = new ArrayList<>();
        for (Object element : calls) {
            if (element instanceof Map<?, ?> call && call.get("function") instanceof Map<?, ?> function) {
                Map<String, Object> plainFunction = copy(function);
                plainFunction.put("arguments", arguments(function.get("arguments")));
                Map<String, Object> plain = copy(call);
                plain.put("id", text(call.get("id")) == null ? idPrefix + whole.size() : call.get("id"));
                plain.putIfAbsent("type", "function");
                plain.put("function", plainFunction);
                whole.add(plain);
            }
        }
        return whole;
    }

    private static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((name, value) -> copy.put(String.valueOf(name), value));
        return copy;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value instanceof String text && !text.isBlank() ? text : null;
    }

    private static String arguments(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        return value instanceof Map<?, ?> ? Json.text(value) : "";
    }
}
