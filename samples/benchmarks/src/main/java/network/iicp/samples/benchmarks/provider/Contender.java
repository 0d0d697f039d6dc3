package network.iicp.samples.benchmarks.provider;

import java.net.URI;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.samples.benchmarks.process.Peer;
import org.jspecify.annotations.Nullable;

/**
 * Someone under load.
 *
 * @param name what it is called in the report
 * @param process its process
 * @param target where to post
 * @param key the key to seal tasks with, or {@code null} when it is not a node
 */
record Contender(
        String name, Peer process, URI target, @Nullable ConfidentialityKey key) {

    boolean isNode() {
        return key != null;
    }
}
