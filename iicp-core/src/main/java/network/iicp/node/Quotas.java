package network.iicp.node;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How much one caller, and all callers together, may use in a minute. Tasks are counted before they run, tokens when it is known how many
 * they were: who has used more than its share waits until that is made up. A resend of a task is no second use. What is remembered is
 * bounded: of more callers than that, the ones heard of least recently are forgotten. Thread-safe.
 */
final class Quotas {

    private static final int MAX_REMEMBERED = 4096;

    private final Limits limits;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Account> accounts = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Account> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };
    private final Bucket all;

    /**
     * The limits, each in a minute, each 0 for none.
     *
     * @param tasksPerCaller tasks of one caller
     * @param tokensPerCaller tokens of one caller
     * @param tokens tokens of all callers
     */
    record Limits(int tasksPerCaller, int tokensPerCaller, int tokens) {
        static final Limits NONE = new Limits(0, 0, 0);
    }

    private record Account(Bucket tasks, Bucket tokens) {}

    Quotas(Limits limits, LongSupplier nanos) {
        this.limits = limits;
        this.nanos = nanos;
        this.all = new Bucket(limits.tokens(), nanos.getAsLong());
    }

    /**
     * Counts a task that is about to run.
     *
     * @param caller who sent it; {@code null} for one who has no limits of its own
     * @throws network.iicp.protocol.CapacityException with {@code rate_limited} if the caller, or all, have used too much
     */
    void admit(@Nullable String caller) {
        if (limits.equals(Limits.NONE)) {
            return;
        }
        long now = nanos.getAsLong();
        String what = "";
        long wait = 0;
        lock.lock();
        try {
            if (limits.tokens() > 0) {
                wait = all.waitForOne(now);
                what = "all callers together have used the %d tokens a minute of this node".formatted(limits.tokens());
            }
            if (wait == 0 && caller != null) {
                Account account = account(caller, now);
                if (limits.tokensPerCaller() > 0) {
                    wait = account.tokens().waitForOne(now);
                    what = "this caller has used its %d tokens a minute".formatted(limits.tokensPerCaller());
                }
                if (wait == 0 && limits.tasksPerCaller() > 0) {
                    wait = account.tasks().waitForOne(now);
                    what = "this caller has sent its %d tasks a minute".formatted(limits.tasksPerCaller());
                    if (wait == 0) {
                        account.tasks().take(1);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        if (wait > 0) {
            throw Refusal.of(ErrorCode.RATE_LIMITED, what, Duration.ofNanos(wait));
        }
    }

    /** Counts the tokens of a task that was answered. */
    void charge(@Nullable String caller, int tokens) {
        if (tokens <= 0 || limits.equals(Limits.NONE)) {
            return;
        }
        long now = nanos.getAsLong();
        lock.lock();
        try {
            all.take(limits.tokens() > 0 ? tokens : 0);
            if (caller != null && limits.tokensPerCaller() > 0) {
                account(caller, now).tokens().take(tokens);
            }
        } finally {
            lock.unlock();
        }
    }

    private Account account(String caller, long now) {
        Account known = accounts.get(caller);
        if (known == null) {
            known = new Account(new Bucket(limits.tasksPerCaller(), now), new Bucket(limits.tokensPerCaller(), now));
            accounts.put(caller, known);
        }
        return known;
    }
}
