package network.iicp.client.cooperation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Judges what workers sign for their answers, as far as a coordinator can: the binding to the session, the hash of the answer, and that
 * no receipt is shown twice. The signature itself can only be checked by the directory, which knows the worker's key. Bounded,
 * thread-safe. Source: IICP core, worker receipts.
 */
public final class WorkerReceipts {

    private static final Duration REMEMBERED = Duration.ofSeconds(300);
    private static final int MAX_NONCES = 8192;
    private static final Pattern NONCE = Pattern.compile("[0-9a-fA-F]{32,128}");

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Instant> seen = new LinkedHashMap<>();

    /** Creates a judge that has seen no receipt. */
    public WorkerReceipts(Clock clock) {
        this.clock = clock;
    }

    /**
     * What a worker's answer must be bound to.
     *
     * @param taskId the worker's own task
     * @param parentTaskId the task of the caller
     * @param sessionKey what binds answers to this call
     */
    public record Binding(String taskId, String parentTaskId, String sessionKey) {}

    /**
     * Says why an answer does not count.
     *
     * @param binding what it must be bound to
     * @param result the answer
     * @param trace the reply's {@code trace} member; may be empty
     * @param receipt the reply's {@code cip_receipt} member, or {@code null}
     * @return the reason, empty when it counts; a receipt that counts is remembered
     */
    public Optional<String> rejection(
            Binding binding, Object result, Map<String, Object> trace, @Nullable Map<String, Object> receipt) {
        if (!same(binding.sessionKey(), trace.get("cip_session_key"))) {
            return Optional.of("session_key_mismatch");
        }
        if (receipt == null) {
            return Optional.of("receipt_missing");
        }
        if (!same(binding.sessionKey(), receipt.get("cip_session_key"))
                || !same(binding.taskId(), receipt.get("task_id"))
                || !same(binding.parentTaskId(), receipt.get("cip_parent_task_id"))) {
            return Optional.of("receipt_of_another_task");
        }
        if (!(receipt.get("response_hash") instanceof String hash) || !ResponseHash.matches(result, hash)) {
            return Optional.of("response_hash_mismatch");
        }
        if (!(receipt.get("nonce") instanceof String nonce)
                || !NONCE.matcher(nonce).matches()) {
            return Optional.of("nonce_missing");
        }
        return remember(nonce) ? Optional.empty() : Optional.of("nonce_replayed");
    }

    private boolean remember(String nonce) {
        Instant now = clock.instant();
        lock.lock();
        try {
            seen.values().removeIf(until -> !until.isAfter(now));
            if (seen.size() >= MAX_NONCES) {
                seen.remove(seen.keySet().iterator().next());
            }
            return seen.putIfAbsent(nonce, now.plus(REMEMBERED)) == null;
        } finally {
            lock.unlock();
        }
    }

    private static boolean same(String expected, @Nullable Object shown) {
        return shown instanceof String text
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
    }
}
