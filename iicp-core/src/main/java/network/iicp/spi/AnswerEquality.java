package network.iicp.spi;

import network.iicp.protocol.TaskResult;

/**
 * Says whether two answers to the same question mean the same, for calls that ask several nodes. Called on threads of the client,
 * once for each pair that matters; an exception it throws ends the call.
 */
@FunctionalInterface
public interface AnswerEquality {

    /**
     * Compares.
     *
     * @param first an answer
     * @param second an answer of another node
     * @return whether they agree
     */
    boolean agree(TaskResult first, TaskResult second);
}
