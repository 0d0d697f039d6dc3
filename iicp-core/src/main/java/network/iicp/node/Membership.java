package network.iicp.node;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import network.iicp.crypto.Hashes;
import network.iicp.node.NodeEvent.DirectoryCall;
import network.iicp.protocol.Capability;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.RegistrationReceipt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node listed. {@link #step} does one thing and says when to come again; it is called by one thread, so there is never more than
 * one registration under way.
 *
 * <pre>
 * UNLISTED ── registered ──▶ LISTED ── heartbeat answered ──▶ LISTED
 *    ▲ └── refused, not reachable: back off ──▶ UNLISTED       │
 *    └────── heartbeat says 401, 404 or 410, or the offer changed: register again with the current token
 * LISTED ── heartbeat not answered: back off, keep serving ──▶ LISTED
 * LISTED ── stop ──▶ heartbeat available:false ── drained ──▶ last metrics, deregister
 * </pre>
 *
 * What is read by other threads is safe to read at any time.
 */
final class Membership implements Chore {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);
    private static final Set<Integer> UNKNOWN_TO_DIRECTORY = Set.of(401, 404, 410);
    private static final int INVALID = 422;
    private static final int LONGEST_HEALTH_MODEL = 128;
    private static final double JITTER = 0.1;

    private final Identity identity;
    private final RegistrationForm form;
    private final Surveys surveys;
    private final DirectoryLink directory;
    private final CredentialFile file;
    private final Offers offers;
    private final Slots slots;
    private final Tally tally;
    private final DirectoryKey directoryKey;
    private final NodeEvents events;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final BackOff backOff;
    private final OncePerCause warnings = new OncePerCause();
    private final AtomicReference<@Nullable NodeCredential> credential = new AtomicReference<>();
    private final CompletableFuture<Void> registered;
    private volatile boolean listed;
    private volatile boolean draining;

    // Used by the stepping thread only.
    private List<Capability> announced = List.of();
    private RegistrationForm.@Nullable Edition edition;
    private Duration interval;
    private final RecoveryCheck recovery = new RecoveryCheck();
    private @Nullable String challenge;
    private boolean lost;
    private long lostAt;

    /**
     * Who it is about.
     *
     * @param prefix beginning of the node's id, for logs
     * @param interval longest time between heartbeats
     */
    record Identity(String prefix, Duration interval) {}

    /** Makes the membership of a node that is not listed yet. */
    Membership(
            Identity identity,
            RegistrationForm form,
            Surveys surveys,
            DirectoryLink directory,
            CredentialFile file,
            Offers offers,
            Slots slots,
            Tally tally,
            DirectoryKey directoryKey,
            NodeEvents events,
            CompletableFuture<Void> registered,
            LongSupplier nanos,
            RandomGenerator random) {
        this.identity = identity;
        this.interval = identity.interval();
        this.form = form;
        this.surveys = surveys;
        this.directory = directory;
        this.file = file;
        this.credential.set(file.load().orElse(null));
        this.offers = offers;
        this.slots = slots;
        this.tally = tally;
        this.directoryKey = directoryKey;
        this.events = events;
        this.registered = registered;
        this.nanos = nanos;
        this.random = random;
        this.backOff = new BackOff(random);
    }

    /** Returns the node's own token, when it has one. */
    Optional<String> token() {
        return Optional.ofNullable(credential.get()).map(NodeCredential::token);
    }

    /** Returns whether the directory lists the node, as far as is known. */
    boolean isListed() {
        return listed;
    }

    /** Returns the key that receipts are signed with; empty while the directory does not list the node or gave none. */
    Optional<String> receiptKey() {
        return listed ? Optional.ofNullable(credential.get()).map(NodeCredential::hmacKey) : Optional.empty();
    }

    /** Asks the directory for the credits of a task, without blocking. */
    CompletableFuture<Void> award(Map<String, Object> receipt) {
        NodeCredential held = credential.get();
        return held == null
                ? CompletableFuture.failedFuture(new IllegalStateException("the node is not registered"))
                : directory.award(held.token(), receipt);
    }

    /** Returns how the node stands with the directory. */
    DirectoryStatus status() {
        return new DirectoryStatus(directory.origin(), listed);
    }

    /** From the next step on the node is announced as not available. */
    void drain() {
        draining = true;
    }

    /**
     * Does what is due.
     *
     * @return after which time to come again
     */
    @Override
    public Duration step() throws InterruptedException {
        if (draining) {
            return announceDraining();
        }
        form.renewKeys();
        Survey survey = surveys.current();
        List<Capability> offered = offers.advertised(survey);
        boolean sameOffer = offered.isEmpty() || isSame(offered, announced);
        if (listed && sameOffer && form.edition().equals(edition)) {
            return beat(survey, offered);
        }
        if (listed) {
            log.info("node {} has changed and registers again", identity.prefix());
        }
        return register(survey, offered.isEmpty() ? announced : offered);
    }

    private Duration announceDraining() throws InterruptedException {
        if (listed) {
            try {
                sendHeartbeat(null);
            } catch (IicpException e) {
                log.debug("node {} could not announce that it stops: {}", identity.prefix(), e.getMessage());
            }
        }
        return identity.interval();
    }

    private static boolean isSame(List<Capability> a, List<Capability> b) {
        return normal(a).equals(normal(b));
    }

    /** Engines list their models in changing order; that is no change of what is offered. */
    private static Set<Capability> normal(List<Capability> capabilities) {
        Set<Capability> normal = new HashSet<>();
        for (Capability c : capabilities) {
            normal.add(new Capability(
                    c.intent(),
                    c.models().stream().sorted().toList(),
                    c.maxTokens(),
                    c.inputModalities(),
                    c.supportsStreaming(),
                    c.supportedProfiles(),
                    c.features(),
                    c.extensions()));
        }
        return normal;
    }

    private Duration register(Survey survey, List<Capability> offered) throws InterruptedException {
        if (offered.isEmpty()) {
            warnings.warn(
                    this,
                    "nothing to serve",
                    () -> log.warn(
                            "node {} has nothing to serve yet and registers when its engine has", identity.prefix()));
            return backOff.failed(null);
        }
        RegistrationReceipt receipt;
        DirectoryCall call = token().isEmpty() ? DirectoryCall.REGISTER : DirectoryCall.REREGISTER;
        RegistrationForm.Edition now = form.edition();
        try {
            receipt = directory.register(form.fill(offered, now, credential.get()));
        } catch (IicpException e) {
            called(call, e);
            return failed(e);
        }
        NodeCredential before = credential.get();
        NodeCredential given = new NodeCredential(
                receipt.nodeToken(), receipt.challengeKey().orElse(before == null ? null : before.hmacKey()));
        credential.set(given);
        file.save(given);
        challenge = null;
        announced = offered;
        edition = now;
        surveys.adopt(survey);
        listed = true;
        called(call, null);
        recovered();
        log.info("node {} is registered at {} with {}", identity.prefix(), directory.origin(), Summary.of(offered));
        events.tell(new NodeEvent.Registered(directory.origin(), form.endpoint()));
        registered.complete(null);
        directoryKey.refresh();
        // At once, so that load and health are known before the first task comes.
        return Duration.ZERO;
    }

    private void called(DirectoryCall call, @Nullable IicpException failure) {
        events.tell(new NodeEvent.DirectoryCalled(directory.origin(), call, failure == null ? null : failure.code()));
    }

    private Duration beat(Survey survey, List<Capability> offered) throws InterruptedException {
        try {
            sendHeartbeat(survey);
        } catch (IicpException e) {
            if (UNKNOWN_TO_DIRECTORY.contains(e.httpStatus())) {
                log.info("{} does not know node {} any more; registering again", directory.origin(), identity.prefix());
                listed = false;
                return register(survey, offered.isEmpty() ? announced : offered);
            }
            if (e.httpStatus() == INVALID) {
                tally.refused();
            }
            Duration wait = failed(e);
            // Listed nodes stay listed for a while without heartbeats, so a try in between is worth it, but no long
            // pause.
            boolean tooLong = e.retryAfter().isEmpty() && wait.compareTo(interval) > 0;
            return tooLong ? interval : wait;
        }
        recovered();
        if (offers.isAvailable() && recovery.isDue() && recovery.isLost(directory.presence())) {
            log.warn(
                    "{} answers node {} and does not show it; registering again",
                    directory.origin(),
                    identity.prefix());
            listed = false;
            return register(survey, offered.isEmpty() ? announced : offered);
        }
        return jittered();
    }

    private Duration jittered() {
        double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
        return Duration.ofNanos((long) (interval.toNanos() * factor));
    }

    private void sendHeartbeat(@Nullable Survey survey) throws InterruptedException {
        NodeCredential held = credential.get();
        if (held == null) {
            return;
        }
        Heartbeat heartbeat = Heartbeat.builder()
                .available(!draining && offers.isAvailable() && slots.total() > 0)
                .slots(slots.active(), slots.total())
                .metrics(tally.batch().orElse(null))
                .healthModels(survey == null ? null : healthModels(survey))
                .stability(offers.stability())
                .challengeResponse(answer(held))
                .build();
        HeartbeatReply reply;
        try {
            reply = directory.heartbeat(held.token(), heartbeat);
        } catch (IicpException e) {
            called(DirectoryCall.HEARTBEAT, e);
            throw e;
        }
        called(DirectoryCall.HEARTBEAT, null);
        challenge = reply.challenge();
        // A directory may ask to hear more often, never less: it forgets who is silent.
        interval = reply.next().compareTo(identity.interval()) < 0 ? reply.next() : identity.interval();
        tally.answered(reply.acceptedBatch());
    }

    private @Nullable String answer(NodeCredential held) {
        return challenge == null || held.hmacKey() == null ? null : Hashes.hmacSha256Hex(held.hmacKey(), challenge);
    }

    /** An empty list would hide the node, so a node whose handlers have no models sends none. */
    private static @Nullable List<String> healthModels(Survey survey) {
        List<String> models = survey.models().orElse(null);
        if (models == null || (models.isEmpty() && survey.servesWithoutModels())) {
            return null;
        }
        return models.stream()
                .filter(model -> model.length() <= LONGEST_HEALTH_MODEL)
                .toList();
    }

    private Duration failed(IicpException e) {
        if (!lost) {
            lost = true;
            lostAt = nanos.getAsLong();
            events.tell(
                    new NodeEvent.DirectoryLost(directory.origin(), e.error().message()));
        }
        warnings.warn(
                directory,
                e.code(),
                () -> log.warn(
                        "node {} {} and keeps trying: {}",
                        identity.prefix(),
                        listed ? "serves without its directory" : "serves and is not registered",
                        e.getMessage()));
        return backOff.failed(e.retryAfter().orElse(null));
    }

    private void recovered() {
        backOff.succeeded();
        warnings.clear(directory);
        warnings.clear(this);
        if (lost) {
            lost = false;
            Duration outage = Duration.ofNanos(nanos.getAsLong() - lostAt);
            log.info("node {} reaches {} again after {} s", identity.prefix(), directory.origin(), outage.toSeconds());
            events.tell(new NodeEvent.DirectoryRecovered(directory.origin(), outage));
        }
    }

    /** Tells the last metrics and takes the node off the list. What the directory says to that does not matter any more. */
    @Override
    public void last() throws InterruptedException {
        NodeCredential held = credential.get();
        if (held == null) {
            return;
        }
        listed = false;
        draining = true;
        try {
            if (tally.batch().isPresent()) {
                sendHeartbeat(null);
            }
        } catch (IicpException e) {
            log.debug("the last metrics of node {} were not taken: {}", identity.prefix(), e.getMessage());
        }
        try {
            directory.deregister(held.token());
            called(DirectoryCall.DEREGISTER, null);
            log.debug("node {} is deregistered", identity.prefix());
        } catch (IicpException e) {
            called(DirectoryCall.DEREGISTER, e);
            log.warn("node {} could not be deregistered: {}", identity.prefix(), e.getMessage());
        }
    }
}
