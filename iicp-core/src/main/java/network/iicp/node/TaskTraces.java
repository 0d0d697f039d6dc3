package network.iicp.node;

import java.util.Optional;
import java.util.random.RandomGenerator;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which trace the request to an engine belongs to. Thread-safe. */
final class TaskTraces {

    private static final Logger log = LoggerFactory.getLogger(TaskTraces.class);

    private final @Nullable TraceSource source;
    private final RandomGenerator random;
    private final OncePerCause warnings = new OncePerCause();

    /**
     * @param source knows the trace of a task, or {@code null} when nobody does
     * @param random makes ids
     */
    TaskTraces(@Nullable TraceSource source, RandomGenerator random) {
        this.source = source;
        this.random = random;
    }

    /** Returns the trace of the consumer with an id of our own, or a trace that begins here. */
    String within(@Nullable TraceContext consumer) {
        return (consumer == null ? TraceContext.root(random) : consumer.child(random)).traceparent();
    }

    /** Returns what the source says of a task that begins on this thread. */
    Optional<String> known(String taskId) {
        if (source == null) {
            return Optional.empty();
        }
        try {
            TraceSource.Headers headers = source.headers(taskId);
            return headers == null
                    ? Optional.empty()
                    : TraceContext.parse(headers.traceparent()).map(TraceContext::traceparent);
        } catch (RuntimeException e) {
            warnings.warn(
                    source,
                    e.getClass().getName(),
                    () -> log.warn("a trace source failed; engines get traces of the consumers", e));
            return Optional.empty();
        }
    }
}
