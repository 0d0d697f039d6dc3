package network.iicp.transport;

import java.lang.reflect.Method;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Threads for work that may block: virtual threads where the JVM has them (21 and later), otherwise a bounded pool of daemon platform
 * threads that end after 30 s without work.
 */
public final class WorkerThreads {

    /** Most platform threads of one pool on a JVM without virtual threads, unless asked otherwise. */
    public static final int DEFAULT_MAX_PLATFORM_THREADS = 512;

    private static final long KEEP_ALIVE_SECONDS = 30;
    private static final @Nullable VirtualThreads VIRTUAL = VirtualThreads.find();

    private WorkerThreads() {}

    /** Returns whether {@link #perTask(String)} uses virtual threads on this JVM. */
    public static boolean virtual() {
        return VIRTUAL != null;
    }

    /**
     * Returns an executor that gives each task a thread of its own. On a JVM without virtual threads at most
     * {@value #DEFAULT_MAX_PLATFORM_THREADS} tasks run at once and a further one is rejected.
     *
     * @param namePrefix beginning of the names of the threads; a number follows
     * @return the executor; the caller shuts it down
     */
    public static ExecutorService perTask(String namePrefix) {
        return perTask(namePrefix, DEFAULT_MAX_PLATFORM_THREADS);
    }

    /**
     * Returns an executor that gives each task a thread of its own. Nothing is queued: when every platform thread is taken,
     * {@code execute} throws {@link java.util.concurrent.RejectedExecutionException}, so that the caller can refuse work instead of hoarding it.
     *
     * @param namePrefix beginning of the names of the threads; a number follows
     * @param maxPlatformThreads most tasks at once on a JVM without virtual threads, at least 1; virtual threads are not limited
     * @return the executor; the caller shuts it down
     */
    public static ExecutorService perTask(String namePrefix, int maxPlatformThreads) {
        Objects.requireNonNull(namePrefix, "namePrefix");
        if (maxPlatformThreads < 1) {
            throw new IllegalArgumentException("maxPlatformThreads (%d) is below 1".formatted(maxPlatformThreads));
        }
        if (VIRTUAL != null) {
            return VIRTUAL.perTask(namePrefix);
        }
        return new ThreadPoolExecutor(
                0,
                maxPlatformThreads,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                daemonThreads(namePrefix));
    }

    /**
     * Returns an executor that gives each task a thread of its own, however many there are. For steps of work that somebody else has admitted
     * already; the threads of a JVM without virtual threads are reused, and end after 60 s without work.
     *
     * @param namePrefix beginning of the names of the threads; a number follows
     * @return the executor; the caller shuts it down
     */
    public static ExecutorService unbounded(String namePrefix) {
        return VIRTUAL == null ? Executors.newCachedThreadPool(daemonThreads(namePrefix)) : VIRTUAL.perTask(namePrefix);
    }

    /**
     * Returns a factory of daemon platform threads. They belong to the thread group of the caller and inherit no thread-local values,
     * whichever thread causes their start.
     *
     * @param namePrefix beginning of the names of the threads; a number follows
     */
    public static ThreadFactory daemonThreads(String namePrefix) {
        AtomicLong number = new AtomicLong();
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        return task -> {
            Thread thread = new Thread(group, task, namePrefix + number.getAndIncrement(), 0, false);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** The API of Java 21, found by reflection because this library is compiled for 17. */
    private record VirtualThreads(Method ofVirtual, Method name, Method factory, Method newExecutor) {

        static @Nullable VirtualThreads find() {
            try {
                Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
                VirtualThreads found = new VirtualThreads(
                        Thread.class.getMethod("ofVirtual"),
                        builder.getMethod("name", String.class, long.class),
                        builder.getMethod("factory"),
                        Executors.class.getMethod("newThreadPerTaskExecutor", ThreadFactory.class));
                found.perTask("iicp-probe-").shutdown();
                return found;
            } catch (ReflectiveOperationException | IllegalStateException e) {
                // Java 17 to 20, or 19 and 20 without their preview switched on.
                return null;
            }
        }

        ExecutorService perTask(String namePrefix) {
            try {
                Object builder = name.invoke(ofVirtual.invoke(null), namePrefix, 0L);
                return (ExecutorService) newExecutor.invoke(null, factory.invoke(builder));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("virtual threads exist on this JVM and cannot be started", e);
            }
        }
    }
}
