package network.iicp.crypto;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The file of a node's confidentiality key. The form is that of the official nodes, which can read ours and we theirs: JSON with
 * {@code version} 1, {@code algorithm} {@code X25519}, {@code private_key} in base64url and the {@code public_key} object as
 * advertised. Ours may add {@code previous}, the private keys before, newest first. Only its owner may read it.
 */
public final class ConfidentialityKeyFile {

    /** Earlier keys that are kept when a key is rotated; consumers learn a new key within minutes. */
    public static final int PREVIOUS_KEYS = 1;

    private static final int MOST_PREVIOUS_READ = 16;

    private ConfidentialityKeyFile() {}

    /**
     * Returns the keys in a file, after making one if there is none. Threads and processes that start together get the same.
     *
     * @param file where the keys are, or will be
     * @param random source of a new key
     * @return the current key first, then earlier ones that may still be used to open; never empty
     * @throws ConfigurationException if the file cannot be read or written, or does not hold such keys; it is never replaced
     */
    public static List<ConfidentialityKeyPair> loadOrCreate(Path file, SecureRandom random) {
        return KeyDocument.loadOrCreate(
                file, content -> read(file, content), () -> write(List.of(ConfidentialityKeyPair.generate(random))));
    }

    /**
     * Puts a new key in front of the keys in a file, which is made if there is none. The node has to register again to
     * advertise it. Meant for one operator at a time: of two rotations at once, one is lost.
     *
     * @param file where the keys are
     * @param random source of the new key
     * @return the new key first, then the earlier ones that are kept
     * @throws ConfigurationException if the file cannot be read or written, or does not hold such keys; it is unchanged then
     */
    public static List<ConfidentialityKeyPair> rotate(Path file, SecureRandom random) {
        List<ConfidentialityKeyPair> before =
                OwnerOnlyFile.read(file).map(content -> read(file, content)).orElse(List.of());
        List<ConfidentialityKeyPair> after = new ArrayList<>();
        after.add(ConfidentialityKeyPair.generate(random));
        after.addAll(before.subList(0, Math.min(PREVIOUS_KEYS, before.size())));
        OwnerOnlyFile.write(file, write(after));
        return List.copyOf(after);
    }

    /**
     * Returns since when the current key in a file is the current one: when the file was written, because nothing else changes it.
     *
     * @param file where the keys are
     * @throws ConfigurationException if that cannot be found out
     */
    public static Instant since(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            throw new ConfigurationException(
                    IicpError.of(
                            ErrorCode.INVALID_CONFIG,
                            ErrorComponent.NODE,
                            "the age of the key file %s cannot be read; this user must be able to read its folder"
                                    .formatted(Quoted.of(OwnerOnlyFile.nameOf(file)))),
                    e);
        }
    }

    private static List<ConfidentialityKeyPair> read(Path file, byte[] content) {
        KeyDocument document = KeyDocument.parse(file, content, ConfidentialityKey.X25519);
        ConfidentialityKeyPair current = ConfidentialityKeyPair.fromPrivate(document.privateKey());
        document.requirePublicKey(advertisedKey(document), current.rawPublicKey());
        List<ConfidentialityKeyPair> keys = new ArrayList<>();
        keys.add(current);
        for (Object previous : previous(document)) {
            keys.add(ConfidentialityKeyPair.fromPrivate(document.privateKey(previous)));
        }
        return List.copyOf(keys);
    }

    private static @Nullable Object advertisedKey(KeyDocument document) {
        Object advertised = document.member("public_key");
        return advertised instanceof Map<?, ?> object ? object.get("key") : advertised;
    }

    private static List<?> previous(KeyDocument document) {
        Object previous = document.member("previous");
        if (previous == null) {
            return List.of();
        }
        if (previous instanceof List<?> keys && keys.size() <= MOST_PREVIOUS_READ) {
            return keys;
        }
        throw document.corrupt("its previous keys are not a list of at most %d".formatted(MOST_PREVIOUS_READ));
    }

    private static byte[] write(List<ConfidentialityKeyPair> keys) {
        ConfidentialityKeyPair current = keys.get(0);
        Map<String, Object> advertised = new LinkedHashMap<>();
        advertised.put("algorithm", ConfidentialityKey.X25519);
        advertised.put("encoding", ConfidentialityKey.BASE64URL);
        advertised.put("key", current.publicKey().key());
        advertised.put("key_id", current.keyId());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("version", 1);
        members.put("algorithm", ConfidentialityKey.X25519);
        members.put("private_key", Base64Url.encode(current.privateKey()));
        members.put("public_key", advertised);
        if (keys.size() > 1) {
            members.put(
                    "previous",
                    keys.stream()
                            .skip(1)
                            .map(pair -> Base64Url.encode(pair.privateKey()))
                            .toList());
        }
        return KeyDocument.format(members);
    }
}
