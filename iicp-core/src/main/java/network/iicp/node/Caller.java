package network.iicp.node;

import org.jspecify.annotations.Nullable;

/**
 * Who sent a task, as far as it was proven.
 *
 * @param kind how much was proven
 * @param subject the id of the node on whose behalf a consumer token was issued; empty for others
 */
record Caller(Kind kind, String subject) {

    /** How much a caller proved. */
    enum Kind {
        /** Nothing. */
        ANONYMOUS,
        /** That a directory issued it a token for this node. */
        CONSUMER,
        /** That it holds the node's own token or a key of the operator. */
        OPERATOR
    }

    static final Caller ANONYMOUS = new Caller(Kind.ANONYMOUS, "");

    static final Caller OPERATOR = new Caller(Kind.OPERATOR, "");

    static Caller consumer(String subject) {
        return new Caller(Kind.CONSUMER, subject);
    }

    /**
     * Returns the name the caller's use is counted under: the node it was issued a token for, else the address it comes from.
     *
     * @return {@code null} for the operator
     */
    @Nullable
    String account(InboundTask.Source source) {
        return switch (kind) {
            case OPERATOR -> null;
            case CONSUMER -> "consumer " + subject;
            case ANONYMOUS ->
                "address " + (source.address() == null ? "unknown" : RateLimits.network(source.address()));
        };
    }

    /** Returns whether the caller may use what is guarded by the mode; the mode is not {@link NodeAuthentication#AUTO}. */
    boolean passes(NodeAuthentication mode) {
        return switch (mode) {
            case OPEN, AUTO -> true;
            case TOKEN -> kind != Kind.ANONYMOUS;
            case OPERATOR -> kind == Kind.OPERATOR;
        };
    }
}
