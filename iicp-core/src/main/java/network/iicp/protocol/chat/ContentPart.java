package network.iicp.protocol.chat;

import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One piece of a user message. */
public sealed interface ContentPart {

    /**
     * Written text.
     *
     * @param text the text, possibly empty
     */
    record Text(String text) implements ContentPart {
        /** Checks that the text is there. */
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * A picture, by address or as {@code data:} URL.
     *
     * @param url {@code https:} or {@code data:image/...;base64,...}
     * @param detail {@code low}, {@code high}, {@code auto} or {@code null}
     */
    record Image(String url, @Nullable String detail) implements ContentPart {
        /** Checks that the address is there. */
        public Image {
            Objects.requireNonNull(url, "url");
        }

        /** Returns a picture that travels inside the message. */
        public static Image of(String mimeType, byte[] data) {
            return new Image(
                    "data:" + mimeType + ";base64," + Base64.getEncoder().encodeToString(data), null);
        }

        /** Names the kind only; a picture may be private. */
        @Override
        public String toString() {
            return "Image[]";
        }
    }

    /**
     * A sound.
     *
     * @param data the bytes, standard base64
     * @param format {@code wav}, {@code mp3} or another name the model knows
     */
    record Audio(String data, String format) implements ContentPart {
        /** Checks that both are there. */
        public Audio {
            Objects.requireNonNull(data, "data");
            Objects.requireNonNull(format, "format");
        }

        /** Names the format only. */
        @Override
        public String toString() {
            return "Audio[" + format + "]";
        }
    }
}
