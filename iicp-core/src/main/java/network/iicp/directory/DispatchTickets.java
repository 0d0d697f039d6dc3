package network.iicp.directory;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import network.iicp.crypto.DispatchTicket;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DispatchRoute;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes dispatch tickets from one directory, one at a time, and checks each before its route may be used: the signature, with one refresh
 * of the key when it does not fit; issuer, audience, node, intent and end; the policy manifest the ticket may be bound to. Thread-safe.
 * Source: IICP consumer, ticket verification.
 */
public final class DispatchTickets {

    /** How far the clocks of directory and consumer may differ. */
    public static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);

    /** How long before its end a ticket is not used any more, so that it does not end on the way. */
    public static final Duration MARGIN = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(DispatchTickets.class);
    private static final Duration KEY_LIMIT = Duration.ofSeconds(5);
    private static final String CODE_PREFIX = "IICP-DISPATCH-TICKET-";
    private static final String NO_ROUTE = "no_route_available";

    private final DirectoryClient directory;
    private final Set<String> issuers;
    private final DirectoryKey key;
    private final Clock clock;

    /**
     * A node that a checked ticket names.
     *
     * @param node the node
     * @param usableFor how long from now on the route may be used without asking again
     */
    public record Ticketed(NodeDescriptor node, Duration usableFor) {}

    /**
     * Sends nothing.
     *
     * @param directory whom to ask
     * @param issuers issuers to accept; when empty the one that follows from the directory's URL by the rule of the official SDKs
     * @param pinnedKey the only key to accept, 32 bytes, or {@code null} to ask the directory for it
     * @param clock for the end of tickets
     * @param nanos a monotonic clock, for the age of the key
     */
    public DispatchTickets(
            DirectoryClient directory,
            Set<String> issuers,
            byte @Nullable [] pinnedKey,
            Clock clock,
            LongSupplier nanos) {
        this.directory = directory;
        this.issuers = issuers.isEmpty()
                ? Set.of(DispatchTicket.issuerOf(directory.url().toString()))
                : Set.copyOf(issuers);
        this.key = new DirectoryKey(() -> directory.directoryKey(Deadline.after(KEY_LIMIT)), pinnedKey, nanos);
        this.clock = clock;
    }

    /**
     * Takes a ticket.
     *
     * @param query what is wanted
     * @param excluded ids of nodes that are not wanted, at most {@value network.iicp.protocol.wire.DispatchCodec#MAX_EXCLUDED}
     * @param deadline the end of the call
     * @param trace the trace the call belongs to
     * @return the node it names, or empty when the directory has no route. Fails with an {@link IicpException}: of code
     *     {@code dispatch_ticket_unavailable} when the directory issues no tickets at all, {@code dispatch_ticket_malformed},
     *     {@code dispatch_ticket_unverified} or {@code policy_manifest_mismatch} when a ticket may not be used, else with what the
     *     directory said
     */
    public CompletableFuture<Optional<Ticketed>> take(
            DiscoverQuery query, Collection<String> excluded, Deadline deadline, TraceContext trace) {
        return directory
                .dispatchTicket(query, excluded, deadline, trace)
                .thenCompose(route -> checked(route, query.intent()))
                .thenApply(ticketed -> Optional.of(ticketed)
                        .filter(found -> !excluded.contains(found.node().id())))
                .exceptionallyCompose(thrown -> {
                    IicpException fault = typed(thrown);
                    return isNoRoute(fault)
                            ? CompletableFuture.completedFuture(Optional.empty())
                            : CompletableFuture.failedFuture(named(fault));
                });
    }

    private CompletableFuture<Ticketed> checked(DispatchRoute route, Intent intent) {
        DispatchTicket ticket = DispatchTicket.read(route.ticket())
                .orElseThrow(() -> fault(ErrorCode.DISPATCH_TICKET_MALFORMED, "has not the form of a ticket"));
        return key.current()
                .thenCompose(current -> ticket.isSignedBy(current)
                        ? CompletableFuture.completedFuture(true)
                        : key.after(current).thenApply(renewed -> renewed.filter(ticket::isSignedBy)
                                .isPresent()))
                .thenApply(signed -> {
                    if (!signed) {
                        throw fault(ErrorCode.DISPATCH_TICKET_UNVERIFIED, "is not signed with the directory's key");
                    }
                    return accepted(route, ticket, intent);
                });
    }

    private Ticketed accepted(DispatchRoute route, DispatchTicket ticket, Intent intent) {
        NodeDescriptor node = route.node();
        ticket.objection(
                        new DispatchTicket.Expected(issuers, node.id(), intent.urn(), clock.instant(), CLOCK_TOLERANCE))
                .ifPresent(objection -> {
                    throw fault(ErrorCode.DISPATCH_TICKET_UNVERIFIED, objection);
                });
        ticket.policyDigest()
                .filter(digest -> !digest.equals(route.manifestDigest()))
                .ifPresent(digest -> {
                    throw fault(
                            ErrorCode.POLICY_MANIFEST_MISMATCH,
                            "is bound to another policy manifest than the one of node " + node.prefix());
                });
        log.debug("ticket {} names node {} for {}", ticket.idPrefix(), node.prefix(), intent);
        Duration left = ticket.lifetime().minus(MARGIN);
        return new Ticketed(node, left.isNegative() ? Duration.ZERO : left);
    }

    private IicpException fault(ErrorCode code, String what) {
        return IicpException.of(IicpError.of(
                code,
                ErrorComponent.DIRECTORY,
                "the dispatch ticket of directory %s %s".formatted(directory.origin(), what)));
    }

    private static IicpException typed(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof IicpException known) {
            return known;
        }
        return IicpException.of(
                IicpError.of(
                                ErrorCode.INTERNAL_ERROR,
                                ErrorComponent.CLIENT,
                                "checking a dispatch ticket failed: "
                                        + cause.getClass().getSimpleName())
                        .withHttpStatus(0),
                cause);
    }

    private static boolean isNoRoute(IicpException fault) {
        return fault.httpStatus() == 404 && fault.code().equals(NO_ROUTE);
    }

    /** Gives what the directory said the code it has in the consumer's table. */
    private static IicpException named(IicpException fault) {
        int status = fault.httpStatus();
        if (fault.component() != ErrorComponent.DIRECTORY || status < 400) {
            return fault;
        }
        boolean unconfigured = status == 503 && fault.code().equals(ErrorCode.NOT_CONFIGURED.slug());
        if (status == 404 || status == 405 || status == 501 || unconfigured) {
            return IicpException.of(
                    IicpError.of(
                            ErrorCode.DISPATCH_TICKET_UNAVAILABLE,
                            ErrorComponent.DIRECTORY,
                            "the directory issues no dispatch tickets: " + fault.getMessage()),
                    fault);
        }
        IicpError said = fault.error();
        return fault.withError(new IicpError(
                said.code(),
                CODE_PREFIX + status,
                said.message(),
                said.component(),
                said.retryable(),
                status,
                said.retryAfter(),
                said.taskId(),
                said.node(),
                said.attempts()));
    }
}
