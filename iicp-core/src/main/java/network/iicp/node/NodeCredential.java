package network.iicp.node;

import org.jspecify.annotations.Nullable;

/**
 * What the directory gave the node with its last registration. Token and key belong together, so they are replaced together.
 *
 * @param token proves to the directory, and to this node's callers, who the node is
 * @param hmacKey answers challenges; the one before when the last registration gave none; {@code null} when there never was one
 */
record NodeCredential(String token, @Nullable String hmacKey) {

    /** Shows nothing. */
    @Override
    public String toString() {
        return "NodeCredential[...]";
    }
}
