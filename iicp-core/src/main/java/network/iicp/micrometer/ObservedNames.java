package network.iicp.micrometer;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/** Names that are told apart as labels, up to a bound. Thread-safe. */
final class ObservedNames {

    private static final Map<Intent, String> OPERATIONS = Map.of(
            Intent.LLM_CHAT, "chat",
            Intent.LLM_COMPLETION, "text_completion",
            Intent.LLM_EMBEDDING, "embeddings",
            Intent.AUDIO_TRANSCRIBE, "transcription",
            Intent.AUDIO_SPEECH, "speech",
            Intent.SAFETY_MODERATE, "moderation");

    private final int most;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    ObservedNames(int most) {
        this.most = most;
    }

    /** Returns the name, {@code none} for none, and {@code other} for those above the bound. */
    String bounded(@Nullable String name) {
        if (name == null) {
            return ObservedOutcome.NONE;
        }
        if (known.contains(name)) {
            return name;
        }
        if (known.size() >= most) {
            return ObservedOutcome.OTHER;
        }
        known.add(name);
        return name;
    }

    /** Returns the name of an intent; those of the protocol are outside the bound. */
    String bounded(Intent intent) {
        return OPERATIONS.containsKey(intent) ? intent.urn() : bounded(intent.urn());
    }

    /** Returns the word that the conventions for generative models have for an intent. */
    static String operation(Intent intent) {
        return OPERATIONS.getOrDefault(intent, ObservedOutcome.OTHER);
    }
}
