package network.iicp.samples.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import network.iicp.crypto.ConfidentialRequest;
import network.iicp.json.Json;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;

/** Bodies of tasks, each with an id of its own. */
public final class Tasks {

    private static final ChatRequest REQUEST = ChatRequest.of("Which machine answers?");
    private static final TaskConstraints CONSTRAINTS = TaskConstraints.NONE;

    private Tasks() {}

    /** Returns an endless supply of tasks in clear. Thread-safe. */
    public static Supplier<byte[]> inClear() {
        String id = new UUID(0, 0).toString();
        TaskEnvelope envelope = TaskEnvelope.plain(id, Intent.LLM_CHAT, ChatCodec.encode(REQUEST), CONSTRAINTS);
        String[] template = Json.text(TaskCodec.encode(envelope)).split(id, 2);
        return () -> (template[0] + UUID.randomUUID() + template[1]).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Returns tasks sealed beforehand, so that sealing them costs nothing while the node is measured. The supply ends: then it throws
     * {@link SupplyEnded}. Thread-safe.
     *
     * @param key the key of the node
     * @param count how many
     */
    public static Supplier<byte[]> sealed(ConfidentialityKey key, int count) throws Exception {
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        List<byte[]> bodies = new ArrayList<>(count);
        try {
            List<Callable<List<byte[]>>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int share = count / threads + 1;
                parts.add(() -> seal(key, share));
            }
            for (var part : executor.invokeAll(parts)) {
                bodies.addAll(part.get());
            }
        } finally {
            executor.shutdown();
        }
        AtomicInteger next = new AtomicInteger();
        return () -> {
            int index = next.getAndIncrement();
            if (index >= bodies.size()) {
                throw new SupplyEnded();
            }
            return bodies.get(index);
        };
    }

    private static List<byte[]> seal(ConfidentialityKey key, int count) {
        SecureRandom random = new SecureRandom();
        byte[] payload = Json.bytes(ChatCodec.encode(REQUEST));
        List<byte[]> bodies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String id = UUID.randomUUID().toString();
            ConfidentialRequest sealed = ConfidentialRequest.seal(key, id, Intent.LLM_CHAT, payload, random);
            bodies.add(Json.bytes(
                    TaskCodec.encode(TaskEnvelope.sealed(id, Intent.LLM_CHAT, sealed.envelope(), true, CONSTRAINTS))));
        }
        return bodies;
    }

    /** Nothing was prepared beyond this. */
    public static final class SupplyEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SupplyEnded() {
            super("no prepared task is left");
        }
    }
}
