package network.iicp.directory.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Quoted;

/** Reads single query parameters. */
final class Parameters {

    private Parameters() {}

    /**
     * Reads a whole number.
     *
     * @throws DirectoryRefusal if it is none, or out of range
     */
    static int whole(Map<String, List<String>> query, String name, int least, int most, int otherwise) {
        Optional<String> text = text(query, name, 32);
        if (text.isEmpty()) {
            return otherwise;
        }
        int value = text.get().matches("[0-9]{1,9}") ? Integer.parseInt(text.get()) : -1;
        if (value < least || value > most) {
            throw DirectoryRefusal.invalid(
                    name,
                    "is %s; it must be a whole number from %d to %d".formatted(Quoted.of(text.get()), least, most));
        }
        return value;
    }

    /**
     * Reads a text; empty counts as absent.
     *
     * @throws DirectoryRefusal if it is too long
     */
    static Optional<String> text(Map<String, List<String>> query, String name, int longest) {
        List<String> values = query.getOrDefault(name, List.of());
        String text = values.isEmpty() ? "" : values.get(0);
        if (text.length() > longest) {
            throw DirectoryRefusal.invalid(
                    name, "has %d characters; at most %d are allowed".formatted(text.length(), longest));
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /**
     * Reads a flag.
     *
     * @throws DirectoryRefusal if it is none of 1, 0, true and false
     */
    static boolean flag(Map<String, List<String>> query, String name) {
        String text = text(query, name, 32).orElse("0");
        return switch (text) {
            case "1", "true" -> true;
            case "0", "false" -> false;
            default ->
                throw DirectoryRefusal.invalid(
                        name, "is %s; it must be 1, 0, true or false".formatted(Quoted.of(text)));
        };
    }
}
