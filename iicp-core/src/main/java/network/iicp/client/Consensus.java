package network.iicp.client;

import java.util.Objects;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.spi.AnswerEquality;
import org.jspecify.annotations.Nullable;

/**
 * Asks several nodes the same question at once. Every node gets a task of its own, and each of them costs what one answer costs. The
 * nodes do not learn of each other. Not for streams, not for tasks that must not run twice. Immutable.
 * Source: IICP core, consensus.
 *
 * @param mode which answer counts
 * @param nodes how many nodes are asked
 * @param equality when two answers mean the same
 */
public record Consensus(Mode mode, int nodes, AnswerEquality equality) {

    /** Most nodes asked at once. */
    public static final int MAX_NODES = 10;

    /** Which answer counts. */
    public enum Mode {
        /** The first one. */
        FIRST_COMPLETED,
        /** One that two of three nodes give. */
        MAJORITY_OF_3,
        /** One that three of five nodes give. */
        MAJORITY_OF_5;

        /** Returns how many answers must agree. */
        int quorum() {
            return switch (this) {
                case FIRST_COMPLETED -> 1;
                case MAJORITY_OF_3 -> 2;
                case MAJORITY_OF_5 -> 3;
            };
        }
    }

    /** Checks the number of nodes. */
    public Consensus {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(equality, "equality");
        if (nodes < 2 || nodes > MAX_NODES) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "consensus asks %d nodes; it must be between 2 and %d".formatted(nodes, MAX_NODES)));
        }
    }

    /**
     * Returns a race: the first answer counts, the other nodes are told to stop.
     *
     * @param nodes how many nodes are asked, 2 to 10
     */
    public static Consensus firstOf(int nodes) {
        return new Consensus(Mode.FIRST_COMPLETED, nodes, new SameAnswer());
    }

    /** Returns a vote of three: two answers must mean the same by their text, or by their value where it is JSON. */
    public static Consensus majorityOf3() {
        return new Consensus(Mode.MAJORITY_OF_3, 3, new SameAnswer());
    }

    /** Returns a vote of five: three answers must mean the same by their text, or by their value where it is JSON. */
    public static Consensus majorityOf5() {
        return new Consensus(Mode.MAJORITY_OF_5, 5, new SameAnswer());
    }

    /** Returns a copy in which something else decides when answers mean the same; {@code null} for the default. */
    public Consensus withEquality(@Nullable AnswerEquality rule) {
        return new Consensus(mode, nodes, rule == null ? new SameAnswer() : rule);
    }
}
