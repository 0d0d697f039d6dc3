package network.iicp.protocol.speech;

import java.util.Locale;
import java.util.Optional;

/** How spoken words are written into a file. Source: IICP intent registry 1.4, {@code audio:speech:v1}. */
public enum SpeechFormat {
    /** Uncompressed. */
    WAV("audio/wav"),
    /** MPEG layer 3. */
    MP3("audio/mpeg"),
    /** Opus in an Ogg container. */
    OPUS("audio/ogg"),
    /** Compressed without loss. */
    FLAC("audio/flac"),
    /** Advanced audio coding. */
    AAC("audio/aac");

    private final String contentType;

    SpeechFormat(String contentType) {
        this.contentType = contentType;
    }

    /** Returns the word of the wire, such as {@code mp3}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the usual media type, such as {@code audio/mpeg}. */
    public String contentType() {
        return contentType;
    }

    /** Finds the format of a word of the wire; empty if it is none. */
    public static Optional<SpeechFormat> of(String word) {
        for (SpeechFormat format : values()) {
            if (format.wireName().equals(word)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }
}
