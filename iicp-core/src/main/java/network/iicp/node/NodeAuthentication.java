package network.iicp.node;

/**
 * Who may send tasks to a node. A consumer token that is presented and not valid is refused in every mode; the node's own
 * token and the operator's keys are accepted in every mode.
 */
public enum NodeAuthentication {
    /**
     * The default: {@link #OPEN} for language, audio and safety intents of engines that cost nothing, {@link #TOKEN} for
     * everything else: handlers of the application, tools, engines that spend somebody's account.
     */
    AUTO,
    /** Anyone, as on the public mesh. */
    OPEN,
    /** Consumers with a token that the directory issued for this node, and whoever holds the node's own token. */
    TOKEN,
    /** Only who holds the node's own token or one of the operator's keys. */
    OPERATOR
}
