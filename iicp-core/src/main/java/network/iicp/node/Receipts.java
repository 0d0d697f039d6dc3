package network.iicp.node;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import network.iicp.crypto.Hashes;
import network.iicp.json.JsonException;
import network.iicp.json.PythonJson;
import network.iicp.protocol.cooperation.SubTask;
import network.iicp.protocol.cooperation.WorkReceipt;
import network.iicp.protocol.wire.CooperationCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the receipts of a node: into the answers of sub-tasks, for their coordinator, and to the directory, for credits. A task that
 * used no tokens, or an answer without a key to sign with, gets none. Thread-safe. Source: IICP cooperative inference and billing.
 */
final class Receipts {

    private static final Logger log = LoggerFactory.getLogger(Receipts.class);
    private static final Duration LIFE = Duration.ofSeconds(300);
    private static final int NONCE_BYTES = 16;
    private static final double LEAST = 0.0001;
    private static final double STEPS = 10_000;
    private static final double TOKENS_PER_CREDIT = 1000;

    private final String nodeId;
    private final CreditReporting reporting;
    private final double multiplier;
    private final Supplier<Optional<String>> hmacKey;
    private final Awards awards;
    private final Clock clock;
    private final SecureRandom random;

    /**
     * Makes the office.
     *
     * @param multiplier the declared factor on the usual price
     * @param hmacKey the key shared with the directory that gives the credits, when there is one
     */
    Receipts(
            String nodeId,
            CreditReporting reporting,
            double multiplier,
            Supplier<Optional<String>> hmacKey,
            Awards awards,
            Clock clock,
            SecureRandom random) {
        this.nodeId = nodeId;
        this.reporting = reporting;
        this.multiplier = multiplier;
        this.hmacKey = hmacKey;
        this.awards = awards;
        this.clock = clock;
        this.random = random;
    }

    /** Returns what the answer of a sub-task says besides the result; nothing for a task that came directly. */
    Map<String, Object> answerMembers(Admitted task, Answers.Result result) {
        SubTask subTask = task.subTask();
        if (subTask == null) {
            return Map.of();
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("trace", CooperationCodec.answerTrace(subTask));
        sign(task, result).ifPresent(receipt -> members.put("cip_receipt", CooperationCodec.encode(receipt)));
        return members;
    }

    /** Asks for the credits of a task that was answered, if the node asks for them. Returns at once. */
    void report(Admitted task, Answers.Result result) {
        boolean wanted =
                reporting == CreditReporting.ALWAYS || (reporting == CreditReporting.DIRECT && task.subTask() == null);
        if (!wanted) {
            return;
        }
        try {
            sign(task, result)
                    .ifPresent(receipt -> awards.ask(
                            task.taskId(),
                            CooperationCodec.encodeAward(receipt, amount(receipt.tokensUsed())),
                            receipt.expiresAt()));
        } catch (RuntimeException defect) {
            // The task is answered; nothing about its credits may change that.
            log.error("the credits of task {} could not be asked for", task.taskId(), defect);
        }
    }

    /** At most the price that directories expect for the tokens, which they round up and we do not. */
    double amount(int tokens) {
        double exact = tokens / TOKENS_PER_CREDIT * multiplier;
        return Math.max(LEAST, Math.round(exact * STEPS) / STEPS);
    }

    private Optional<WorkReceipt> sign(Admitted task, Answers.Result result) {
        Optional<String> key = hmacKey.get();
        int tokens = result.tokens();
        if (key.isEmpty() || tokens <= 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(sign(task, result, tokens, key.get()));
        } catch (JsonException e) {
            log.debug("no receipt for task {}: its result cannot be hashed: {}", task.taskId(), e.getMessage());
            return Optional.empty();
        }
    }

    private WorkReceipt sign(Admitted task, Answers.Result result, int tokens, String key) {
        byte[] nonceBytes = new byte[NONCE_BYTES];
        random.nextBytes(nonceBytes);
        String nonce = HexFormat.of().formatHex(nonceBytes);
        Instant now = clock.instant();
        String hash = Hashes.sha256Hex(PythonJson.canonical(result.value()));
        String querying = task.envelope().sourceNodeId();
        String text = CooperationCodec.signedText(task.taskId(), tokens, task.subTask(), nonce, hash, querying);
        return new WorkReceipt(
                task.taskId(),
                nodeId,
                tokens,
                task.subTask(),
                querying,
                nonce,
                now,
                now.plus(LIFE),
                hash,
                Hashes.hmacSha256Hex(key, text));
    }
}
