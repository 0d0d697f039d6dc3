package network.iicp.directory.server;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import network.iicp.protocol.Deadline;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dials an endpoint back and sees whether a node answers there. Thread-safe. */
final class LivenessProbe {

    /** Longest wait for an answer. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(LivenessProbe.class);
    private static final int MOST_AT_ONCE = 64;
    private static final int LARGEST_ANSWER = 256 * 1024;

    private final HttpTransport transport;
    private final EndpointGuard guard;
    private final Duration patience;
    private final Semaphore places;

    LivenessProbe(HttpTransport transport, EndpointGuard guard) {
        this(transport, guard, PATIENCE, MOST_AT_ONCE);
    }

    LivenessProbe(HttpTransport transport, EndpointGuard guard, Duration patience, int mostAtOnce) {
        this.transport = transport;
        this.guard = guard;
        this.patience = patience;
        this.places = new Semaphore(mostAtOnce);
    }

    /**
     * Asks {@code {endpoint}/iicp/health}.
     *
     * @return whether the answer was a success; never fails for what the node does
     * @throws DirectoryRefusal if too many probes run already
     */
    CompletableFuture<Boolean> answers(String endpoint) {
        if (!places.tryAcquire()) {
            throw DirectoryRefusal.busy("too many endpoints are being checked at the moment; register again", 5);
        }
        try {
            String base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
            HttpCall call = HttpCall.get(URI.create(base + "/iicp/health"))
                    .header("Accept", "application/json")
                    .deadline(Deadline.after(patience))
                    .idle(patience)
                    .maxBytes(LARGEST_ANSWER)
                    .guard(guard)
                    .build();
            return transport.exchange(call).handle((reply, thrown) -> {
                places.release();
                if (thrown != null) {
                    log.debug("an endpoint did not answer: {}", thrown.getMessage());
                }
                return thrown == null && reply.isSuccess();
            });
        } catch (RuntimeException e) {
            places.release();
            throw e;
        }
    }
}
