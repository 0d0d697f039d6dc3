package network.iicp.node;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import network.iicp.crypto.Hashes;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who sent a task. A token that is presented and wrong makes a stranger, never a friend: a bad consumer token is refused, any
 * other unknown credential proves nothing. An empty credential never matches. Thread-safe.
 */
final class Authorizer {

    private final Supplier<List<String>> ownTokens;
    private final List<String> operatorKeys;
    private final ConsumerTokens consumerTokens;

    /**
     * Makes the check.
     *
     * @param ownTokens the tokens that directories gave this node
     * @param operatorKeys keys the operator chose
     * @param consumerTokens checks the tokens of consumers
     */
    Authorizer(Supplier<List<String>> ownTokens, List<String> operatorKeys, ConsumerTokens consumerTokens) {
        this.ownTokens = ownTokens;
        this.operatorKeys = List.copyOf(operatorKeys);
        this.consumerTokens = consumerTokens;
    }

    /**
     * Identifies the sender of a task.
     *
     * @param shown the credentials in headers
     * @param inBody the credential in the body, or {@code null}
     * @param intent what is asked for
     * @throws network.iicp.protocol.UnauthorizedException if a consumer token was shown and is not valid
     */
    Caller identify(InboundTask.Credentials shown, @Nullable String inBody, Intent intent) {
        // The consumer token is checked even for the operator: an invalid one is refused in every mode.
        Optional<String> subject =
                shown.consumerToken() == null ? Optional.empty() : consumerTokens.verify(shown.consumerToken(), intent);
        if (isOperator(shown.bearer()) || isOperator(inBody)) {
            return Caller.OPERATOR;
        }
        return subject.map(Caller::consumer).orElse(Caller.ANONYMOUS);
    }

    /** Returns whether the credential is the node's own token or a key of the operator. */
    boolean isOperator(@Nullable String credential) {
        if (credential == null || credential.isEmpty()) {
            return false;
        }
        // Every comparison is made, so that the time does not tell which one fits.
        boolean fits = false;
        for (String token : ownTokens.get()) {
            fits |= !token.isEmpty() && Hashes.constantTimeEquals(token, credential);
        }
        for (String key : operatorKeys) {
            fits |= Hashes.constantTimeEquals(key, credential);
        }
        return fits;
    }
}
