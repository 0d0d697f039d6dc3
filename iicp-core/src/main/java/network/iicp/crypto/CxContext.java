package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/**
 * What ties an envelope to its task: the labels and the bytes that go into key derivation (info) and authentication (AAD).
 * Task ids with a vertical bar are refused, so no two tasks share these bytes.
 */
final class CxContext {

    /** The one version of envelopes, both ways. */
    static final int VERSION = 1;

    /** Longest plaintext either way, 16 MiB. */
    static final int MAX_PLAINTEXT_BYTES = 16 << 20;

    static final int MAX_SEALED_BYTES = MAX_PLAINTEXT_BYTES + AesGcm.TAG_BYTES;

    private static final int MAX_TASK_ID = 255;
    private static final String REQUEST_INFO = "IICP-CX-v1";
    private static final String RESPONSE_INFO = "IICP-CX-RESP-v1";
    private static final String STREAM_INFO = "IICP-CX-STREAM-v1";
    private static final Pattern EVENT_NAME = Pattern.compile("[a-z][a-z0-9_]{0,31}");

    private final String taskId;

    private CxContext(String taskId) {
        this.taskId = taskId;
    }

    /** Returns the context of a task, or empty if its id has no place in an envelope. */
    static Optional<CxContext> of(String taskId) {
        boolean usable =
                !taskId.isBlank() && taskId.length() <= MAX_TASK_ID && taskId.indexOf('|') < 0 && isEncodable(taskId);
        return usable ? Optional.of(new CxContext(taskId)) : Optional.empty();
    }

    String taskId() {
        return taskId;
    }

    byte[] requestInfo(Intent intent) {
        return (REQUEST_INFO + taskId + intent.urn()).getBytes(UTF_8);
    }

    byte[] requestAad(Intent intent) {
        return (taskId + '|' + intent.urn()).getBytes(UTF_8);
    }

    byte[] responseInfo() {
        return (RESPONSE_INFO + taskId).getBytes(UTF_8);
    }

    byte[] responseAad() {
        return (taskId + "|resp").getBytes(UTF_8);
    }

    byte[] streamInfo() {
        return (STREAM_INFO + taskId).getBytes(UTF_8);
    }

    byte[] streamAad(long sequence, String event) {
        return (taskId + "|resp|" + sequence + '|' + event).getBytes(UTF_8);
    }

    static boolean isEvent(long sequence, String event) {
        return sequence >= 0 && EVENT_NAME.matcher(event).matches();
    }

    ConfidentialityException failure(
            ErrorCode code, ErrorComponent component, String message, @Nullable Throwable cause) {
        return new ConfidentialityException(
                IicpError.of(code, component, message).withTaskId(taskId), cause);
    }

    /** A lone surrogate would be sealed as a question mark, and so like another id. */
    private static boolean isEncodable(String text) {
        try {
            ByteBuffer encoded = UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            return encoded.hasRemaining();
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
