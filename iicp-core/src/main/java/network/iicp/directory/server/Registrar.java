package network.iicp.directory.server;

import java.net.URI;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import network.iicp.crypto.Hashes;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.NatType;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes nodes on the list and off it. Order of checks: form, intent policy, routability, ownership, liveness, storing.
 * The record is changed in one step at the end; a refusal changes nothing. Thread-safe.
 */
final class Registrar {

    private static final Logger log = LoggerFactory.getLogger(Registrar.class);
    private static final int TOKEN_BYTES = 32;
    private static final int MOST_TRIES = 1000;
    private static final int MOST_DIALS = 3;

    /** A node silent for longer is forgotten. */
    private static final Duration ARCHIVED_AFTER = Duration.ofDays(90);

    /** How often registrations look for nodes to forget. */
    private static final Duration SWEEP_INTERVAL = Duration.ofHours(1);

    /** A node silent for longer is forgotten when there is no other room. */
    private static final Duration DROPPED_AFTER = Duration.ofHours(1);

    private final NodeStore store;
    private final DirectoryRules rules;
    private final EndpointGuard guard;
    private final LivenessProbe probe;
    private final SecureRandom random;
    private final Clock clock;
    private volatile Instant nextSweep;

    Registrar(
            NodeStore store,
            DirectoryRules rules,
            EndpointGuard guard,
            LivenessProbe probe,
            SecureRandom random,
            Clock clock) {
        this.store = store;
        this.rules = rules;
        this.guard = guard;
        this.probe = probe;
        this.random = random;
        this.clock = clock;
        this.nextSweep = clock.instant().plus(SWEEP_INTERVAL);
    }

    /**
     * A registration on its way, with what the network told about it so far.
     *
     * @param deadEndpoint an earlier endpoint of the node that did not answer, or {@code null} when none was dialled
     * @param reachability what is known about the new endpoint, or {@code null} when it was not dialled yet
     */
    private record Pending(
            RegistrationRequest request,
            String id,
            String source,
            @Nullable String deadEndpoint,
            @Nullable Reachability reachability) {

        Pending withDeadEndpoint(String endpoint) {
            return new Pending(request, id, source, endpoint, reachability);
        }

        Pending with(Reachability found) {
            return new Pending(request, id, source, deadEndpoint, found);
        }
    }

    /**
     * Registers a node, or registers it again.
     *
     * @param body the request
     * @param source address it came from
     * @return the credentials; fails with {@link DirectoryRefusal}
     */
    CompletableFuture<RegistrationReceipt> register(Map<String, Object> body, String source) {
        RegistrationRequest request = RegistrationRequest.of(body);
        requireRoutable(request.profile());
        String id = request.nodeId() == null ? newId() : request.nodeId();
        return dialled(new Pending(request, id, source, null, null), MOST_DIALS);
    }

    /** Asks the network what the present record demands, then stores; begins again when that record demands more. */
    private CompletableFuture<RegistrationReceipt> dialled(Pending pending, int dialsLeft) {
        if (dialsLeft == 0) {
            throw changedByOthers();
        }
        Optional<NodeRecord> known = store.find(pending.id());
        if (known.isEmpty()) {
            requireRoomFor(pending.source());
            return reached(pending).thenCompose(ready -> stored(ready, dialsLeft));
        }
        String oldEndpoint = known.get().profile().endpoint();
        if (!mustDialOld(known.get(), pending)) {
            return reached(pending).thenCompose(ready -> stored(ready, dialsLeft));
        }
        return probe.answers(oldEndpoint).thenCompose(answers -> {
            if (answers) {
                throw Ownership.oldEndpointAnswers(known.get());
            }
            return reached(pending.withDeadEndpoint(oldEndpoint)).thenCompose(ready -> stored(ready, dialsLeft));
        });
    }

