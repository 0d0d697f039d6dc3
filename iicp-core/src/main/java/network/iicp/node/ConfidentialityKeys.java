package network.iicp.node;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.crypto.ConfidentialityKeyFile;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ConfigurationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys a node opens encrypted tasks with. The current one is announced; when it is old enough a new one takes its place, and the one
 * before still opens for {@link #OVERLAP}, because consumers learn the new one with their next question to the directory. A key that cannot
 * be stored is not used: the old one stays until that works. Thread-safe.
 */
final class ConfidentialityKeys {

    /** How long a key still opens after its successor is there. */
    static final Duration OVERLAP = Duration.ofHours(24);

    private static final Logger log = LoggerFactory.getLogger(ConfidentialityKeys.class);

    private final @Nullable Path file;
    private final Duration life;
    private final Clock clock;
    private final SecureRandom random;
    private final OncePerCause warnings = new OncePerCause();
    private final ReentrantLock rotating = new ReentrantLock();
    private volatile Ring ring;

    /** The keys and since when the first of them is the current one. */
    private record Ring(List<ConfidentialityKeyPair> keys, Instant since) {}

    private ConfidentialityKeys(@Nullable Path file, Duration life, Clock clock, SecureRandom random, Ring ring) {
        this.file = file;
        this.life = life;
        this.clock = clock;
        this.random = random;
        this.ring = ring;
    }

    /** Returns no keys: the node takes no encrypted tasks. */
    static ConfidentialityKeys none() {
        return new ConfidentialityKeys(
                null, Duration.ZERO, Clock.systemUTC(), new SecureRandom(), new Ring(List.of(), Instant.EPOCH));
    }

    /** Returns keys that are lost when the process ends. */
    static ConfidentialityKeys inMemory(Duration life, Clock clock, SecureRandom random) {
        Ring fresh = new Ring(List.of(ConfidentialityKeyPair.generate(random)), clock.instant());
        return new ConfidentialityKeys(null, life, clock, random, fresh);
    }

    /**
     * Returns the keys in a file, which is made if there is none.
     *
     * @throws ConfigurationException if the file cannot be used
     */
    static ConfidentialityKeys in(Path file, Duration life, Clock clock, SecureRandom random) {
        List<ConfidentialityKeyPair> keys = ConfidentialityKeyFile.loadOrCreate(file, random);
        return new ConfidentialityKeys(file, life, clock, random, new Ring(keys, ConfidentialityKeyFile.since(file)));
    }

    /** Returns the key that is announced, if the node takes encrypted tasks. */
    Optional<ConfidentialityKey> announced() {
        return ring.keys().stream().findFirst().map(key -> key.publicKey());
    }

    /** Returns the keys that open tasks now, the current one first; empty if the node takes no encrypted tasks. */
    List<ConfidentialityKeyPair> opening() {
        Ring now = ring;
        boolean alone = now.keys().size() < 2 || age(now).compareTo(OVERLAP) > 0;
        return alone ? now.keys().stream().limit(1).toList() : now.keys();
    }

    private Duration age(Ring now) {
        return Duration.between(now.since(), clock.instant());
    }

    /** Puts a new key in place of one that has served its time. The file may be written, so it may take a moment. */
    void renew() {
        Ring now = ring;
        boolean clockWentBack = age(now).isNegative();
        if (now.keys().isEmpty() || (age(now).compareTo(life) < 0 && !clockWentBack) || !rotating.tryLock()) {
            return;
        }
        try {
            if (clockWentBack) {
                // Else a key that was made while the clock was ahead would serve for as much longer.
                ring = new Ring(now.keys(), clock.instant());
                return;
            }
            ring = new Ring(rotated(now), clock.instant());
            warnings.clear(this);
            log.info(
                    "a new confidentiality key, {}, takes the place of {}, which opens tasks for another {} h",
                    ring.keys().get(0).keyId(),
                    now.keys().get(0).keyId(),
                    OVERLAP.toHours());
        } catch (ConfigurationException e) {
            warnings.warn(
                    this,
                    e.code(),
                    () -> log.warn(
                            "the confidentiality key stays as it is: {}",
                            e.error().message()));
        } finally {
            rotating.unlock();
        }
    }

    private List<ConfidentialityKeyPair> rotated(Ring now) {
        return file == null
                ? List.of(ConfidentialityKeyPair.generate(random), now.keys().get(0))
                : ConfidentialityKeyFile.rotate(file, random);
    }
}
