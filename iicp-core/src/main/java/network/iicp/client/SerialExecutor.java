package network.iicp.client;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps one after another, each on the thread that brings it or on one that is just running another: what they share needs no lock of its
 * own. A step that is brought by a running step comes after it. Thread-safe.
 */
final class SerialExecutor implements Executor {

    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Runnable> steps = new ArrayDeque<>();
    private boolean running;

    @Override
    public void execute(Runnable step) {
        lock.lock();
        try {
            steps.add(step);
            if (running) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        Runnable next = take();
        while (next != null) {
            run(next);
            next = take();
        }
    }

    private void run(Runnable step) {
        boolean done = false;
        try {
            step.run();
            done = true;
        } finally {
            if (!done) {
                lock.lock();
                try {
                    running = false;
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    private @Nullable Runnable take() {
        lock.lock();
        try {
            Runnable next = steps.poll();
            running = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }
}
