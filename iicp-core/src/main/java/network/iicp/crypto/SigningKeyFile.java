package network.iicp.crypto;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ConfigurationException;

/**
 * The file of an Ed25519 key: of a directory, or of a node that gossips. JSON with {@code version} 1, {@code algorithm}
 * {@code Ed25519}, {@code private_key} (the seed) and {@code public_key}, both base64url; only its owner may read it.
 */
public final class SigningKeyFile {

    private static final String ALGORITHM = "Ed25519";

    private SigningKeyFile() {}

    /**
     * Returns the key in a file, after making one if there is none. Threads and processes that start together get the same.
     *
     * @param file where the key is, or will be
     * @param random source of a new key
     * @return the key
     * @throws ConfigurationException if the file cannot be read or written, or does not hold such a key; it is never replaced
     */
    public static Ed25519KeyPair loadOrCreate(Path file, SecureRandom random) {
        return KeyDocument.loadOrCreate(
                file, content -> read(file, content), () -> write(Ed25519KeyPair.generate(random)));
    }

    private static Ed25519KeyPair read(Path file, byte[] content) {
        KeyDocument document = KeyDocument.parse(file, content, ALGORITHM);
        Ed25519KeyPair pair = Ed25519KeyPair.fromSeed(document.privateKey());
        document.requirePublicKey(document.member("public_key"), pair.publicKey());
        return pair;
    }

    private static byte[] write(Ed25519KeyPair pair) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("version", 1);
        members.put("algorithm", ALGORITHM);
        members.put("private_key", Base64Url.encode(pair.seed()));
        members.put("public_key", Base64Url.encode(pair.publicKey()));
        return KeyDocument.format(members);
    }
}
