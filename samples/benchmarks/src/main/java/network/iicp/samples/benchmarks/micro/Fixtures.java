package network.iicp.samples.benchmarks.micro;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.wire.DiscoverCodec;

/** What the benchmarks work on, the same in every run. */
final class Fixtures {

    private static final long SEED = 20_261_127L;

    /** A question and an answer of ordinary length, about 600 characters. */
    static final String TEXT = "Route the intent to the machine that can serve it now, and say who did. ".repeat(8);

    private Fixtures() {}

    static RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    }

    /** The answer of a directory that lists this many nodes. */
    static Map<String, Object> discoverAnswer(int nodes, ConfidentialityKeyPair keys) {
        RandomGenerator random = random();
        List<Object> listed = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            listed.add(node(i, random, keys));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("nodes", listed);
        answer.put("count", nodes);
        return answer;
    }

    static List<NodeDescriptor> nodes(int count) {
        return DiscoverCodec.decode(discoverAnswer(count, ConfidentialityKeyPair.fromPrivate(privateKey())), count)
                .nodes();
    }

    static byte[] privateKey() {
        byte[] key = new byte[ConfidentialityKeyPair.KEY_BYTES];
        random().nextBytes(key);
        return key;
    }

    private static Map<String, Object> node(int index, RandomGenerator random, ConfidentialityKeyPair keys) {
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("node_id", new UUID(random.nextLong(), random.nextLong()).toString());
        node.put("endpoint", "http://127.0.0.1:" + (20_000 + index));
        node.put("score", 0.5 + random.nextDouble() / 2);
        node.put("available", true);
        node.put("region", "local");
        node.put("load", random.nextDouble());
        node.put("reputation_score", random.nextDouble());
        node.put("models", List.of("stub-model"));
        node.put(
                "capabilities",
                List.of(Map.of(
                        "intent",
                        Intent.LLM_CHAT.toString(),
                        "models",
                        List.of("stub-model"),
                        "max_tokens",
                        4096,
                        "supports_streaming",
                        true)));
        Map<String, Object> key = new LinkedHashMap<>();
        key.put("algorithm", keys.publicKey().algorithm());
        key.put("encoding", keys.publicKey().encoding());
        key.put("key", keys.publicKey().key());
        key.put("key_id", keys.keyId());
        key.put("features", List.of("response_encryption_v1", "response_stream_encryption_v1"));
        node.put("cx_public_key", key);
        return node;
    }
}
