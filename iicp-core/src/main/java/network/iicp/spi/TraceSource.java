package network.iicp.spi;

import org.jspecify.annotations.Nullable;

/**
 * Says which trace a call of a consumer belongs to, so that the requests of the call continue it. Asked once for each call, on the thread
 * that makes it, after the listeners heard {@link RoutingEvent.Started} and before anything is sent. Nodes ask one likewise for each task, on
 * the thread that works on it, before the engine is called.
 */
@FunctionalInterface
public interface TraceSource {

    /**
     * Returns where the call stands in a trace.
     *
     * @param taskId the task of the call
     * @return the headers, or {@code null} when the call belongs to no trace and begins one of its own
     */
    @Nullable
    Headers headers(String taskId);

    /**
     * Headers of W3C Trace Context. Malformed ones count as none.
     *
     * @param traceparent trace, span and flags; sent with every request of the call, to directories and nodes
     * @param tracestate what tracing systems carry along, or {@code null}; sent to directories only
     */
    record Headers(String traceparent, @Nullable String tracestate) {}
}
