package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;

/**
 * A statement of a directory that everybody can check with the directory's public key: {@code <claims>.<signature>}, the claims as JSON in
 * base64url without padding, the signature as 128 lower-case hexadecimal digits. Signed are the bytes that travel, so nothing depends on
 * how JSON is written. Immutable and thread-safe. Source: IICP directory, directory-signed tokens.
 */
public final class SignedClaims {

    /** The kind of statement that lets a consumer call a node. */
    public static final String CONSUMER_TOKEN = "iicp:consumer-token:v1";

    /** Most characters of a statement. */
    public static final int MAX_CHARACTERS = 4096;

    private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{128}");
    private static final JsonLimits LIMITS = JsonLimits.DEFAULT.withMaxBytes(MAX_CHARACTERS);

    private final byte[] signed;
    private final byte[] signature;
    private final JsonObject claims;

    private SignedClaims(byte[] signed, byte[] signature, JsonObject claims) {
        this.signed = signed;
        this.signature = signature;
        this.claims = claims;
    }

    /**
     * Makes a statement.
     *
     * @param domain what kind of statement it is, such as {@code iicp:consumer-token:v1}; keeps one kind from passing for another
     * @param claims what is stated, in this order
     * @param key the key of the directory
     * @return the text that travels
     */
    public static String sign(String domain, Map<String, Object> claims, Ed25519KeyPair key) {
        String encoded = Base64Url.encode(Json.bytes(claims));
        return encoded + "." + HexFormat.of().formatHex(key.sign(message(domain, encoded)));
    }

    /**
     * Reads a statement. Nothing in it may be believed before {@link #isSignedBy} said yes.
     *
     * @param domain the kind of statement that is expected
     * @param token what was received
     * @return the statement, or empty when the text has not the form of one
     */
    public static Optional<SignedClaims> read(String domain, String token) {
        int dot = token.indexOf('.');
        if (token.length() > MAX_CHARACTERS
                || dot < 1
                || !SIGNATURE.matcher(token.substring(dot + 1)).matches()) {
            return Optional.empty();
        }
        String encoded = token.substring(0, dot);
        return Base64Url.decode(encoded, MAX_CHARACTERS)
                .flatMap(SignedClaims::object)
                .map(claims -> new SignedClaims(
                        message(domain, encoded), HexFormat.of().parseHex(token, dot + 1, token.length()), claims));
    }

    private static Optional<JsonObject> object(byte[] json) {
        try {
            return Optional.of(JsonObject.parse(json, LIMITS));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    /** Only base64url gets here when reading, and only it is written, so one byte is one character. */
    private static byte[] message(String domain, String encoded) {
        return (domain + "\n" + encoded).getBytes(US_ASCII);
    }

    /** Returns whether the owner of a public key made exactly this statement of this kind. */
    public boolean isSignedBy(byte[] publicKey) {
        return Ed25519KeyPair.verify(publicKey, signed, signature);
    }

    /** Returns what is stated. */
    public JsonObject claims() {
        return claims;
    }

    /** Shows nothing: statements are credentials of a kind. */
    @Override
    public String toString() {
        return "SignedClaims";
    }
}
