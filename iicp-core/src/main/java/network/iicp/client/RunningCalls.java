package network.iicp.client;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.IicpException;

/** The calls of one consumer that have begun and not ended, so that closing it can end them. Thread-safe. */
final class RunningCalls {

    /** A call that can be ended from outside. */
    interface Call {
        /** Ends the call with this failure and tells its node, unless it has ended already. */
        void stop(IicpException why);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Call> running = new HashSet<>();
    private boolean closed;

    /** Notes a call that begins; false when the consumer is closed and it must not. */
    boolean begin(Call call) {
        lock.lock();
        try {
            return !closed && running.add(call);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a call that has ended. */
    void end(Call call) {
        lock.lock();
        try {
            running.remove(call);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many calls run. */
    int size() {
        lock.lock();
        try {
            return running.size();
        } finally {
            lock.unlock();
        }
    }

    /** Lets no further call begin and ends those that run. */
    void stopAll(IicpException why) {
        List<Call> all;
        lock.lock();
        try {
            closed = true;
            all = new ArrayList<>(running);
        } finally {
            lock.unlock();
        }
        all.forEach(call -> call.stop(why));
    }
}
