package network.iicp.backend;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;

/**
 * Speaks and listens without a model. What the engine "says" is a WAV file with one short tone for each word, and the words
 * themselves in the comment of the file; what it "hears" is that comment. Of any other recording it says that it is a demo, and
 * how large the recording is.
 */
final class DemoSound {

    /** Longest text that is spoken, in characters. */
    static final int LONGEST_TEXT = 4_096;

    private static final int RATE = 8_000;
    private static final int TONE = RATE / 20;
    private static final int GAP = RATE / 40;
    private static final int MOST_TONES = 200;
    private static final int SILENCE = 128;
    private static final int CHUNK_HEAD = 8;

    private DemoSound() {}

    // ---- speech

    /**
     * Reads the text of a speech request.
     *
     * @throws network.iicp.json.JsonException if there is none, it is too long, or another format than WAV is wanted
     */
    static String text(JsonObject payload) {
        String text = payload.string("input");
        if (text.isEmpty() || text.length() > LONGEST_TEXT) {
            throw payload.fault(
                    "input",
                    Reason.OUT_OF_RANGE,
                    "must have 1 to %d characters, has %d".formatted(LONGEST_TEXT, text.length()));
        }
        String format = payload.string("response_format", "wav");
        if (!format.equals("wav")) {
            throw BackendFaults.rejected("a demo makes wav only, %s was asked for".formatted(Quoted.of(format)));
        }
        return text;
    }

    /** Returns the answer to a speech task. */
    static Map<String, Object> spoken(String text, String model) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("audio", Base64.getEncoder().encodeToString(wav(text)));
        answer.put("content_type", "audio/wav");
        answer.put("format", "wav");
        answer.put("model", model);
        return answer;
    }

    /** Returns a WAV file, 8 bits at 8 kHz, with a tone for each word and the text in its comment. */
    static byte[] wav(String text) {
        byte[] comment = text.getBytes(StandardCharsets.UTF_8);
        byte[] sound = tones(text);
        ByteArrayOutputStream info = new ByteArrayOutputStream();
        info.writeBytes("INFO".getBytes(StandardCharsets.US_ASCII));
        chunk(info, "ICMT", comment);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("WAVE".getBytes(StandardCharsets.US_ASCII));
        chunk(body, "fmt ", format());
        chunk(body, "LIST", info.toByteArray());
        chunk(body, "data", sound);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        chunk(file, "RIFF", body.toByteArray());
        return file.toByteArray();
    }

    private static byte[] format() {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(RATE)
                .putInt(RATE)
                .putShort((short) 1)
                .putShort((short) 8)
                .array();
    }

    private static byte[] tones(String text) {
        int words = Math.min(MOST_TONES, text.strip().split("\\s+", -1).length);
        byte[] sound = new byte[words * (TONE + GAP)];
        for (int i = 0; i < sound.length; i++) {
            int word = i / (TONE + GAP);
            int at = i % (TONE + GAP);
            double wave = at < TONE ? Math.sin(2 * Math.PI * (330 + 55 * (word % 5)) * at / RATE) : 0;
            sound[i] = (byte) (SILENCE + Math.round(90 * wave));
        }
        return sound;
    }

    private static void chunk(ByteArrayOutputStream out, String id, byte[] content) {
        out.writeBytes(id.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(content.length)
                .array());
        out.writeBytes(content);
        if (content.length % 2 == 1) {
            out.write(0);
        }
    }

    // ---- transcription

    /** Returns the answer to a transcription: the comment if this engine made the file, else a sentence about it. */
    static Map<String, Object> heard(byte[] recording, String model) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("text", text(recording, model));
        answer.put("model", model);
        return answer;
    }

    private static String text(byte[] recording, String model) {
        return comment(recording)
                .orElseGet(() -> "This is %s, the demo engine: no speech model runs here. The recording has %d bytes."
                        .formatted(model, recording.length));
    }

    /** Finds the comment of a WAV file; empty if there is none or the file is cut or malformed. */
    static Optional<String> comment(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (!starts(bytes, "RIFF") || file.length < 12) {
            return Optional.empty();
        }
        bytes.position(12);
        while (bytes.remaining() >= CHUNK_HEAD) {
            boolean list = starts(bytes, "LIST");
            int length = bytes.getInt(bytes.position() + 4);
            bytes.position(bytes.position() + CHUNK_HEAD);
            if (length < 0 || length > bytes.remaining()) {
                return Optional.empty();
            }
            if (list) {
                return inList(bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN));
            }
            bytes.position(Math.min(bytes.limit(), bytes.position() + length + length % 2));
        }
        return Optional.empty();
    }

    private static Optional<String> inList(ByteBuffer list) {
        if (!starts(list, "INFO") || list.remaining() < 4 + CHUNK_HEAD) {
            return Optional.empty();
        }
        list.position(4);
        int length = list.getInt(8);
        if (!starts(list, "ICMT") || length < 0 || length > list.remaining() - CHUNK_HEAD) {
            return Optional.empty();
        }
        byte[] text = new byte[length];
        list.get(4 + CHUNK_HEAD, text);
        return Optional.of(new String(text, StandardCharsets.UTF_8));
    }

    private static boolean starts(ByteBuffer bytes, String id) {
        if (bytes.remaining() < id.length()) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            if (bytes.get(bytes.position() + i) != id.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
