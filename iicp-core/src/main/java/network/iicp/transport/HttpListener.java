package network.iicp.transport;

import java.time.Duration;
import network.iicp.transport.internal.JettyListener;

/**
 * A socket that takes HTTP/1.1 requests and hands them to one {@link HttpHandler}. Exposed to the open internet, so every size, count and
 * duration is bounded by its {@link ListenerSettings}; whatever is wrong with a request is answered with JSON, never with a page or a
 * stack trace. Thread-safe. Started once, stopped once.
 */
public interface HttpListener extends AutoCloseable {

    /**
     * Creates a listener carried by Jetty's core handlers. Nothing is opened and no thread runs before {@link #start()}.
     *
     * @param settings where to listen and with which limits
     * @param handler what answers the requests
     * @return the listener, not started
     */
    static HttpListener jetty(ListenerSettings settings, HttpHandler handler) {
        return new JettyListener(settings, handler);
    }

    /**
     * Binds and begins to accept.
     *
     * @throws ListenerStartException if the address cannot be bound, for example because the port is in use
     * @throws IllegalStateException if the listener was started before
     */
    void start();

    /**
     * Returns the port that is bound.
     *
     * @throws IllegalStateException if the listener is not running
     */
    int port();

    /** Returns the host of the settings. */
    String host();

    /**
     * Stops: refuses new connections and new exchanges at once, waits for running exchanges, then closes what is left. Exchanges still
     * running after {@code grace} are cut, and their disconnect callbacks run. Returns when everything is closed; does nothing when
     * not running. An interrupt ends the wait early.
     *
     * @param grace the longest wait for running exchanges; zero cuts at once
     */
    void stop(Duration grace);

    /** Stops without waiting for running exchanges. */
    @Override
    void close();

    /** Returns how many connections are open now, idle ones included. */
    int openConnections();

    /** Returns how many requests are being answered now. */
    int runningExchanges();
}
