package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The signature with which a replica of a directory vouches for one answer: over method, path, query, the number of its snapshot and the body.
 * Source: IICP directory, replica response signature.
 */
public final class ReplicaSignature {

    /** The header that carries the signature, 128 lower-case hexadecimal digits. */
    public static final String SIGNATURE_HEADER = "X-IICP-Replica-Sig";

    /** The header that carries the number of the snapshot the answer was made from. */
    public static final String SEQUENCE_HEADER = "X-IICP-Snapshot-Seq";

    private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{128}");
    private static final Pattern SEQUENCE = Pattern.compile("[0-9]{1,19}");

    private ReplicaSignature() {}

    /**
     * Returns the text whose SHA-256 is signed.
     *
     * @param method the method of the request
     * @param url the URL that was asked
     * @param sequence the number of the snapshot
     * @param body the body of the answer, as it came
     */
    public static String text(String method, URI url, String sequence, byte[] body) {
        return String.join(
                ":", method, url.getRawPath(), canonical(url.getRawQuery()), sequence, Hashes.sha256Hex(body));
    }

    /** Pairs by name, then value, percent-encoded in one way. */
    private static String canonical(@Nullable String query) {
        if (query == null || query.isEmpty()) {
            return "";
        }
        List<Map.Entry<String, String>> pairs = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            pairs.add(Map.entry(decoded(name), equals < 0 ? "" : decoded(pair.substring(equals + 1))));
        }
        pairs.sort(Map.Entry.<String, String>comparingByKey().thenComparing(Map.Entry.comparingByValue()));
        return pairs.stream()
                .map(pair -> encoded(pair.getKey()) + "=" + encoded(pair.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, UTF_8);
    }

    /** RFC 3986, where the JDK's form encoding differs in three characters. */
    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    /**
     * Checks an answer.
     *
     * @param publicKey the replica's key, 32 bytes
     * @param method the method of the request
     * @param url the URL that was asked
     * @param sequence what came in {@link #SEQUENCE_HEADER}, or {@code null}
     * @param body the body of the answer, as it came
     * @param signature what came in {@link #SIGNATURE_HEADER}, or {@code null}
     * @return whether the replica signed exactly this answer to this request
     */
    public static boolean verify(
            byte[] publicKey,
            String method,
            URI url,
            @Nullable String sequence,
            byte[] body,
            @Nullable String signature) {
        if (signature == null
                || sequence == null
                || !SIGNATURE.matcher(signature).matches()
                || !SEQUENCE.matcher(sequence).matches()) {
            return false;
        }
        byte[] digest = Hashes.sha256(text(method, url, sequence, body).getBytes(UTF_8));
        return Ed25519KeyPair.verify(publicKey, digest, HexFormat.of().parseHex(signature));
    }
}
