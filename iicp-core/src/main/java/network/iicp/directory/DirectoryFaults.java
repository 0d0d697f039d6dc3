package network.iicp.directory;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.ServerErrorException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.wire.ErrorCodec;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/** Reads the answers of one directory, and words what went wrong so that a person knows what to do. */
final class DirectoryFaults {

    private static final String IS_THE_URL_RIGHT = "is the URL right? it should end in /api";
    private static final String ANONYMOUS = "the directory ";
    private static final int MOST_FIELDS = 3;
    private static final int LONGEST_FIELD = 120;

    private final String directory;
    private final JsonLimits limits;
    private final Clock clock;

    DirectoryFaults(DirectoryUrl url, JsonLimits limits, Clock clock) {
        this.directory = "directory " + url.origin();
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * Returns the object of a successful answer.
     *
     * @throws IicpException if the answer is a failure, a redirect or no JSON object
     */
    Map<String, Object> object(HttpReply reply) {
        if (reply.status() >= 400) {
            throw refusal(reply);
        }
        if (!reply.isSuccess()) {
            throw violation(
                    reply.status(),
                    "%s answered with a redirect (HTTP %d), which is not followed; configure the URL it points to"
                            .formatted(directory, reply.status()),
                    null);
        }
        try {
            return Json.parseObject(reply.body(), limits);
        } catch (JsonException e) {
            throw unreadable(reply, e);
        }
    }

    /** Returns whether the answer is a 404 that a directory gave, not one of whatever else answers at that address. */
    boolean isAbsent(HttpReply reply) {
        if (reply.status() != 404) {
            return false;
        }
        try {
            return !Json.parseObject(reply.body(), limits).isEmpty();
        } catch (JsonException e) {
            return false;
        }
    }

    private IicpException unreadable(HttpReply reply, JsonException cause) {
        if (reply.isJson()) {
            return violation(
                    reply.status(),
                    "%s sent JSON that is not readable: %s".formatted(directory, cause.getMessage()),
                    cause);
        }
        return violation(
                reply.status(),
                "%s did not answer with JSON (%s); %s".formatted(directory, mediaType(reply), IS_THE_URL_RIGHT),
                null);
    }

    private static String mediaType(HttpReply reply) {
        String value = reply.header("content-type").orElse("");
        int semicolon = value.indexOf(';');
        String type = (semicolon < 0 ? value : value.substring(0, semicolon)).strip();
        if (type.isEmpty()) {
            return "no content type";
        }
        // Quoted removes what could break a log line; the quotes themselves would only be in the way here.
        String clean = Quoted.of(type);
        return clean.substring(1, clean.lastIndexOf('"') < 1 ? clean.length() : clean.lastIndexOf('"'));
    }

    private IicpException refusal(HttpReply reply) {
        Map<String, Object> body;
        try {
            body = Json.parseObject(reply.body(), limits);
        } catch (JsonException e) {
            return refusalWithoutJson(reply);
        }
        IicpError error = ErrorCodec.decode(
                reply.status(),
                body,
                reply.header("retry-after").orElse(null),
                ErrorComponent.DIRECTORY,
                clock.instant());
        String text =
                "%s refused with HTTP %d: %s%s".formatted(directory, reply.status(), error.message(), fields(body));
        return IicpException.of(withMessage(error, text));
    }

    private IicpException refusalWithoutJson(HttpReply reply) {
        String hint = reply.status() < 500 ? "; " + IS_THE_URL_RIGHT : "";
        IicpError error = ErrorCodec.decode(
                reply.status(),
                Map.of(),
                reply.header("retry-after").orElse(null),
                ErrorComponent.DIRECTORY,
                clock.instant());
        return IicpException.of(withMessage(
                error,
                "%s answered HTTP %d without JSON (%s)%s"
                        .formatted(directory, reply.status(), mediaType(reply), hint)));
    }

    /** Returns the first complaints about single members, in brackets. */
    private static String fields(Map<String, Object> body) {
        if (!(body.get("error") instanceof Map<?, ?> error) || !(error.get("fields") instanceof Map<?, ?> fields)) {
            return "";
        }
        List<String> complaints = new ArrayList<>();
        for (Map.Entry<?, ?> field : fields.entrySet()) {
            Object first = field.getValue() instanceof List<?> list && !list.isEmpty() ? list.get(0) : field.getValue();
            if (first instanceof String text && complaints.size() < MOST_FIELDS) {
                complaints.add(clean(field.getKey() + ": " + text));
            }
        }
        return complaints.isEmpty() ? "" : " (" + String.join("; ", complaints) + ")";
    }

    private static String clean(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(LONGEST_FIELD)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /** Rewords a failure of the exchange itself for the person who configured this directory. */
    IicpException failure(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (!(cause instanceof IicpException known)) {
            return new ServerErrorException(
                    IicpError.of(
                                    ErrorCode.INTERNAL_ERROR,
                                    ErrorComponent.DIRECTORY,
                                    "the call to %s failed: %s".formatted(directory, cause.getMessage()))
                            .withHttpStatus(0),
                    cause);
        }
        if (known.component() == ErrorComponent.DIRECTORY) {
            // Codecs do not know who they read from; a person needs to.
            String message = known.error().message();
            return message.startsWith(ANONYMOUS)
                    ? known.withError(
                            withMessage(known.error(), directory + " " + message.substring(ANONYMOUS.length())))
                    : known;
        }
        return known.withError(withMessage(known.error(), wording(known)));
    }

    private String wording(IicpException known) {
        if (known instanceof TransportException) {
            return "%s cannot be reached (%s); is it running, and is the URL right?"
                    .formatted(directory, known.getMessage());
        }
        if (known instanceof TaskTimeoutException) {
            return "%s did not answer in time (%s)".formatted(directory, known.getMessage());
        }
        if (known.error()
                .knownCode()
                .filter(c -> c == ErrorCode.RESPONSE_TOO_LARGE)
                .isPresent()) {
            return "%s sent more than %d KiB; %s".formatted(directory, limits.maxBytes() / 1024, IS_THE_URL_RIGHT);
        }
        return "the call to %s failed: %s".formatted(directory, known.getMessage());
    }

    private ProtocolViolationException violation(int status, String message, @Nullable Throwable cause) {
        return new ProtocolViolationException(
                IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.DIRECTORY, message)
                        .withHttpStatus(status),
                cause);
    }

    private static IicpError withMessage(IicpError error, String message) {
        return new IicpError(
                error.code(),
                error.iicpCode(),
                message,
                ErrorComponent.DIRECTORY,
                error.retryable(),
                error.httpStatus(),
                error.retryAfter(),
                error.taskId(),
                error.node(),
                error.attempts());
    }
}
