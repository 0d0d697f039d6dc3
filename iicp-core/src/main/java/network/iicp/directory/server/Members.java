package network.iicp.directory.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of a JSON object a stranger sent. What is wrong is added to the {@link Complaints} under its dotted
 * path, and reads as absent; {@code null} reads as absent too. Values are named in complaints, shortened, except where
 * {@link #secret} reads them.
 */
final class Members {

    private final Map<?, ?> json;
    private final String path;
    private final Complaints complaints;

    Members(Map<?, ?> json, String path, Complaints complaints) {
        this.json = json;
        this.path = path;
        this.complaints = complaints;
    }

    boolean has(String name) {
        return json.containsKey(name);
    }

    @Nullable
    Object raw(String name) {
        return json.get(name);
    }

    void complain(String name, String complaint) {
        complaints.add(path + name, complaint);
    }

    void require(String name) {
        if (json.get(name) == null) {
            complain(name, "is missing");
        }
    }

    @Nullable
    String text(String name, int longest) {
        Object value = json.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text)) {
            complain(name, "must be a string");
            return null;
        }
        if (text.isEmpty() || text.length() > longest) {
            complain(name, "must have 1 to %d characters, has %d".formatted(longest, text.length()));
            return null;
        }
        return text;
    }

    @Nullable
    String text(String name, int longest, Predicate<String> form, String complaint) {
        String text = text(name, longest);
        if (text != null && !form.test(text)) {
            complain(name, "is %s; it %s".formatted(Quoted.of(text), complaint));
            return null;
        }
        return text;
    }

    /** Reads a text whose value must not be shown. */
    @Nullable
    String secret(String name, int longest) {
        String text = text(name, longest);
        if (text != null && !text.chars().allMatch(c -> c > ' ' && c < 127)) {
            complain(name, "must be printable ASCII without spaces");
            return null;
        }
        return text;
    }

    @Nullable
    String word(String name, Set<String> allowed) {
        return text(name, 64, allowed::contains, "must be one of " + String.join(", ", allowed));
    }

    @Nullable
    Boolean flag(String name) {
        Object value = json.get(name);
        if (value == null || value instanceof Boolean) {
            return (Boolean) value;
        }
        complain(name, "must be true or false");
        return null;
    }

    @Nullable
    Double number(String name, double least, double most) {
        Object value = json.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Number number)) {
            complain(name, "must be a number");
            return null;
        }
        double amount = number.doubleValue();
        if (!(amount >= least && amount <= most)) {
            complain(name, "is %s; it must be between %s and %s".formatted(shown(value), plain(least), plain(most)));
            return null;
        }
        return amount;
    }

    @Nullable
    Integer whole(String name, int least, int most) {
        Double amount = number(name, least, most);
        if (amount == null) {
            return null;
        }
        if (amount != Math.rint(amount)) {
            complain(name, "is %s; it must be a whole number".formatted(shown(json.get(name))));
            return null;
        }
        return amount.intValue();
    }

    private static String shown(@Nullable Object value) {
        String quoted = Quoted.of(String.valueOf(value));
        return quoted.substring(1, quoted.lastIndexOf('"'));
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    @Nullable
    Members object(String name) {
        Object value = json.get(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Map<?, ?> map)) {
            complain(name, "must be an object");
            return null;
        }
        return new Members(map, path + name + ".", complaints);
    }

    List<?> list(String name, int most) {
        Object value = json.get(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            complain(name, "must be an array");
            return List.of();
        }
        if (list.size() > most) {
            complain(name, "has %d elements; at most %d are allowed".formatted(list.size(), most));
            return List.of();
        }
        return list;
    }

    /** Reads a list of distinct strings. */
    List<String> texts(String name, int most, int longest) {
        return texts(name, most, longest, text -> true, "");
    }

    List<String> texts(String name, int most, int longest, Predicate<String> form, String complaint) {
        List<String> texts = new ArrayList<>();
        int at = 0;
        for (Object element : list(name, most)) {
            String where = name + "." + at++;
            if (!(element instanceof String text) || text.isEmpty() || text.length() > longest) {
                complain(where, "must be a string of 1 to %d characters".formatted(longest));
            } else if (!form.test(text)) {
                complain(where, "is %s; it %s".formatted(Quoted.of(text), complaint));
            } else if (texts.contains(text)) {
                complain(where, "repeats %s".formatted(Quoted.of(text)));
            } else {
                texts.add(text);
            }
        }
        return texts;
    }

    /** Reads a list of objects. */
    List<Members> objects(String name, int most) {
        List<Members> objects = new ArrayList<>();
        int at = 0;
        for (Object element : list(name, most)) {
            String where = name + "." + at++;
            if (element instanceof Map<?, ?> map) {
                objects.add(new Members(map, path + where + ".", complaints));
            } else {
                complain(where, "must be an object");
            }
        }
        return objects;
    }

    Set<?> names() {
        return json.keySet();
    }

    Map<?, ?> json() {
        return json;
    }
}
