package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;

/**
 * Hides the length of streamed tokens: the JSON object of an event gets a member {@code pad} that fills it up to a multiple
 * of {@value #BLOCK} bytes.
 */
final class EventPadding {

    static final int BLOCK = 64;

    private static final String MEMBER = "pad";
    private static final byte FILLER = '0';
    private static final byte[] OPENING = ",\"pad\":\"".getBytes(US_ASCII);
    private static final byte[] CLOSING = "\"}".getBytes(US_ASCII);

    private EventPadding() {}

    /**
     * Returns the object with its padding. The bytes are spliced, not parsed and written again: this runs once a token.
     *
     * @throws IllegalArgumentException if the bytes are not an object, or one that has a {@code pad} already
     */
    static byte[] pad(byte[] json) {
        int start = skipBlank(json, 0, 1);
        int end = skipBlank(json, json.length - 1, -1);
        if (start >= end || json[start] != '{' || json[end] != '}') {
            throw new IllegalArgumentException("the content of an event is a JSON object");
        }
        requireNoPad(json);
        int bodyLength = skipBlank(json, end - 1, -1) + 1 - start;
        boolean empty = bodyLength == 1;
        int opening = empty ? OPENING.length - 1 : OPENING.length;
        int unpadded = bodyLength + opening + CLOSING.length;
        byte[] padded = new byte[(unpadded + BLOCK - 1) / BLOCK * BLOCK];
        System.arraycopy(json, start, padded, 0, bodyLength);
        System.arraycopy(OPENING, empty ? 1 : 0, padded, bodyLength, opening);
        Arrays.fill(padded, bodyLength + opening, padded.length - CLOSING.length, FILLER);
        System.arraycopy(CLOSING, 0, padded, padded.length - CLOSING.length, CLOSING.length);
        return padded;
    }

    /** Returns the object without its padding. Objects that were not padded, or differently, are read all the same. */
    static Map<String, Object> unpad(byte[] json) {
        Map<String, Object> members = new LinkedHashMap<>(Json.parseObject(json, limits(json)));
        members.remove(MEMBER);
        return members;
    }

    private static void requireNoPad(byte[] json) {
        if (!new String(json, UTF_8).contains(MEMBER)) {
            return;
        }
        boolean taken;
        try {
            taken = Json.parseObject(json, limits(json)).containsKey(MEMBER);
        } catch (JsonException e) {
            throw new IllegalArgumentException("the content of an event is a JSON object", e);
        }
        if (taken) {
            throw new IllegalArgumentException("the content of an event has no member pad of its own");
        }
    }

    private static JsonLimits limits(byte[] json) {
        int length = Math.max(1, json.length);
        return JsonLimits.DEFAULT.withMaxBytes(length).withMaxStringLength(length);
    }

    private static int skipBlank(byte[] json, int from, int step) {
        int i = from;
        while (i >= 0 && i < json.length && isBlank(json[i])) {
            i += step;
        }
        return i;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
