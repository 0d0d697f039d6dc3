package network.iicp.transport.internal;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import network.iicp.transport.HttpHandler;
import network.iicp.transport.ListenerSettings;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections whose request does not arrive. Jetty's idle time starts again with every byte, so a peer that sends one byte of its
 * headers now and then could hold a connection for ever; this measures from the first byte of a request to the end of its headers, and
 * from the opening of a connection to its first request. When every connection is taken, those that wait for a next request are closed
 * first, longest wait first; and when there are none, those whose request should be there by now. So whoever opens many connections and does
 * nothing with them shuts nobody out for long.
 */
final class SlowRequests implements Connection.Listener {

    private static final long SHORTEST_TICK_MILLIS = 20;
    private static final long LONGEST_TICK_MILLIS = 1000;
    private static final long FULL_TICK_MILLIS = 100;

    /** How long the headers of a request may take when others cannot even connect. */
    private static final long PATIENCE_WHEN_FULL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The part of all connections that is closed at a time to make room. */
    private static final int ROOM = 32;

    private final ServerConnector connector;
    private final Scheduler scheduler;
    private final HttpHandler handler;
    private final long limitNanos;
    private final long tickMillis;
    private final int maxConnections;
    private final Map<Object, Progress> connections = new ConcurrentHashMap<>();
    private volatile boolean stopped;
    private volatile Scheduler.@Nullable Task next;

    SlowRequests(ServerConnector connector, Scheduler scheduler, ListenerSettings settings, HttpHandler handler) {
        this.connector = connector;
        this.scheduler = scheduler;
        this.handler = handler;
        this.limitNanos = settings.headerAndBodyTimeout().toNanos();
        this.tickMillis = Math.max(
                SHORTEST_TICK_MILLIS,
                Math.min(LONGEST_TICK_MILLIS, settings.headerAndBodyTimeout().toMillis() / 4));
        this.maxConnections = settings.maxConnections();
    }

    /** What one connection is doing; changed by the threads of Jetty and read by the timer. */
    private static final class Progress {

        final Connection connection;
        volatile boolean busy;
        volatile boolean used;
        volatile long sinceNanos = System.nanoTime();
        volatile long quietBytes;
        volatile boolean begun;

        Progress(Connection connection) {
            this.connection = connection;
        }
    }

    void start() {
        schedule();
    }

    void stop() {
        stopped = true;
        Scheduler.Task task = next;
        if (task != null) {
            task.cancel();
        }
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof ConnectionMetaData) {
            connections.put(connection, new Progress(connection));
        }
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(connection);
    }

    void exchangeBegan(Object connection) {
        Progress progress = connections.get(connection);
        if (progress != null) {
            progress.busy = true;
        }
    }

    void exchangeEnded(Object connection) {
        Progress progress = connections.get(connection);
        if (progress != null) {
            progress.quietBytes = progress.connection.getBytesIn();
            progress.sinceNanos = System.nanoTime();
            progress.begun = false;
            progress.used = true;
            progress.busy = false;
        }
    }

    /** Closes the connections that wait for a request. */
    void closeIdle() {
        connections.values().stream().filter(SlowRequests::isIdle).forEach(progress -> endPoint(progress)
                .close());
    }

    private void schedule() {
        if (!stopped) {
            long wait = excess() > 0 ? Math.min(tickMillis, FULL_TICK_MILLIS) : tickMillis;
            next = scheduler.schedule(this::tick, wait, TimeUnit.MILLISECONDS);
        }
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            connections.values().forEach(progress -> check(progress, now));
            makeRoom(now);
        } finally {
            schedule();
        }
    }

    private void check(Progress progress, long now) {
        if (progress.busy) {
            return;
        }
        boolean arriving = progress.connection.getBytesIn() != progress.quietBytes;
        if (arriving && !progress.begun) {
            progress.begun = true;
            progress.sinceNanos = progress.used ? now : progress.sinceNanos;
        }
        boolean waited = now - progress.sinceNanos > limitNanos;
        if (waited && (arriving || !progress.used)) {
            refuse(progress);
        }
    }

    private void refuse(Progress progress) {
        EndPoint endPoint = endPoint(progress);
        if (!progress.begun) {
            endPoint.close();
            return;
        }
        byte[] answer = Refusals.wire(Refusals.tooSlow(), "Request Timeout", handler.headersOfRefusals(null));
        try {
            endPoint.write(Callback.from(endPoint::close), ByteBuffer.wrap(answer));
        } catch (RuntimeException e) {
            // A write is pending: the request became complete in this moment, and its answer is lost with the
            // connection.
            endPoint.close();
        }
    }

    /** Returns how many connections are more than leave room for another one. */
    private int excess() {
        return connector.getConnectedEndPoints().size() - maxConnections + 1;
    }

    private void makeRoom(long now) {
        int excess = excess();
        if (excess <= 0) {
            return;
        }
        int room = Math.max(excess, maxConnections / ROOM);
        List<Progress> idle = longestFirst(SlowRequests::isIdle, room, now);
        idle.forEach(progress -> endPoint(progress).close());
        if (idle.isEmpty()) {
            longestFirst(progress -> isStuck(progress, now), room, now).forEach(this::refuse);
        }
    }

    private List<Progress> longestFirst(Predicate<Progress> which, int most, long now) {
        return connections.values().stream()
                .filter(which)
                .sorted(Comparator.comparingLong(progress -> progress.sinceNanos - now))
                .limit(most)
                .toList();
    }

    private static boolean isStuck(Progress progress, long now) {
        return !progress.busy && !isIdle(progress) && now - progress.sinceNanos > PATIENCE_WHEN_FULL_NANOS;
    }

    private static boolean isIdle(Progress progress) {
        return !progress.busy && progress.used && progress.connection.getBytesIn() == progress.quietBytes;
    }

    private static EndPoint endPoint(Progress progress) {
        return progress.connection.getEndPoint();
    }
}
