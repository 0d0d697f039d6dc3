/**
 * Keys, signatures and sealed messages.
 *
 * <ul>
 *   <li>Confidentiality: a consumer makes a {@link network.iicp.crypto.ConfidentialRequest} for a node's public key; the
 *       node opens it as a {@link network.iicp.crypto.ConfidentialSession} with its
 *       {@link network.iicp.crypto.ConfidentialityKeyPair} and seals the answer, or each event of a stream, for that
 *       consumer only.
 *   <li>Signatures: {@link network.iicp.crypto.Ed25519KeyPair}. Ownership of a task: {@link network.iicp.crypto.TaskKey}.
 *   <li>Keys at rest: {@link network.iicp.crypto.ConfidentialityKeyFile} and {@link network.iicp.crypto.SigningKeyFile}
 *       over {@link network.iicp.crypto.OwnerOnlyFile}.
 * </ul>
 *
 * Raw 32-byte keys on the wire; X25519 and Ed25519 by BouncyCastle's lightweight classes, AES-GCM and SHA-256 by the JDK,
 * no security provider is registered. Secrets appear in no message and no {@code toString}.
 * Source: IICP confidentiality extension, tier 1.
 */
@NullMarked
package network.iicp.crypto;

import org.jspecify.annotations.NullMarked;
