package network.iicp.samples.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options of a run: {@code --name value}. Immutable. */
public final class Arguments {

    private final Map<String, String> values;

    private Arguments(Map<String, String> values) {
        this.values = values;
    }

    /**
     * An option of a run.
     *
     * @param name its name, without the dashes
     * @param meaning what it is for, with unit
     * @param standard its value when it is not given; empty when there is none
     */
    public record Option(String name, String meaning, String standard) {}

    /**
     * Reads options.
     *
     * @param words {@code --name value} in any order
     * @param known the options there are
     * @throws IllegalArgumentException if a word is no known option or has no value
     */
    public static Arguments parse(List<String> words, List<Option> known) {
        Map<String, String> values = new LinkedHashMap<>();
        known.forEach(option -> values.put(option.name(), option.standard()));
        for (int i = 0; i < words.size(); i += 2) {
            String word = words.get(i);
            String name = word.startsWith("--") ? word.substring(2) : "";
            if (!values.containsKey(name)) {
                throw new IllegalArgumentException("%s is no option of this run; known: %s"
                        .formatted(
                                word,
                                known.stream()
                                        .map(option -> "--" + option.name())
                                        .toList()));
            }
            if (i + 1 == words.size()) {
                throw new IllegalArgumentException(word + " needs a value");
            }
            values.put(name, words.get(i + 1));
        }
        return new Arguments(values);
    }

    /** Returns a text; empty when it was not given and has no default. */
    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the run did not declare the option " + name);
        }
        return value;
    }

    /** Returns a text that may be missing. */
    public Optional<String> optional(String name) {
        String value = text(name);
        return value.isBlank() ? Optional.empty() : Optional.of(value);
    }

    /**
     * Returns a whole number of at least {@code least}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public int number(String name, int least) {
        String value = text(name);
        try {
            int number = Integer.parseInt(value);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--%s is %s; it must be a number".formatted(name, value), e);
        }
        throw new IllegalArgumentException("--%s is %s; it must be at least %d".formatted(name, value, least));
    }

    /**
     * Returns a list of whole numbers, separated by commas.
     *
     * @throws IllegalArgumentException if one is not a positive number
     */
    public List<Integer> numbers(String name) {
        return List.of(text(name).split(",")).stream()
                .map(part -> parse(List.of("--" + name, part.strip()), List.of(new Option(name, "", "1")))
                        .number(name, 1))
                .toList();
    }
}
