package network.iicp.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Gives every stream a thread of its own, so that a handler may block without holding up anybody else: a virtual thread where the
 * JVM has them, else a daemon thread. Nothing is kept between streams, so there is nothing to shut down.
 */
enum DeliveryThreads implements Executor {
    /** The one instance; it holds no state. */
    INSTANCE;

    private static final String NAME = "iicp-langchain4j-stream";

    private final @Nullable MethodHandle startVirtual = startVirtual();

    private static @Nullable MethodHandle startVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findStatic(
                            Thread.class, "startVirtualThread", MethodType.methodType(Thread.class, Runnable.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            // Java 17 to 20
            return null;
        }
    }

    /** Returns what the caller of a model is told when an executor of its own takes no more streams. */
    static InternalServerException rejected(RejectedExecutionException cause) {
        return new InternalServerException(
                "the executor of the streaming model takes no more streams; give it more threads or limit the streams",
                cause);
    }

    @Override
    public void execute(Runnable stream) {
        if (startVirtual == null) {
            Thread thread = new Thread(stream, NAME);
            thread.setDaemon(true);
            thread.start();
            return;
        }
        Runnable named = () -> {
            Thread.currentThread().setName(NAME);
            stream.run();
        };
        try {
            Thread unused = (Thread) startVirtual.invokeExact(named);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("no thread for the stream", e);
        }
    }
}
