package network.iicp.node;

import java.security.SecureRandom;
import java.util.Map;
import network.iicp.crypto.ConfidentialSession;

/**
 * Seals what goes back to the consumer of a confidential task.
 *
 * @param session the opened request
 * @param random source of nonces
 */
record Sealer(ConfidentialSession session, SecureRandom random) {

    Map<String, Object> sealAnswer(byte[] plainJson) {
        return session.sealResponse(plainJson, random);
    }

    Map<String, Object> sealEvent(long sequence, String event, byte[] plainJson) {
        return session.sealEvent(sequence, event, plainJson, random);
    }
}
