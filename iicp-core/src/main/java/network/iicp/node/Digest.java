package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import network.iicp.crypto.Hashes;

/**
 * Tells one request from another: the SHA-256 of where it was sent and of its whole body.
 *
 * @param hex 64 hexadecimal digits
 */
record Digest(String hex) {

    static Digest of(String path, byte[] body) {
        return new Digest(Hashes.sha256Hex(path.getBytes(UTF_8), new byte[] {'\n'}, body));
    }
}
