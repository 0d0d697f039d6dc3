package network.iicp.client;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.directory.DirectoryClient;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.ConsumerToken;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tokens with which directories vouch for this consumer towards one node and intent. Fetched when first needed and used until 30 s before
 * their end; calls that need the same one share a request; a failure is remembered for 10 s. The credential goes to its own directory only.
 * Bounded and thread-safe. Source: IICP consumer, consumer token.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class ConsumerTokens {

    /** The header in which a node gets a token. */
    static final String HEADER = "X-IICP-Consumer-Token";

    private static final Logger log = LoggerFactory.getLogger(ConsumerTokens.class);
    private static final int MAX_ENTRIES = 1024;
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration MARGIN = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofSeconds(300);
    private static final Duration FAILED_FOR = Duration.ofSeconds(10);

    /** A directory that knows this consumer, and as whom. */
    record Issuer(
            DirectoryClient directory,
            String nodeToken,
            @Nullable String nodeId) {
        /** Shows no credential. */
        @Override
        public String toString() {
            return "Issuer[%s]".formatted(directory.origin());
        }
    }

    private record Target(String node, Intent intent) {}

    /** @param token {@code null} when none could be had */
    private record Held(@Nullable String token, Instant until) {}

    private final List<Issuer> issuers;
    private final ConsumerTokenUse use;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Target, Held> held = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Target, Held> eldest) {
            return size() > MAX_ENTRIES;
        }
    };
    private final Map<Target, CompletableFuture<Optional<String>>> asked = new HashMap<>();

    ConsumerTokens(List<Issuer> issuers, ConsumerTokenUse use, Clock clock) {
        this.issuers = List.copyOf(issuers);
        this.use = use;
        this.clock = clock;
    }

    /** Returns whether tasks carry tokens at all. */
    boolean isUsed() {
        return use == ConsumerTokenUse.REQUIRED || (use == ConsumerTokenUse.OPTIONAL && !issuers.isEmpty());
    }

    /**
     * Returns the token for a node.
     *
     * @return the token, or empty when the task goes without; fails with {@code consumer_auth_required} when it must not
     */
    CompletableFuture<Optional<String>> of(NodeDescriptor node, Intent intent, TraceContext trace) {
        if (!isUsed()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Target target = new Target(node.id(), intent);
        Held known = recall(target);
        CompletableFuture<Optional<String>> token =
                known != null && clock.instant().isBefore(known.until())
                        ? CompletableFuture.completedFuture(Optional.ofNullable(known.token()))
                        : ask(target, trace);
        return token.thenApply(found -> {
            if (found.isEmpty() && use == ConsumerTokenUse.REQUIRED) {
                throw Faults.error(
                        ErrorCode.CONSUMER_AUTH_REQUIRED,
                        issuers.isEmpty()
                                ? "consumer tokens are required and no directory has a node token to ask with"
                                : "consumer tokens are required and no directory issued one for node " + node.prefix());
            }
            return found;
        });
    }

    /** Forgets the token of a node, because the node refused it. */
    void forget(NodeDescriptor node, Intent intent) {
        lock.lock();
        try {
            held.remove(new Target(node.id(), intent));
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Held recall(Target target) {
        lock.lock();
        try {
            return held.get(target);
        } finally {
            lock.unlock();
        }
    }

    private CompletableFuture<Optional<String>> ask(Target target, TraceContext trace) {
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        lock.lock();
        try {
            CompletableFuture<Optional<String>> running = asked.putIfAbsent(target, answer);
            if (running != null) {
                return running;
            }
        } finally {
            lock.unlock();
        }
        ask(target, 0, trace).whenComplete((token, fault) -> {
            Held result = fault == null && token.isPresent()
                    ? new Held(token.get().token(), usableUntil(token.get()))
                    : new Held(null, clock.instant().plus(FAILED_FOR));
            lock.lock();
            try {
                asked.remove(target);
                held.put(target, result);
            } finally {
                lock.unlock();
            }
            answer.complete(Optional.ofNullable(result.token()));
        });
        return answer;
    }

    /** The first directory that knows both this consumer and the node. */
    private CompletableFuture<Optional<ConsumerToken>> ask(Target target, int index, TraceContext trace) {
        if (index >= issuers.size()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Issuer issuer = issuers.get(index);
        return issuer.directory()
                .consumerToken(
                        issuer.nodeToken(),
                        issuer.nodeId(),
                        target.node(),
                        target.intent(),
                        Deadline.after(LIMIT),
                        trace)
                .thenApply(Optional::of)
                .exceptionallyCompose(fault -> {
                    log.debug("no consumer token: {}", Faults.unwrap(fault).getMessage());
                    return ask(target, index + 1, trace);
                });
    }

    /** A directory's clock may be ahead; a token never lives longer than directories issue them for. */
    private Instant usableUntil(ConsumerToken token) {
        Instant latest = clock.instant().plus(LONGEST);
        Instant end = token.expiresAt().isBefore(latest) ? token.expiresAt() : latest;
        return end.minus(MARGIN);
    }

    /** Returns how many tokens are held; for tests. */
    int size() {
        lock.lock();
        try {
            return held.size();
        } finally {
            lock.unlock();
        }
    }
}
