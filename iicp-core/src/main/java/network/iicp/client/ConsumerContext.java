package network.iicp.client;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import network.iicp.client.selection.CandidateFilter;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.client.selection.ExternalRanking;
import network.iicp.client.selection.NodeBreakers;
import network.iicp.client.selection.NodeRecords;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all calls of one consumer share. Thread-safe. */
record ConsumerContext(
        ClientSettings settings,
        RouteTable routes,
        ConsumerTokens tokens,
        KeyWatch keys,
        NodeBreakers breakers,
        NodeRecords records,
        CandidateFilter filter,
        CandidateOrder order,
        @Nullable ExternalRanking ranking,
        BackOff backOff,
        AnswerTimes answerTimes,
        CallTimer timer,
        RunningCalls calls,
        List<RoutingListener> listeners,
        RandomGenerator random,
        SecureRandom secureRandom,
        Clock clock,
        AtomicBoolean listenerFaultLogged) {

    private static final Logger log = LoggerFactory.getLogger(ConsumerContext.class);

    /** Returns where a call stands in a trace; one of its own begins when the options name none. */
    TraceContext trace(CallOptions options) {
        TraceContext given = options.trace();
        return given == null ? TraceContext.root(random) : given;
    }

    void tell(RoutingEvent event) {
        log.debug("{}", event);
        for (RoutingListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException e) {
                if (listenerFaultLogged.compareAndSet(false, true)) {
                    log.warn("a routing listener failed; its failures are ignored from here on", e);
                }
            }
        }
    }
}
