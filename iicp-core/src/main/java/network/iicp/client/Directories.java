package network.iicp.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories in the order they are asked. One that cannot be used rests for a while and the next one answers; when the time is over
 * one request tries it again while the others stay where they are. What they say is not mixed within one call unless that is wanted.
 * Thread-safe.
 */
final class Directories {

    /** How long a directory that failed is not asked while another one answers. */
    static final Duration COOL_DOWN = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(Directories.class);

    private final List<Member> members;
    private final boolean merge;

    /** A directory and until when it rests. */
    private static final class Member {
        private final RouteSource source;
        private final Cooling cooling;

        Member(RouteSource source, LongSupplier nanos) {
            this.source = source;
            this.cooling = new Cooling(COOL_DOWN, nanos);
        }
    }

    /**
     * @param sources the directories, the one to ask first at the front; at least one
     * @param merge whether all are asked and their lists are joined
     */
    Directories(List<RouteSource> sources, boolean merge, LongSupplier nanos) {
        this.members = sources.stream().map(source -> new Member(source, nanos)).toList();
        this.merge = merge && sources.size() > 1;
    }

    /** Returns the nodes for a query, from the first directory that can be used, or from all of them. */
    CompletableFuture<Named> first(RouteQuery query, Request request) {
        if (merge) {
            return merged(query, request);
        }
        return inTurn(usable(), 0, source -> source.first(query, request));
    }

    /** Returns one more node for a query; empty when the directories work with lists. */
    CompletableFuture<Named> next(RouteQuery query, List<String> excluded, Request request) {
        if (merge) {
            return CompletableFuture.completedFuture(Named.NOTHING);
        }
        return inTurn(usable(), 0, source -> source.next(query, excluded, request));
    }

    /** Returns the list of a directory, whatever its mode is, for times in which no more tickets can be had. */
    CompletableFuture<Named> list(RouteQuery query, Request request) {
        return inTurn(usable(), 0, source -> source.list(query, request));
    }

    /** Returns what the first directory that can be used says. */
    CompletableFuture<DiscoverReply> discover(DiscoverQuery query, Request request) {
        return inTurn(usable(), 0, source -> source.discover(query, request));
    }

    /** Those that do not rest, in order; all of them when all do. */
    private List<Member> usable() {
        List<Member> awake =
                members.stream().filter(member -> member.cooling.mayTry()).toList();
        return awake.isEmpty() ? members : awake;
    }

    private static <T> CompletableFuture<T> inTurn(
            List<Member> candidates, int index, Function<RouteSource, CompletableFuture<T>> question) {
        Member member = candidates.get(index);
        return ask(member, question).exceptionallyCompose(fault -> {
            if (isOutage(fault) && index + 1 < candidates.size()) {
                return inTurn(candidates, index + 1, question);
            }
            return CompletableFuture.failedFuture(Faults.unwrap(fault));
        });
    }

    private static <T> CompletableFuture<T> ask(Member member, Function<RouteSource, CompletableFuture<T>> question) {
        return question.apply(member.source).whenComplete((named, fault) -> {
            if (fault == null || !isOutage(fault)) {
                if (member.cooling.worked()) {
                    log.info("directory {} can be used again", member.source.origin());
                }
            } else if (member.cooling.failed()) {
                log.warn(
                        "directory {} cannot be used now: {}",
                        member.source.origin(),
                        Faults.unwrap(fault).getMessage());
            }
        });
    }

    /** Whether the directory itself is at fault, rather than the question or a ticket that may not be used. */
    static boolean isOutage(Throwable fault) {
        if (!(Faults.unwrap(fault) instanceof IicpException known)) {
            return false;
        }
        boolean unreadable = known instanceof ProtocolViolationException
                && known.error()
                        .knownCode()
                        .filter(code -> code == ErrorCode.DISPATCH_TICKET_MALFORMED)
                        .isEmpty();
        return known instanceof TransportException
                || known instanceof TaskTimeoutException
                || unreadable
                || known.error()
                        .knownCode()
                        .filter(code -> code == ErrorCode.REPLICA_UNVERIFIED)
                        .isPresent()
                || (known.component() == ErrorComponent.DIRECTORY
                        && (known.httpStatus() == 429 || known.httpStatus() >= 500));
    }

    /** All directories at once; one that fails does not matter while another answers. A node keeps what the first of them said. */
    private CompletableFuture<Named> merged(RouteQuery query, Request request) {
        List<CompletableFuture<Named>> answers = usable().stream()
                .map(member -> ask(member, source -> source.list(query, request)))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .exceptionally(oneFailed -> null)
                .thenCompose(none -> {
                    List<Named> good = answers.stream()
                            .filter(answer -> !answer.isCompletedExceptionally())
                            .map(CompletableFuture::join)
                            .toList();
                    return good.isEmpty() ? answers.get(0) : CompletableFuture.completedFuture(join(good));
                });
    }

    private static Named join(List<Named> answers) {
        Map<String, NodeDescriptor> byId = new LinkedHashMap<>();
        for (Named answer : answers) {
            answer.nodes().forEach(node -> byId.putIfAbsent(node.id(), node));
        }
        List<NodeDescriptor> nodes = new ArrayList<>(byId.values());
        nodes.sort(Comparator.comparingDouble(NodeDescriptor::score).reversed());
        return Named.list(nodes);
    }
}
