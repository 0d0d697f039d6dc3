package network.iicp.langchain4j;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.net.URI;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import network.iicp.protocol.chat.ContentPart;
import org.jspecify.annotations.Nullable;

/** Turns what a user message holds into the parts of an IICP chat. Pure functions. */
final class Contents {

    private static final Set<String> IMAGE_SCHEMES = Set.of("https", "http", "data");

    private Contents() {}

    /**
     * Returns the part.
     *
     * @throws UnsupportedFeatureException if it is of a kind, or comes in a way, that IICP chats cannot carry
     * @throws IllegalArgumentException if it lacks its data or its type
     */
    static ContentPart part(Content content) {
        if (content instanceof TextContent text) {
            return new ContentPart.Text(text.text());
        }
        if (content instanceof ImageContent image) {
            return image(image);
        }
        if (content instanceof AudioContent audio) {
            return audio(audio.audio());
        }
        throw unsupported("%s content is", kind(content));
    }

    /** Returns the kind of content as a word for messages. */
    static String kind(Content content) {
        return String.valueOf(content.type()).toLowerCase(Locale.ROOT);
    }

    private static ContentPart image(ImageContent content) {
        String detail =
                switch (content.detailLevel()) {
                    case LOW -> "low";
                    case HIGH -> "high";
                    case AUTO -> "auto";
                    default ->
                        throw unsupported(
                                "image detail level %s is",
                                content.detailLevel().name());
                };
        Image image = content.image();
        return new ContentPart.Image(image.url() == null ? dataUrl(image) : address(image.url()), detail);
    }

    private static String address(URI url) {
        String scheme = url.getScheme();
        if (scheme == null || !IMAGE_SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
            throw unsupported("images by %s URL are", String.valueOf(scheme));
        }
        return url.toString();
    }

    private static String dataUrl(Image image) {
        return "data:%s;base64,%s"
                .formatted(
                        required(image.mimeType(), "an image", "MIME type"),
                        required(image.base64Data(), "an image", "data"));
    }

    private static ContentPart audio(Audio audio) {
        if (audio.url() != null) {
            throw unsupported("%s by URL is", "audio");
        }
        byte[] bytes = audio.binaryData();
        String data = bytes != null ? Base64.getEncoder().encodeToString(bytes) : audio.base64Data();
        return new ContentPart.Audio(
                required(data, "a sound", "data"), format(required(audio.mimeType(), "a sound", "MIME type")));
    }

    /** The name engines know a format by: {@code audio/x-wav; rate=16000} is {@code wav}. */
    private static String format(String mimeType) {
        String type = mimeType.toLowerCase(Locale.ROOT);
        int parameters = type.indexOf(';');
        String plain = (parameters < 0 ? type : type.substring(0, parameters)).strip();
        String subtype = plain.substring(plain.indexOf('/') + 1);
        String name = subtype.startsWith("x-") ? subtype.substring(2) : subtype;
        return switch (name) {
            case "wave", "vnd.wave", "pn-wav" -> "wav";
            case "mpeg", "mpeg3", "mpga" -> "mp3";
            default -> name;
        };
    }

    private static String required(@Nullable String value, String owner, String name) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("%s in a user message has no %s".formatted(owner, name));
        }
        return value;
    }

    private static UnsupportedFeatureException unsupported(String what, String value) {
        return new UnsupportedFeatureException(what.formatted(value) + " not supported by this model provider");
    }
}
