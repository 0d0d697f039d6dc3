package network.iicp.node;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import network.iicp.crypto.SignedClaims;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;

/**
 * Checks the tokens that a directory issues to consumers for one node and intent, without asking the directory: only its public key is
 * needed. Thread-safe. Source: IICP directory, consumer tokens.
 */
final class ConsumerTokens {

    private static final String ANY_INTENT = "*";
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final String nodeId;
    private final List<DirectoryKey> directoryKeys;
    private final Clock clock;

    /**
     * Makes the check.
     *
     * @param nodeId the node the tokens must be for
     * @param directoryKeys the keys of the directories whose tokens count
     * @param clock tells whether they have expired
     */
    ConsumerTokens(String nodeId, List<DirectoryKey> directoryKeys, Clock clock) {
        this.nodeId = nodeId;
        this.directoryKeys = List.copyOf(directoryKeys);
        this.clock = clock;
    }

    /**
     * Checks a token.
     *
     * @param token what the consumer showed
     * @param intent what it asks for
     * @return the node id the token was issued to; empty when it cannot be checked, because the key it may be signed with is not known
     * @throws network.iicp.protocol.UnauthorizedException if it is not valid for this node and intent now
     */
    Optional<String> verify(String token, Intent intent) {
        if (directoryKeys.stream().allMatch(key -> key.current().isEmpty())) {
            return Optional.empty();
        }
        Optional<JsonObject> signed = signedClaims(token);
        if (signed.isEmpty()) {
            return Optional.empty();
        }
        JsonObject claims = signed.get();
        try {
            return Optional.of(subject(claims, intent));
        } catch (JsonException e) {
            throw refused("its claims are not of the right types");
        }
    }

    private Optional<JsonObject> signedClaims(String token) {
        SignedClaims signed = SignedClaims.read(SignedClaims.CONSUMER_TOKEN, token)
                .orElseThrow(() -> refused("it is not of the form <claims>.<signature>"));
        if (isSigned(DirectoryKey::current, signed) || isSigned(DirectoryKey::afterRotation, signed)) {
            return Optional.of(signed.claims());
        }
        if (directoryKeys.stream().anyMatch(key -> key.current().isEmpty())) {
            // It may be of the directory that has not told its key yet.
            return Optional.empty();
        }
        throw refused("it is not signed by a directory of this node");
    }

    private boolean isSigned(Function<DirectoryKey, Optional<byte[]>> look, SignedClaims signed) {
        return directoryKeys.stream()
                .anyMatch(one -> look.apply(one).filter(signed::isSignedBy).isPresent());
    }

    private String subject(JsonObject claims, Intent intent) {
        OptionalLong version = claims.optionalLong("v");
        if (version.isEmpty() || version.getAsLong() != 1) {
            throw refused("its version is not 1");
        }
        String subject = claims.string("sub", "");
        if (subject.isEmpty()) {
            throw refused("it names no subject");
        }
        if (!nodeId.equals(claims.string("aud", ""))) {
            throw refused("it was issued for another node");
        }
        String allowed = claims.string("intent", "");
        if (!allowed.equals(ANY_INTENT) && !allowed.equals(intent.urn())) {
            throw refused("it was issued for another intent");
        }
        long expires = claims.optionalLong("exp").orElse(0);
        if (clock.instant().getEpochSecond() - GRACE.toSeconds() >= expires) {
            throw Refusal.of(
                    ErrorCode.TOKEN_EXPIRED, "the consumer token has expired; ask the directory for a new one");
        }
        return subject;
    }

    private static RuntimeException refused(String why) {
        return Refusal.of(
                ErrorCode.UNAUTHORIZED,
                "the consumer token is not valid: %s; ask the directory for a new one".formatted(why));
    }
}
