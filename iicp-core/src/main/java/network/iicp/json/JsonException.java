package network.iicp.json;

import java.util.Objects;

/**
 * A document that is not acceptable JSON, a value that does not have the expected shape, or a Java value that JSON
 * cannot express. The message says where and why; it may quote a member name, cut to 64 characters and freed of control
 * characters, and never any other text of the document.
 */
public final class JsonException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** Not JSON: syntax, encoding, a repeated member name, or something after the value. */
        MALFORMED,
        /** The document, a string, a member name or a number is longer than allowed. */
        TOO_LARGE,
        /** Arrays and objects are nested deeper than allowed. */
        TOO_DEEP,
        /** The document holds more values than allowed. */
        TOO_MANY_VALUES,
        /** The document is JSON, but not an object. */
        NOT_AN_OBJECT,
        /** A required member is absent or {@code null}. */
        MISSING,
        /** A member has another JSON type than expected. */
        WRONG_TYPE,
        /** A member has the right type, but its value lies outside the allowed range. */
        OUT_OF_RANGE,
        /** A Java value has no JSON form, or not the one asked for. */
        UNREPRESENTABLE
    }

    /** What is wrong. */
    private final Reason reason;

    /** Where, or empty. */
    private final String path;

    /** The message without the path. */
    private final String problem;

    /**
     * @param reason what is wrong
     * @param path where, such as {@code $.nodes[0].port}; empty when no place can be named
     * @param problem what is wrong there, for a person; must not repeat text of the document
     */
    public JsonException(Reason reason, String path, String problem) {
        super(path.isEmpty() ? problem : path + ": " + problem);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.path = path;
        this.problem = problem;
    }

    /** The same problem, now that the place is known. */
    JsonException at(String place) {
        return new JsonException(reason, place, problem);
    }

    /**
     * What is wrong.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /**
     * Where it is wrong: {@code $} is the document, {@code $.a[0].b} a place in it. Names are shortened, and steps are
     * left out in the middle of very long paths, so this is for people and not for looking the place up again.
     *
     * @return the path, empty when no place can be named
     */
    public String path() {
        return path;
    }
}
