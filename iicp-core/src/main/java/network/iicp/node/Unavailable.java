package network.iicp.node;

import java.time.Duration;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.registration.BackendStability;

/** The ways a node says that it takes no tasks for now. */
final class Unavailable {

    /** Engines are asked again within this time. */
    private static final Duration ENGINE_RETRY = Duration.ofSeconds(30);

    /** A node that stops does not come back soon; other nodes do better. */
    private static final Duration STOPPING_RETRY = Duration.ofSeconds(30);

    private Unavailable() {}

    /** The engine does not serve now. */
    static IicpException engine() {
        return engine(ENGINE_RETRY);
    }

    /**
     * The engine does not serve now, and it is known why.
     *
     * @param stability how it is
     */
    static IicpException engine(BackendStability stability) {
        Integer seconds = stability.retryAfterSeconds();
        return engine(seconds == null ? ENGINE_RETRY : Duration.ofSeconds(seconds));
    }

    private static IicpException engine(Duration retryAfter) {
        return Refusal.of(ErrorCode.TEMPORARILY_UNAVAILABLE, "the engine of this node does not serve now", retryAfter);
    }

    /** The node stops. */
    static IicpException stopping() {
        return Refusal.of(ErrorCode.TEMPORARILY_UNAVAILABLE, "this node is stopping", STOPPING_RETRY);
    }

    /** More requests are being worked on than there are threads. */
    static IicpException overrun() {
        return Refusal.of(
                ErrorCode.TEMPORARILY_UNAVAILABLE, "this node has too many requests at once", Duration.ofSeconds(1));
    }
}
