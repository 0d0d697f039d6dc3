package network.iicp.client;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether chats tell the model, in one system message, that they came over IICP and how. Source: the profile
 * {@code urn:iicp:profile:runtime-identity-context:v0}, which is not a normative part of the protocol.
 *
 * <p>The message follows the leading system messages of the application and changes nothing else. It names the intent, this client, the
 * model and its abilities as the node advertises them, and in a fixed sentence why the node was chosen; never a node id, an address, a key,
 * a score or another candidate. It is written anew for each node that is tried, and left out when a system message has its marker already.
 */
public enum RuntimeIdentity {
    /** Nothing is added. */
    DISABLED,
    /** The message is added where the node's model takes system messages. */
    AUTO,
    /** As {@link #AUTO}; says that the application asked for it. */
    EXPLICIT,
    /** Nodes that say their model takes no system messages are left out. */
    REQUIRED;

    /** Returns the mode of a word, in any case: {@code disabled}, {@code auto}, {@code explicit} or {@code required}. */
    public static Optional<RuntimeIdentity> of(String word) {
        return Arrays.stream(values())
                .filter(mode -> mode.wireName().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** Returns the word of this mode. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
