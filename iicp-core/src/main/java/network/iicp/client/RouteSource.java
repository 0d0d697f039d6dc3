package network.iicp.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import network.iicp.directory.DirectoryClient;
import network.iicp.directory.DispatchTickets;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.wire.DispatchCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory as a source of routes: a ticket at a time, or a list, as mode, query and directory want it. Remembers for a while that a
 * directory issues no tickets. Thread-safe.
 */
final class RouteSource {

    private static final Logger log = LoggerFactory.getLogger(RouteSource.class);

    /** Enough to fail over widely, within what directories allow. */
    private static final int LIST_LIMIT = 20;

    private static final Duration NO_TICKETS = Duration.ofMinutes(5);
    private static final Duration TICKETS_REFUSED = Duration.ofSeconds(10);

    /** Some directories refuse a ticket for intents of another form; a list they give. */
    private static final Pattern TICKETABLE =
            Pattern.compile("urn:iicp:intent:[a-z0-9_-]+:[a-z0-9_-]+(?::[a-z0-9_-]+)+");

    private final DirectoryClient directory;
    private final DispatchTickets tickets;
    private final RouteDiscovery mode;
    private final LongSupplier nanos;
    private final AtomicLong listsUntil;

    RouteSource(DirectoryClient directory, DispatchTickets tickets, RouteDiscovery mode, LongSupplier nanos) {
        this.directory = directory;
        this.tickets = tickets;
        this.mode = mode;
        this.nanos = nanos;
        this.listsUntil = new AtomicLong(nanos.getAsLong());
    }

    String origin() {
        return directory.origin();
    }

    /** Returns the nodes to begin with. */
    CompletableFuture<Named> first(RouteQuery query, Request request) {
        if (!wantsTicket(query)) {
            return list(query, request);
        }
        return ticket(query, List.of(), request).exceptionallyCompose(thrown -> {
            IicpException fault = Faults.typed(thrown);
            return mode == RouteDiscovery.AUTO && fallsBack(fault)
                    ? list(query, request)
                    : CompletableFuture.failedFuture(fault);
        });
    }

    /**
     * Returns one more node.
     *
     * @param excluded ids of those that are known already
     */
    CompletableFuture<Named> next(RouteQuery query, List<String> excluded, Request request) {
        return wantsTicket(query) && excluded.size() <= DispatchCodec.MAX_EXCLUDED
                ? ticket(query, excluded, request)
                : CompletableFuture.completedFuture(Named.NOTHING);
    }

    private boolean wantsTicket(RouteQuery query) {
        return switch (mode) {
            case LEGACY -> false;
            case TICKETED -> true;
            case AUTO -> !query.several() && isTicketable(query.intent()) && listsUntil.get() - nanos.getAsLong() <= 0;
        };
    }

    static boolean isTicketable(Intent intent) {
        return TICKETABLE.matcher(intent.urn()).matches();
    }

    private CompletableFuture<Named> ticket(RouteQuery query, List<String> excluded, Request request) {
        return tickets.take(wanted(query, DiscoverQuery.DEFAULT_LIMIT), excluded, request.deadline(), request.trace())
                .thenApply(found -> found.map(ticketed -> Named.ticket(ticketed.node(), ticketed.usableFor()))
                        .orElseGet(Named::noTicket));
    }

    /** A directory without tickets is asked for lists from now on; one that refuses them now, for a moment. */
    private boolean fallsBack(IicpException fault) {
        Optional<ErrorCode> code = fault.error().knownCode();
        if (code.filter(c -> c == ErrorCode.DISPATCH_TICKET_UNAVAILABLE).isPresent()) {
            listsUntil.set(nanos.getAsLong() + NO_TICKETS.toNanos());
            log.debug("directory {} issues no tickets; it is asked for lists", origin());
            return true;
        }
        boolean refused = fault.component() == ErrorComponent.DIRECTORY
                && (fault.httpStatus() == 429 || fault.httpStatus() >= 500);
        if (refused) {
            Duration rest = fault.retryAfter().orElse(TICKETS_REFUSED);
            listsUntil.set(nanos.getAsLong() + shorter(rest, NO_TICKETS).toNanos());
        }
        return refused;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Returns a list, whatever the mode is. */
    CompletableFuture<Named> list(RouteQuery query, Request request) {
        return discover(wanted(query, LIST_LIMIT), request).thenApply(reply -> Named.list(reply.nodes()));
    }

    CompletableFuture<DiscoverReply> discover(DiscoverQuery query, Request request) {
        return directory.discover(query, request.deadline(), request.trace());
    }

    private static DiscoverQuery wanted(RouteQuery query, int limit) {
        return DiscoverQuery.builder(query.intent())
                .limit(limit)
                .model(query.model())
                .region(query.region())
                .qos(query.qos())
                .minReputation(query.minReputation())
                .modality(query.modality())
                .build();
    }
}
