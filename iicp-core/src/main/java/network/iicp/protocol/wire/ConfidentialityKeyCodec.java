package network.iicp.protocol.wire;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import network.iicp.protocol.ConfidentialityKey;
import org.jspecify.annotations.Nullable;

/** Reads and writes the public keys that nodes receive encrypted tasks with. Source: IICP confidentiality extension. */
public final class ConfidentialityKeyCodec {

    private static final int KEY_BYTES = 32;
    private static final int LONGEST_KEY = 128;
    private static final int LONGEST_ID = 64;
    private static final int ID_BYTES = 8;

    private ConfidentialityKeyCodec() {}

    /** Returns the JSON object of a key, features in alphabetical order. */
    public static Map<String, Object> encode(ConfidentialityKey key) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("algorithm", key.algorithm());
        json.put("encoding", key.encoding());
        json.put("key", key.key());
        json.put("key_id", key.keyId());
        if (!key.features().isEmpty()) {
            json.put("features", List.copyOf(new TreeSet<>(key.features())));
        }
        if (key.notAfter() != null) {
            json.put("not_after", key.notAfter().toString());
        }
        return json;
    }

    /**
     * Reads a key: an object, or a bare base64url text as early directories sent it. Padding is accepted and removed. A
     * missing id is derived from the key.
     *
     * @param value the JSON value
     * @return the key; empty when there is none, or none that anything can be encrypted to: an X25519 key that is not 32
     *     bytes, or an expiry that is not readable
     */
    public static Optional<ConfidentialityKey> decode(@Nullable Object value) {
        if (value instanceof String text) {
            return x25519(text, null, List.of(), null);
        }
        if (!(value instanceof Map<?, ?> json) || !(json.get("key") instanceof String text)) {
            return Optional.empty();
        }
        Object end = json.get("not_after");
        Optional<Instant> notAfter = end == null ? Optional.empty() : instant(end);
        if (end != null && notAfter.isEmpty()) {
            return Optional.empty();
        }
        String algorithm = json.get("algorithm") instanceof String word ? word : ConfidentialityKey.X25519;
        String encoding = json.get("encoding") instanceof String word ? word : ConfidentialityKey.BASE64URL;
        String id = json.get("key_id") instanceof String word && !word.isBlank() && word.length() <= LONGEST_ID
                ? word
                : null;
        List<String> features = CapabilityCodec.names(json.get("features"));
        if (algorithm.equals(ConfidentialityKey.X25519) && encoding.equals(ConfidentialityKey.BASE64URL)) {
            return x25519(text, id, features, notAfter.orElse(null));
        }
        return id == null || text.length() > LONGEST_KEY
                ? Optional.empty()
                : Optional.of(new ConfidentialityKey(
                        algorithm, encoding, text, id, java.util.Set.copyOf(features), notAfter.orElse(null)));
    }

    private static Optional<ConfidentialityKey> x25519(
            String text, @Nullable String id, List<String> features, @Nullable Instant notAfter) {
        if (text.length() > LONGEST_KEY) {
            return Optional.empty();
        }
        byte[] raw;
        try {
            raw = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (raw.length != KEY_BYTES) {
            return Optional.empty();
        }
        return Optional.of(new ConfidentialityKey(
                ConfidentialityKey.X25519,
                ConfidentialityKey.BASE64URL,
                Base64.getUrlEncoder().withoutPadding().encodeToString(raw),
                id == null ? derivedId(raw) : id,
                java.util.Set.copyOf(features),
                notAfter));
    }

    private static String derivedId(byte[] raw) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(raw);
            return "cx-" + HexFormat.of().formatHex(digest, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Optional<Instant> instant(Object value) {
        if (value instanceof Number seconds) {
            double amount = seconds.doubleValue();
            return amount >= 0 && amount < 1e11 ? Optional.of(Instant.ofEpochSecond((long) amount)) : Optional.empty();
        }
        if (!(value instanceof String text) || text.length() > LONGEST_ID) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
