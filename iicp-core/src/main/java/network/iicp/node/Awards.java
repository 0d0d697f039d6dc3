package network.iicp.node;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import network.iicp.protocol.IicpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the directory for the credits of finished tasks, behind the back of the tasks: a bounded number waits, a few are under way, and one
 * that does not get through is sent again, unchanged, until it expires or was tried three times. What does not fit is dropped; a node
 * works for its consumers first. Uses no thread of its own. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete and schedule are used for their effect
final class Awards {

    static final int MOST_WAITING = 1000;

    private static final Logger log = LoggerFactory.getLogger(Awards.class);
    private static final int UNDER_WAY = 4;
    private static final int TRIES = 3;
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int UNAVAILABLE = 503;

    private final Function<Map<String, Object>, CompletableFuture<Void>> desk;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private final Consumer<String> outcomes;
    private final OncePerCause warnings = new OncePerCause();
    private final AtomicInteger rounds = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition done = lock.newCondition();
    private final Deque<Award> waiting = new ArrayDeque<>();
    private int underWay;
    private int outstanding;

    private record Award(String taskId, Map<String, Object> body, Instant expires, int tries) {}

    /**
     * Makes the queue.
     *
     * @param desk asks the directory, without blocking
     * @param timer runs the tries after a pause
     * @param clock tells whether a receipt still counts
     * @param outcomes hears what became of each receipt, a word of {@link NodeEvent.CreditsSettled}
     */
    Awards(
            Function<Map<String, Object>, CompletableFuture<Void>> desk,
            ScheduledExecutorService timer,
            Clock clock,
            Consumer<String> outcomes) {
        this.outcomes = outcomes;
        this.desk = desk;
        this.timer = timer;
        this.clock = clock;
    }

    /**
     * Asks for credits.
     *
     * @param body the signed receipt
     * @param expires until when it counts
     */
    void ask(String taskId, Map<String, Object> body, Instant expires) {
        boolean fits;
        lock.lock();
        try {
            fits = outstanding < MOST_WAITING;
            if (fits) {
                outstanding++;
                waiting.add(new Award(taskId, body, expires, 0));
            }
        } finally {
            lock.unlock();
        }
        if (!fits) {
            warnings.warn(
                    this, "full", () -> log.warn("{} receipts wait for the directory; more are dropped", MOST_WAITING));
            outcomes.accept(NodeEvent.CreditsSettled.DROPPED);
            return;
        }
        wake();
    }

    /** Calls from several threads, and from within itself, become one more round. */
    private void wake() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Award next = next(); next != null; next = next()) {
                send(next);
            }
            seen = rounds.addAndGet(-seen);
        } while (seen != 0);
    }

    private @Nullable Award next() {
        lock.lock();
        try {
            if (underWay >= UNDER_WAY || waiting.isEmpty()) {
                return null;
            }
            underWay++;
            return waiting.remove();
        } finally {
            lock.unlock();
        }
    }

    private void send(Award award) {
        CompletableFuture<Void> call;
        try {
            call = desk.apply(award.body());
        } catch (RuntimeException e) {
            call = CompletableFuture.failedFuture(e);
        }
        call.whenComplete((nothing, failure) -> {
            returned(award, failure);
            wake();
        });
    }

    private void returned(Award award, @Nullable Throwable failure) {
        boolean again = failure != null && mayHelp(award, failure);
        if (!again) {
            outcomes.accept(outcome(failure));
        }
        lock.lock();
        try {
            underWay--;
            if (!again) {
                settle();
            }
        } finally {
            lock.unlock();
        }
        if (failure == null) {
            warnings.clear(this);
        } else if (again) {
            later(new Award(award.taskId(), award.body(), award.expires(), award.tries() + 1));
        } else {
            log.debug("no credits for task {}: {}", award.taskId(), failure.getMessage());
        }
    }

    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return NodeEvent.CreditsSettled.AWARDED;
        }
        return typed(failure).filter(known -> !isLost(known)).isPresent()
                ? NodeEvent.CreditsSettled.REFUSED
                : NodeEvent.CreditsSettled.LOST;
    }

    private static Optional<IicpException> typed(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof IicpException known ? Optional.of(known) : Optional.empty();
    }

    /** Nobody answered, or a directory that cannot work now. */
    private static boolean isLost(IicpException failure) {
        return failure.httpStatus() == 0 || failure.httpStatus() == UNAVAILABLE;
    }

    private boolean mayHelp(Award award, Throwable failure) {
        return typed(failure).filter(Awards::isLost).isPresent()
                && award.tries() + 1 < TRIES
                && clock.instant().plus(PAUSE).isBefore(award.expires());
    }

    private void later(Award award) {
        try {
            timer.schedule(() -> again(award), PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The node is closing.
            outcomes.accept(NodeEvent.CreditsSettled.LOST);
            lock.lock();
            try {
                settle();
            } finally {
                lock.unlock();
            }
        }
    }

    private void again(Award award) {
        lock.lock();
        try {
            waiting.add(award);
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void settle() {
        outstanding--;
        if (outstanding == 0) {
            done.signalAll();
        }
    }

    /** Returns how many are not settled. */
    int outstanding() {
        lock.lock();
        try {
            return outstanding;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until every one is settled.
     *
     * @return whether that happened within the limit
     */
    boolean awaitSettled(Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (outstanding > 0) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = done.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
