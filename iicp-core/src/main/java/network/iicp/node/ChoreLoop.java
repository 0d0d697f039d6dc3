package network.iicp.node;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that does a {@link Chore}. Thread-safe. */
final class ChoreLoop {

    private static final Logger log = LoggerFactory.getLogger(ChoreLoop.class);
    private static final Duration AFTER_DEFECT = Duration.ofSeconds(5);

    private final Chore chore;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean woken;
    private boolean stopping;
    private @Nullable Thread thread;

    ChoreLoop(Chore chore) {
        this.chore = chore;
    }

    /** Begins with a step at once. */
    void start(ThreadFactory threads) {
        Thread created = threads.newThread(this::run);
        lock.lock();
        try {
            thread = created;
        } finally {
            lock.unlock();
        }
        created.start();
    }

    /** Has the next step done now instead of later. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does the last step and ends the thread. Does nothing when it was never started.
     *
     * @param limit how long to wait for that; afterwards the thread is interrupted
     */
    void stop(Duration limit) throws InterruptedException {
        Thread running = finish();
        if (running != null && !ended.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            running.interrupt();
        }
    }

    /** Has the last step done, without waiting for it. Returns the thread that does it, if there is one. */
    @Nullable
    Thread finish() {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
            return thread;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (pause(stepSafely())) {
                // The next step follows.
            }
            chore.last();
        } catch (InterruptedException e) {
            log.debug("interrupted at {}", chore);
        } catch (RuntimeException e) {
            log.error("the last step of {} failed", chore, e);
        } finally {
            ended.countDown();
        }
    }

    private Duration stepSafely() throws InterruptedException {
        try {
            return chore.step();
        } catch (RuntimeException e) {
            log.error("a step of {} failed; it is tried again", chore, e);
            return AFTER_DEFECT;
        }
    }

    /** Returns whether to go on. */
    private boolean pause(Duration wait) throws InterruptedException {
        long nanos = wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (!stopping && !woken && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            woken = false;
            return !stopping;
        } finally {
            lock.unlock();
        }
    }
}
