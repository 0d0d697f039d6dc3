package network.iicp.backend;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.protocol.Modality;
import network.iicp.protocol.TaskConstraints;

/** What the name of a model tells about it. */
final class ModelNames {

    /** Most characters of a name; models with longer names are not served. */
    static final int LONGEST = TaskConstraints.MAX_MODEL_LENGTH;

    private static final Pattern BETWEEN_TOKENS = Pattern.compile("[^a-z0-9]+");
    private static final Pattern VISION_TOKEN = Pattern.compile("vl|[a-z0-9]*[0-9]vl");
    private static final Pattern FILE_PATH = Pattern.compile("(?:[/\\\\~.]|[A-Za-z]:[/\\\\]).*");

    private ModelNames() {}

    /** Returns whether the name says that the model makes embeddings. */
    static boolean isEmbedding(String name) {
        return name.toLowerCase(Locale.ROOT).contains("embed");
    }

    /** Returns what the name says about the model's input. A heuristic: configuration and engines know better. */
    static Set<Modality> modalities(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        List<String> tokens = Arrays.asList(BETWEEN_TOKENS.split(lower, -1));
        Set<Modality> modalities = EnumSet.of(Modality.TEXT);
        boolean omni = lower.contains("omni");
        if (omni
                || lower.contains("vision")
                || lower.contains("llava")
                || tokens.stream().anyMatch(token -> VISION_TOKEN.matcher(token).matches())) {
            modalities.add(Modality.IMAGE);
        }
        if (omni || lower.contains("audio") || lower.contains("voxtral")) {
            modalities.add(Modality.AUDIO);
        }
        return modalities;
    }

    /** Returns whether the name can be told to others: not blank, not too long, printable. */
    static boolean isUsable(String name) {
        return !name.isBlank()
                && name.length() <= LONGEST
                && name.chars().noneMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c));
    }

    /**
     * Returns the name that others are told. Engines that were started with a file name the model by its path, and paths
     * of this machine are nobody's business: only the last step stays. {@code org/model} is a name and stays whole.
     */
    static String published(String engineName) {
        if (!FILE_PATH.matcher(engineName).matches()) {
            return engineName;
        }
        return Arrays.stream(engineName.split("[/\\\\]+", -1))
                .filter(step -> !step.isBlank())
                .reduce((earlier, later) -> later)
                .orElse(engineName);
    }
}
