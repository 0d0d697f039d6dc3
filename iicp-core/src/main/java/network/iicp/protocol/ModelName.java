package network.iicp.protocol;

import java.util.Collection;
import java.util.Optional;

/**
 * When two names mean the same model. Engines of the Ollama family name models {@code name:tag} and take {@code name} for
 * {@code name:latest}; everywhere else a name means itself. So:
 *
 * <ul>
 *   <li>a name without a tag and the same name with the tag {@code latest} are one model: {@code llama3} and {@code llama3:latest};
 *   <li>any other difference is another model, in the tag ({@code llama3:8b}), in upper and lower case, or in a path before the name.
 * </ul>
 *
 * Nodes, directories and consumers all ask here, so that a consumer does not leave out what the node would serve.
 */
public final class ModelName {

    private static final String LATEST = ":latest";

    private ModelName() {}

    /** Returns whether two names mean the same model. */
    public static boolean same(String one, String other) {
        return one.equals(other) || isLatestOf(one, other) || isLatestOf(other, one);
    }

    /**
     * Finds a model among those that are served.
     *
     * @param wanted the name that was asked for
     * @param served the names that are served
     * @return the name as it is served: the very same one if it is there, else one that means the same; empty if there is none
     */
    public static Optional<String> find(String wanted, Collection<String> served) {
        return served.contains(wanted)
                ? Optional.of(wanted)
                : served.stream().filter(name -> same(wanted, name)).findFirst();
    }

    private static boolean isLatestOf(String tagged, String plain) {
        return tagged.length() == plain.length() + LATEST.length()
                && tagged.endsWith(LATEST)
                && tagged.startsWith(plain)
                && !hasTag(plain);
    }

    /** A colon before the last slash belongs to the address of a registry, {@code host:5000/name}. */
    private static boolean hasTag(String name) {
        return name.indexOf(':', name.lastIndexOf('/') + 1) >= 0;
    }
}