    /**
     * Returns whether the registration hangs on the old endpoint being dead, and that is not known yet.
     *
     * @throws DirectoryRefusal if it is not allowed in any case
     */
    private boolean mustDialOld(NodeRecord known, Pending pending) {
        Ownership ownership = Ownership.of(known, pending.request(), rules.ownership());
        ownership.require(known);
        return ownership == Ownership.ALLOWED_IF_OLD_ENDPOINT_IS_DEAD
                && !known.profile().endpoint().equals(pending.deadEndpoint());
    }

    /** Puts the record in place, judging ownership anew each time somebody else was faster. */
    private CompletableFuture<RegistrationReceipt> stored(Pending pending, int dialsLeft) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Optional<NodeRecord> known = store.find(pending.id());
            if (known.isPresent() && mustDialOld(known.get(), pending)) {
                return dialled(pending, dialsLeft - 1);
            }
            Optional<RegistrationReceipt> receipt = known.isPresent() ? replace(known.get(), pending) : insert(pending);
            if (receipt.isPresent()) {
                return CompletableFuture.completedFuture(receipt.get());
            }
        }
        throw changedByOthers();
    }

    private static DirectoryRefusal changedByOthers() {
        return DirectoryRefusal.busy("the node is being changed by others; try again", 1);
    }

    private void requireRoutable(NodeProfile profile) {
        requireRoutable("endpoint", profile.endpoint());
        profile.text("relay_endpoint").ifPresent(relay -> requireRoutable("relay_endpoint", relay));
        profile.text("transport_endpoint").ifPresent(nativeUrl -> {
            // The guard judges hosts of http URLs; the scheme was pending with the form.
            requireRoutable("transport_endpoint", "http" + nativeUrl.substring(nativeUrl.indexOf(':')));
        });
    }

    private void requireRoutable(String field, String url) {
        try {
            guard.check(URI.create(url));
        } catch (EndpointRefusedException e) {
            throw DirectoryRefusal.notRoutable(
                    field,
                    "%s is not one that %s directory can list: %s"
                            .formatted(field, article(rules.scope()), e.getMessage()));
        }
    }

    private static String article(EndpointScope scope) {
        return switch (scope) {
            case LOCAL -> "a local";
            case PRIVATE -> "this private";
            case PUBLIC -> "a public";
        };
    }

    private CompletableFuture<Pending> reached(Pending pending) {
        if (pending.reachability() != null) {
            return CompletableFuture.completedFuture(pending);
        }
        if (!rules.dialsBack()) {
            return CompletableFuture.completedFuture(pending.with(Reachability.ASSUMED));
        }
        if (rules.scope() == EndpointScope.PUBLIC
                && isDeclared(pending.request().profile())) {
            return CompletableFuture.completedFuture(pending.with(Reachability.DECLARED));
        }
        return probe.answers(pending.request().profile().endpoint()).thenApply(answers -> {
            if (!answers) {
                throw DirectoryRefusal.notAlive(
                        "GET {endpoint}/iicp/health was not answered with success within %d s; start the node before it registers, and check that its port is reachable from the directory"
                                .formatted(LivenessProbe.PATIENCE.toSeconds()));
            }
            return pending.with(Reachability.OBSERVED);
        });
    }

    private static boolean isDeclared(NodeProfile profile) {
        boolean concrete = profile.text("nat_type")
                .flatMap(NatType::of)
                .filter(NatType::isConcrete)
                .isPresent();
        return concrete && profile.text("transport_method").isPresent();
    }

    private void requireRoomFor(String source) {
        int most = rules.mostNodesPerSource();
        Instant fresh = clock.instant().minus(NodePresence.FRESH_FOR);
        if (most > 0 && store.countFrom(source, fresh) >= most) {
            throw DirectoryRefusal.tooManyNodes(
                    "%d nodes are registered from this address already, and no more are accepted".formatted(most));
        }
    }

    private Optional<RegistrationReceipt> insert(Pending pending) {
        requireRoomFor(pending.source());
        Instant now = clock.instant();
        String token = newSecret();
        String hmacKey = pending.request().hmacKey() == null
                ? newSecret()
                : pending.request().hmacKey();
        NodeRecord record = new NodeRecord(
                pending.id(),
                1,
                now,
                pending.request().profile(),
                new NodeCredentials(Hashes.sha256Hex(token), hmacKey, null),
                presence(pending, now),
                NodeStanding.initial(newId()));
        forgetArchived(now);
        NodeStore.Insertion outcome = store.insert(record);
        if (outcome == NodeStore.Insertion.FULL && forgetSilentSince(now.minus(DROPPED_AFTER))) {
            outcome = store.insert(record);
        }
        if (outcome == NodeStore.Insertion.FULL) {
            log.warn("the directory is full with {} nodes; a registration was refused", store.count());
            throw DirectoryRefusal.busy("the directory is full", 60);
        }
        if (outcome == NodeStore.Insertion.EXISTS) {
            return Optional.empty();
        }
        log.info("node {} registered ({})", record.prefix(), summary(record));
        return Optional.of(receipt(record, token, false));
    }

    private void forgetArchived(Instant now) {
        if (!now.isBefore(nextSweep)) {
            nextSweep = now.plus(SWEEP_INTERVAL);
            forgetSilentSince(now.minus(ARCHIVED_AFTER));
        }
    }

    private boolean forgetSilentSince(Instant moment) {
        int forgotten = store.removeSilentSince(moment);
        if (forgotten > 0) {
            log.info("{} nodes that were silent since {} were forgotten", forgotten, moment);
        }
        return forgotten > 0;
    }

    private Optional<RegistrationReceipt> replace(NodeRecord known, Pending pending) {
        Ownership ownership = Ownership.of(known, pending.request(), rules.ownership());
        String token = newSecret();
        String chosen = pending.request().hmacKey();
        String kept = ownership == Ownership.PROVEN ? known.credentials().hmacKey() : newSecret();
        NodeRecord next = known.next(
                pending.request().profile(),
                new NodeCredentials(Hashes.sha256Hex(token), chosen == null ? kept : chosen, null),
                presence(pending, clock.instant()),
                known.standing());
        if (!store.replace(known, next)) {
            return Optional.empty();
        }
        log.info("node {} registered again ({})", next.prefix(), summary(next));
        return Optional.of(receipt(next, token, true));
    }

    private static NodePresence presence(Pending pending, Instant now) {
        Reachability found = pending.reachability();
        return new NodePresence(
                true,
                now,
                0,
                0,
                null,
                BackendStability.OK,
                pending.source(),
                found == null ? Reachability.ASSUMED : found,
                null);
    }

    private static RegistrationReceipt receipt(NodeRecord record, String token, boolean recovered) {
        return new RegistrationReceipt(
                record.id(),
                token,
                record.credentials().hmacKey(),
                record.presence().sourceAddress(),
                recovered,
                record.standing().tasks());
    }

    private static String summary(NodeRecord record) {
        return "%d capabilities, %s, %s"
                .formatted(
                        record.profile().offers().size(),
                        record.profile().region(),
                        record.presence().reachability());
    }

    /**
     * Takes a node off the list that proved who it is.
     *
     * @throws DirectoryRefusal if it registered again in between, with other credentials
     */
    void deregister(NodeRecord authenticated) {
        String token = authenticated.credentials().tokenSha256();
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Optional<NodeRecord> known = store.find(authenticated.id());
            if (known.isEmpty()) {
                return;
            }
            if (!known.get().credentials().tokenSha256().equals(token)) {
                throw NodeAuthenticator.rejected();
            }
            if (store.remove(known.get())) {
                log.info("node {} deregistered", authenticated.prefix());
                return;
            }
        }
        throw changedByOthers();
    }

    /** Takes a node off the list, whatever it is doing; returns whether it was there. */
    boolean forget(String id) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Optional<NodeRecord> known = store.find(id);
            if (known.isEmpty()) {
                return false;
            }
            if (store.remove(known.get())) {
                return true;
            }
        }
        throw changedByOthers();
    }

    private String newSecret() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private String newId() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong()).toString();
    }
}
