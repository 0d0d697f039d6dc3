package network.iicp.transport;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import network.iicp.transport.internal.HeaderRules;

/**
 * A whole answer. Immutable, except that the array of the body is not copied.
 *
 * @param status the HTTP status; redirects are not followed
 * @param headers values by lower-case name
 * @param body the bytes, empty when there are none
 * @param elapsed from the sending of the call to the last byte
 */
@SuppressWarnings("ArrayRecordComponent") // answers are not compared
public record HttpReply(int status, Map<String, List<String>> headers, byte[] body, Duration elapsed) {

    /** Makes the names lower case and copies the headers. */
    public HttpReply {
        headers = HeaderRules.lowerCase(headers);
    }

    /** Returns the first value of a header; the name is case-insensitive. */
    public Optional<String> header(String name) {
        return first(headers, name);
    }

    /** Returns whether the status is 200 to 299. */
    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Returns whether the answer says it is JSON: {@code application/json} or a type ending in {@code +json}. */
    public boolean isJson() {
        String type = mediaType(headers);
        return type.equals("application/json") || type.endsWith("+json");
    }

    /** Returns the body read as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Returns status and size; never headers or body. */
    @Override
    public String toString() {
        return "HttpReply[%d, %d bytes, %d ms]".formatted(status, body.length, elapsed.toMillis());
    }

    static Optional<String> first(Map<String, List<String>> headers, String name) {
        List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
        return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }

    /** Returns the media type in lower case without parameters, or an empty text. */
    static String mediaType(Map<String, List<String>> headers) {
        String value = first(headers, "content-type").orElse("");
        int semicolon = value.indexOf(';');
        String type = semicolon < 0 ? value : value.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT);
    }
}
