package network.iicp.directory.server;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.HeartbeatMetrics;
import network.iicp.protocol.registration.HeartbeatReply;
import org.jspecify.annotations.Nullable;

/** Takes signs of life. Thread-safe: heartbeats of one node that arrive together are counted one after the other. */
final class Heartbeats {

    private static final int CHALLENGE_BYTES = 16;
    private static final int MOST_TRIES = 1000;

    private final NodeStore store;
    private final SecureRandom random;
    private final Clock clock;

    Heartbeats(NodeStore store, SecureRandom random, Clock clock) {
        this.store = store;
        this.random = random;
        this.clock = clock;
    }

    /**
     * Takes a sign of life of a node that proved who it is.
     *
     * @return the answer
     */
    Map<String, Object> beat(NodeRecord authenticated, HeartbeatRequest request, String source) {
        String token = authenticated.credentials().tokenSha256();
        String challenge = newChallenge();
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            NodeRecord known = store.find(authenticated.id()).orElseThrow(NodeAuthenticator::rejected);
            if (!known.credentials().tokenSha256().equals(token)) {
                throw NodeAuthenticator.rejected();
            }
            NodeRecord next = after(known, request, source, challenge);
            if (store.replace(known, next)) {
                return reply(next, request, challenge);
            }
        }
        throw DirectoryRefusal.busy("too many heartbeats of this node at once", 1);
    }

    private NodeRecord after(NodeRecord known, HeartbeatRequest request, String source, String challenge) {
        Instant now = clock.instant();
        NodePresence old = known.presence();
        BackendStability stability = request.stability();
        boolean answered = hasAnswered(known.credentials(), request.challengeResponse());
        NodePresence presence = new NodePresence(
                request.available(),
                now,
                request.load() == null ? old.load() : request.load(),
                request.activeJobs() == null ? old.activeJobs() : request.activeJobs(),
                request.models().stated() ? request.models().names() : old.healthModels(),
                stability == null ? old.stability() : stability,
                source,
                old.reachability(),
                answered ? now : old.livenessVerifiedAt());
        NodeProfile profile = known.profile();
        for (Map.Entry<String, @Nullable Object> change :
                request.profileChanges().entrySet()) {
            profile = profile.with(change.getKey(), change.getValue());
        }
        return known.next(
                profile,
                known.credentials().withChallenge(challenge),
                presence,
                standing(known.standing(), request, now));
    }

    private static NodeStanding standing(NodeStanding standing, HeartbeatRequest request, Instant now) {
        if (request.batchId() == null) {
            boolean nothing = request.succeeded() == 0 && request.failed() == 0;
            return nothing
                    ? standing
                    : standing.afterUnnamed(request.succeeded(), request.failed(), request.latencyMillis(), now);
        }
        return standing.after(
                new HeartbeatMetrics(request.batchId(), request.succeeded(), request.failed(), request.latencyMillis()),
                now);
    }

    /** A wrong or missing answer never fails the heartbeat. */
    private static boolean hasAnswered(NodeCredentials credentials, @Nullable String answer) {
        if (answer == null || credentials.challenge() == null) {
            return false;
        }
        String expected = Hashes.hmacSha256Hex(credentials.hmacKey(), credentials.challenge());
        return Hashes.constantTimeEquals(expected, answer.toLowerCase(Locale.ROOT));
    }

    private String newChallenge() {
        byte[] bytes = new byte[CHALLENGE_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static Map<String, Object> reply(NodeRecord record, HeartbeatRequest request, String challenge) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("ok", true);
        json.put("next_heartbeat_ms", HeartbeatReply.DEFAULT_INTERVAL.toMillis());
        json.put("reputation_score", Numbers.plain(record.standing().reputation()));
        json.put("reputation_model", NodeStanding.MODEL);
        json.put("reputation_epoch", record.standing().epoch());
        // Official nodes drop their pending batch on null as well as on their own id, and resend on anything else.
        json.put("metrics_batch_accepted", request.batchId());
        json.put("challenge", challenge);
        return json;
    }
}
