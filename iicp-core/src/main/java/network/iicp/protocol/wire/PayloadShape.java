package network.iicp.protocol.wire;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/** What a JSON value must look like. A value that fits gives nothing, another one a sentence that begins with its place. */
@FunctionalInterface
interface PayloadShape {

    /** Fits everything, {@code null} too. */
    PayloadShape ANYTHING = (value, place) -> Optional.empty();

    /** Fits texts. */
    PayloadShape TEXT = (value, place) -> unless(value instanceof String, place, "must be text");

    /** Fits texts that are not empty. */
    PayloadShape SOME_TEXT =
            (value, place) -> unless(value instanceof String text && !text.isEmpty(), place, "must be text, not empty");

    /** Fits yes and no. */
    PayloadShape FLAG = (value, place) -> unless(value instanceof Boolean, place, "must be true or false");

    /** Fits JSON objects of any kind. */
    PayloadShape OBJECT = (value, place) -> unless(value instanceof Map<?, ?>, place, "must be an object");

    /** Says what is wrong with a value; empty when it fits. The problem never quotes more than a short word of it. */
    Optional<String> problem(@Nullable Object value, String place);

    private static Optional<String> unless(boolean fits, String place, String demand) {
        return fits ? Optional.empty() : Optional.of(place + " " + demand);
    }

    /** Fits texts that match an expression; {@code kind} names them in the message. */
    static PayloadShape text(Pattern pattern, String kind) {
        return (value, place) ->
                unless(value instanceof String text && pattern.matcher(text).matches(), place, "must be " + kind);
    }

    /** Fits these words. */
    static PayloadShape oneOf(String... words) {
        List<String> all = List.of(words);
        return (value, place) -> {
            if (value instanceof String word && !all.contains(word)) {
                return Optional.of("%s is %s; it must be one of %s".formatted(place, Quoted.of(word), all));
            }
            return unless(value instanceof String, place, "must be one of " + all);
        };
    }

    /** Fits numbers in a range, both ends included. */
    static PayloadShape number(double least, double most) {
        return (value, place) -> {
            double number = value instanceof Number given ? given.doubleValue() : Double.NaN;
            return unless(
                    number >= least && number <= most, place, "must be a number from %s to %s".formatted(least, most));
        };
    }

    /** Fits whole numbers from 1, however they are written. */
    static PayloadShape positive() {
        return (value, place) -> unless(isPositive(value), place, "must be a whole number from 1");
    }

    private static boolean isPositive(@Nullable Object value) {
        if (!(value instanceof Number number)) {
            return false;
        }
        try {
            BigDecimal exact = new BigDecimal(number.toString());
            return exact.signum() > 0 && exact.stripTrailingZeros().scale() <= 0;
        } catch (NumberFormatException e) {
            return false; // not a number at all, such as Double.NaN
        }
    }

    /** Fits arrays whose elements all fit. */
    static PayloadShape array(int least, PayloadShape element) {
        return (value, place) -> {
            if (!(value instanceof List<?> elements)) {
                return Optional.of(place + " must be an array");
            }
            if (elements.size() < least) {
                return Optional.of("%s must have at least %d element".formatted(place, least));
            }
            for (int i = 0; i < elements.size(); i++) {
                Optional<String> problem = element.problem(elements.get(i), place + "[" + i + "]");
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        };
    }

    /** Fits one text, or an array of at least one. */
    static PayloadShape textOrTexts() {
        PayloadShape texts = array(1, TEXT);
        return (value, place) -> {
            if (value instanceof List<?>) {
                return texts.problem(value, place);
            }
            return unless(value instanceof String, place, "must be text or an array of texts");
        };
    }

    /**
     * Fits objects.
     *
     * @param members what members look like that are there
     * @param required members that must be there
     * @param closed whether other members are refused
     */
    record Members(Map<String, PayloadShape> members, List<String> required, boolean closed) implements PayloadShape {

        @Override
        public Optional<String> problem(@Nullable Object value, String place) {
            if (!(value instanceof Map<?, ?> object)) {
                return Optional.of(place + " must be an object");
            }
            for (String name : required) {
                if (!object.containsKey(name)) {
                    return Optional.of("%s.%s is missing".formatted(place, name));
                }
            }
            for (Map.Entry<?, ?> entry : object.entrySet()) {
                String name = String.valueOf(entry.getKey());
                PayloadShape shape = members.get(name);
                if (shape == null && closed) {
                    return Optional.of(
                            "%s has a member %s that the intent does not know".formatted(place, Quoted.of(name)));
                }
                Optional<String> problem =
                        shape == null ? Optional.empty() : shape.problem(entry.getValue(), place + "." + name);
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        }
    }
}
