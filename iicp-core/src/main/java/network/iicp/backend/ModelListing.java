package network.iicp.backend;

import java.util.List;
import java.util.Set;
import network.iicp.protocol.IicpException;
import org.jspecify.annotations.Nullable;

/** Asks an engine what kind it is of and which models it has. Thread-safe. */
interface ModelListing {

    /** Most models that are looked at. */
    int MOST_MODELS = 512;

    /**
     * A model the engine lists.
     *
     * @param name the engine's name of it
     * @param abilities what the engine says it can do: {@code vision}, {@code audio}, {@code tools}, {@code embedding} and
     *     others; {@code null} if it says nothing
     * @param contextLength tokens that fit into it, or {@code null}
     * @param maxOutput most tokens of an answer, or {@code null}
     * @param loaded whether it is in memory now, or {@code null} if the list does not say
     * @param elsewhere whether the engine passes requests for it on to another machine
     */
    record Listed(
            String name,
            @Nullable Set<String> abilities,
            @Nullable Integer contextLength,
            @Nullable Integer maxOutput,
            @Nullable Boolean loaded,
            boolean elsewhere) {

        /** Returns a model of which nothing but the name is known. */
        static Listed named(String name) {
            return new Listed(name, null, null, null, null, false);
        }

        Listed renamed(String another) {
            return new Listed(another, abilities, contextLength, maxOutput, loaded, elsewhere);
        }

        Listed able(@Nullable Set<String> words) {
            return new Listed(name, words, contextLength, maxOutput, loaded, elsewhere);
        }

        Listed holding(@Nullable Integer tokens) {
            return new Listed(name, abilities, tokens, maxOutput, loaded, elsewhere);
        }

        Listed answering(@Nullable Integer tokens) {
            return new Listed(name, abilities, contextLength, tokens, loaded, elsewhere);
        }

        Listed inMemory(@Nullable Boolean now) {
            return new Listed(name, abilities, contextLength, maxOutput, now, elsewhere);
        }

        Listed passedOn() {
            return new Listed(name, abilities, contextLength, maxOutput, loaded, true);
        }

        boolean can(String ability) {
            return abilities != null && abilities.contains(ability);
        }
    }

    /**
     * What was found.
     *
     * @param kind kind of engine
     * @param models its models
     * @param lists whether it can list its models at all
     */
    record Finding(EngineKind kind, List<Listed> models, boolean lists) {}

    /** Returns the kind of engine as far as it is known without asking. */
    EngineKind kind();

    /**
     * Asks.
     *
     * @throws IicpException if the engine does not answer, or not as an engine does
     */
    Finding find();

    /** Returns what is known of a model that the operator names and the engine does not list. */
    default Listed unlisted(String name) {
        return Listed.named(name);
    }

    /** Reads a number of tokens; anything but a number from 1 is unknown. */
    static @Nullable Integer positive(@Nullable Object value) {
        return value instanceof Number number && number.doubleValue() >= 1 && number.doubleValue() <= Integer.MAX_VALUE
                ? number.intValue()
                : null;
    }
}
