package network.iicp.client;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.NodeDescriptor;

/**
 * Remembers with which key each node was last encrypted to, so that a change can be told, and knows the keys that are pinned. A directory
 * names the keys, and nothing but the connection to it vouches for them. Keys are compared by what they are, not by the name they come with.
 * Bounded and thread-safe.
 */
final class KeyWatch {

    private static final int MAX_ENTRIES = 4096;

    private final Map<String, String> pinned;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, String> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_ENTRIES;
        }
    };

    /** @param pinned ids of keys, or whole keys in base64url, by ids of nodes */
    KeyWatch(Map<String, String> pinned) {
        this.pinned = pinned;
    }

    /** Returns whether the node may be encrypted to with the key it shows. */
    boolean allows(NodeDescriptor node) {
        String wanted = pinned.get(node.id());
        return wanted == null
                || node.key()
                        .filter(key -> wanted.equals(key.key()) || wanted.equals(name(key)))
                        .isPresent();
    }

    /** Notes the key a task is encrypted with; returns the name of the one before, if that was another. */
    Optional<String> changed(String node, ConfidentialityKey key) {
        String name = name(key);
        lock.lock();
        try {
            String before = seen.put(node, name);
            return before == null || before.equals(name) ? Optional.empty() : Optional.of(before);
        } finally {
            lock.unlock();
        }
    }

    /** A key that cannot be read is left as it is; nothing can be encrypted to it. */
    static String name(ConfidentialityKey key) {
        try {
            return ConfidentialityKeyPair.keyIdOf(Base64.getUrlDecoder().decode(key.key()));
        } catch (IllegalArgumentException e) {
            return key.key();
        }
    }
}
