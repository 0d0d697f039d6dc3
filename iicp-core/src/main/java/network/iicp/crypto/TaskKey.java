package network.iicp.crypto;

import java.security.SecureRandom;

/**
 * Proves who submitted a task. The submitter sends {@link #key()} with the task in the header {@code X-IICP-Task-Key} and
 * shows {@link #secret()} in {@code X-IICP-Task-Secret} to cancel the task or to attach to its stream again; the node keeps
 * the key, which says nothing about the secret. Immutable and thread-safe.
 *
 * <p>Source: our binding of wire profile service-lifecycle:v1 to HTTP.
 */
public final class TaskKey {

    private static final int BYTES = 32;

    private final String secret;
    private final String key;

    private TaskKey(byte[] secretBytes) {
        this.secret = Base64Url.encode(secretBytes);
        this.key = Base64Url.encode(Hashes.sha256(secretBytes));
    }

    /**
     * Makes the key of a new task.
     *
     * @param random source of the 32 secret bytes
     * @return the key
     */
    public static TaskKey generate(SecureRandom random) {
        byte[] secretBytes = new byte[BYTES];
        random.nextBytes(secretBytes);
        return new TaskKey(secretBytes);
    }

    /** Returns the 32 secret bytes in base64url, 43 characters. */
    public String secret() {
        return secret;
    }

    /** Returns the SHA-256 of the secret bytes in base64url, 43 characters. */
    public String key() {
        return key;
    }

    /**
     * Returns whether a header value can be the key of a task; anything else is to be refused when the task arrives.
     *
     * @param key what came in {@code X-IICP-Task-Key}
     * @return whether it is 32 bytes in base64url
     */
    public static boolean isWellFormed(String key) {
        return Base64Url.decodeExactly(key, BYTES).isPresent();
    }

    /**
     * Returns whether a secret belongs to a key. The comparison takes the same time wherever the two differ.
     *
     * @param key the key that came with the task
     * @param secret the secret shown now; any text
     * @return whether the one who shows it submitted the task
     */
    public static boolean matches(String key, String secret) {
        byte[] expected = Base64Url.decodeExactly(key, BYTES).orElse(null);
        byte[] shown = Base64Url.decodeExactly(secret, BYTES).orElse(null);
        return expected != null && shown != null && Hashes.constantTimeEquals(expected, Hashes.sha256(shown));
    }

    /** Returns the beginning of the key, never the secret. */
    @Override
    public String toString() {
        return "TaskKey[%s...]".formatted(key.substring(0, 8));
    }
}
