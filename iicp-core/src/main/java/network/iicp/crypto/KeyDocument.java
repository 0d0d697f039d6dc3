package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The JSON in a key file, as the official nodes write it: version 1, an algorithm, a private key of 32 bytes in base64url.
 * Complaints name the file and what is wrong, never what it holds.
 */
final class KeyDocument {

    private static final int VERSION = 1;

    private final Path file;
    private final Map<String, Object> members;

    private KeyDocument(Path file, Map<String, Object> members) {
        this.file = file;
        this.members = members;
    }

    /** Reads what is in the file; if there is none, makes one. Whoever is first wins, and everybody gets the same. */
    static <T> T loadOrCreate(Path file, Function<byte[], T> reader, Supplier<byte[]> fresh) {
        byte[] found = OwnerOnlyFile.read(file).orElse(null);
        if (found != null) {
            return reader.apply(found);
        }
        byte[] made = fresh.get();
        if (OwnerOnlyFile.create(file, made)) {
            return reader.apply(made);
        }
        return reader.apply(OwnerOnlyFile.read(file)
                .orElseThrow(() -> corrupt(file, "it is a link that leads nowhere, or somebody removes it")));
    }

    static KeyDocument parse(Path file, byte[] content, String algorithm) {
        Map<String, Object> members;
        try {
            members = Json.parseObject(content, JsonLimits.DEFAULT);
        } catch (JsonException e) {
            // The text of a damaged key file belongs neither into the message nor into a cause.
            throw corrupt(file, "it does not hold a JSON object");
        }
        if (!(members.get("version") instanceof Number version) || version.doubleValue() != VERSION) {
            throw corrupt(file, "its version is not " + VERSION);
        }
        if (!algorithm.equals(members.get("algorithm"))) {
            throw corrupt(file, "its algorithm is not " + algorithm);
        }
        return new KeyDocument(file, members);
    }

    static byte[] format(Map<String, Object> members) {
        return (Json.pretty(members) + "\n").getBytes(UTF_8);
    }

    @Nullable
    Object member(String name) {
        return members.get(name);
    }

    byte[] privateKey() {
        return privateKey(members.get("private_key"));
    }

    byte[] privateKey(@Nullable Object value) {
        if (value instanceof String text) {
            return Base64Url.decodeExactly(text, 32)
                    .orElseThrow(() -> corrupt(file, "its private key is not 32 bytes in base64url"));
        }
        throw corrupt(file, "it has no private key");
    }

    /** A public key that does not belong to the private one means that the file was put together by hand, wrongly. */
    void requirePublicKey(@Nullable Object stored, byte[] derived) {
        if (stored == null) {
            return;
        }
        boolean same = stored instanceof String text
                && Base64Url.decodeExactly(text, derived.length)
                        .filter(bytes -> Hashes.constantTimeEquals(bytes, derived))
                        .isPresent();
        if (!same) {
            throw corrupt(file, "its public key does not belong to its private key");
        }
    }

    ConfigurationException corrupt(String why) {
        return corrupt(file, why);
    }

    private static ConfigurationException corrupt(Path file, String why) {
        return new ConfigurationException(IicpError.of(
                ErrorCode.INVALID_CONFIG,
                ErrorComponent.CLIENT,
                ("the key file %s cannot be used: %s; restore it from a backup, or move it away to have a new key made"
                                + " (peers that know the old one will then have to learn the new one)")
                        .formatted(Quoted.of(OwnerOnlyFile.nameOf(file)), why)));
    }
}
