package network.iicp.protocol;

import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a consumer wants done, as a versioned URN such as {@code urn:iicp:intent:llm:chat:v1}. Custom intents put
 * {@code x.} and a vendor name first: {@code urn:iicp:intent:x.acme:invoice-classify:v1}.
 *
 * <p>Grammar: {@code urn:iicp:intent:} then segments of {@code a-z 0-9 _ . - /} separated by colons, then {@code :v} and a
 * version from 1, at most 255 characters, lower case. Modifiers ({@code +...}) are refused. Source: intent registry 1.4.0.
 *
 * @param urn the whole name
 */
public record Intent(String urn) implements Comparable<Intent> {

    // Above the constants: these are checked against it while the class initialises.
    private static final Pattern GRAMMAR =
            Pattern.compile("urn:iicp:intent:[a-z0-9_.-]+(?::[a-z0-9_./-]+)*:v[1-9][0-9]{0,8}");

    /** Conversation: messages in, an assistant message out. */
    public static final Intent LLM_CHAT = new Intent("urn:iicp:intent:llm:chat:v1");

    /** Continuation of a prompt. */
    public static final Intent LLM_COMPLETION = new Intent("urn:iicp:intent:llm:completion:v1");

    /** Texts in, vectors out. */
    public static final Intent LLM_EMBEDDING = new Intent("urn:iicp:intent:llm:embedding:v1");

    /** Speech in, text out. */
    public static final Intent AUDIO_TRANSCRIBE = new Intent("urn:iicp:intent:audio:transcribe:v1");

    /** Text in, speech out. */
    public static final Intent AUDIO_SPEECH = new Intent("urn:iicp:intent:audio:speech:v1");

    /** Texts in, flags and categories out. */
    public static final Intent SAFETY_MODERATE = new Intent("urn:iicp:intent:safety:moderate:v1");

    /** A text in, a shorter one out. Reserved by the registry. */
    public static final Intent LLM_SUMMARIZE = new Intent("urn:iicp:intent:llm:summarize:v1");

    /** A text and categories in, those that apply out. Reserved by the registry. */
    public static final Intent LLM_CLASSIFY = new Intent("urn:iicp:intent:llm:classify:v1");

    /** A query and candidates in, their order out. Reserved by the registry. */
    public static final Intent LLM_RERANK = new Intent("urn:iicp:intent:llm:rerank:v1");

    /** A text in, the same in another language out. An experiment of the registry. */
    public static final Intent TRANSLATE = new Intent("urn:iicp:intent:translate:v1");

    private static final Set<String> ACTIVE = Stream.of(
                    LLM_CHAT, LLM_COMPLETION, LLM_EMBEDDING, AUDIO_TRANSCRIBE, AUDIO_SPEECH, SAFETY_MODERATE)
            .map(Intent::urn)
            .collect(Collectors.toUnmodifiableSet());

    /** Most characters of a URN. */
    public static final int MAX_LENGTH = 255;

    private static final Pattern REGISTRABLE =
            Pattern.compile("urn:iicp:intent:(?:[a-z][a-z0-9_]*|x\\.[a-z][a-z0-9-]*):[a-z][a-z0-9_-]*:v[1-9][0-9]*");

    private static final int PREFIX_LENGTH = "urn:iicp:intent:".length();

    /**
     * Checks the grammar.
     *
     * @throws InvalidRequestException if the text is not an intent; the message names it
     */
    public Intent {
        Objects.requireNonNull(urn, "urn");
        if (urn.length() > MAX_LENGTH || !GRAMMAR.matcher(urn).matches()) {
            throw new InvalidRequestException(IicpError.of(
                    ErrorCode.VALIDATION_ERROR,
                    ErrorComponent.CLIENT,
                    "intent %s is not of the form urn:iicp:intent:<domain>:<action>:v<version> (lower case, at most %d characters)"
                            .formatted(Quoted.of(urn), MAX_LENGTH)));
        }
    }

    /**
     * Reads an intent.
     *
     * @param urn the whole name
     * @return the intent
     * @throws InvalidRequestException if the text is not an intent
     */
    public static Intent parse(String urn) {
        return new Intent(urn);
    }

    /** Returns whether this is one of the six intents that the registry has as active. */
    public boolean isActive() {
        return ACTIVE.contains(urn);
    }

    /** Returns whether this is a vendor's own intent ({@code x.vendor}). */
    public boolean isCustom() {
        return urn.startsWith("x.", PREFIX_LENGTH);
    }

    /** Returns whether directories accept a registration of this intent: two segments and a version, first one a plain name or {@code x.vendor}. */
    public boolean isRegistrable() {
        return REGISTRABLE.matcher(urn).matches();
    }

    /** Returns the first segment, for example {@code llm}, {@code audio} or {@code x.acme}. */
    public String domain() {
        return urn.substring(PREFIX_LENGTH, urn.indexOf(':', PREFIX_LENGTH));
    }

    @Override
    public int compareTo(Intent other) {
        return urn.compareTo(other.urn);
    }

    @Override
    public String toString() {
        return urn;
    }
}
