package network.iicp.crypto;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * A directory's signed word that it named a node for an intent. The consumer checks it before it sends a task to the route that came with
 * it; the ticket itself never travels to the node. It covers node, intent and optionally the digest of the node's policy manifest, not the
 * endpoint and the encryption key, which are as good as the connection to the directory. Immutable and thread-safe. Source: IICP
 * directory, dispatch tickets.
 */
public final class DispatchTicket {

    /** What the signature is for, without the line feed. */
    public static final String DOMAIN = "iicp:dispatch-route-ticket:v1";

    /** How long directories issue tickets for. */
    public static final Duration LIFETIME = Duration.ofSeconds(120);

    private static final String TYPE = "dispatch-route-ticket";
    private static final String AUDIENCE = "iicp.directory.dispatch";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{24}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final long MOST_SECONDS = 253_402_300_799L;

    private final SignedClaims signed;
    private final Fields fields;

    private record Fields(
            long version,
            String type,
            String issuer,
            String audience,
            String id,
            String node,
            String intent,
            long issuedAt,
            long expiresAt,
            @Nullable Object digest) {

        static Fields of(JsonObject claims) {
            return new Fields(
                    claims.optionalLong("v").orElse(0),
                    claims.string("typ", ""),
                    claims.string("iss", ""),
                    claims.string("aud", ""),
                    claims.string("jti", ""),
                    claims.string("node_id", ""),
                    claims.string("intent", ""),
                    claims.optionalLong("iat").orElse(0),
                    claims.optionalLong("exp").orElse(0),
                    claims.raw("policy_manifest_sha256"));
        }
    }

    /**
     * What a ticket must say to be of use.
     *
     * @param issuers who may have issued it, see {@link #issuerOf}
     * @param node the node it came with
     * @param intent the intent it was asked for
     * @param now the time
     * @param tolerance how far the clocks of directory and consumer may differ
     */
    public record Expected(Set<String> issuers, String node, String intent, Instant now, Duration tolerance) {
        /** Copies the issuers. */
        public Expected {
            issuers = Set.copyOf(issuers);
        }
    }

    private DispatchTicket(SignedClaims signed, Fields fields) {
        this.signed = signed;
        this.fields = fields;
    }

    /**
     * Makes a ticket that is valid for {@link #LIFETIME}.
     *
     * @param issuer see {@link #issuerOf}
     * @param id 24 lower-case hexadecimal digits, used once
     * @param node the node
     * @param intent the intent
     * @param now the time
     * @param policyDigest SHA-256 of the node's policy manifest, 64 lower-case hexadecimal digits, or {@code null}
     * @param key the key of the directory
     * @return the text that travels
     */
    public static String issue(
            String issuer,
            String id,
            String node,
            String intent,
            Instant now,
            @Nullable String policyDigest,
            Ed25519KeyPair key) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("v", 1);
        claims.put("typ", TYPE);
        claims.put("iss", issuer);
        claims.put("aud", AUDIENCE);
        claims.put("jti", id);
        claims.put("node_id", node);
        claims.put("intent", intent);
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(LIFETIME).getEpochSecond());
        if (policyDigest != null) {
            claims.put("policy_manifest_sha256", policyDigest);
        }
        return SignedClaims.sign(DOMAIN, claims, key);
    }

    /**
     * Reads a ticket. It says nothing before {@link #isSignedBy} and {@link #objection} were asked.
     *
     * @param token what the directory sent
     * @return the ticket, or empty when the text has not the form of one
     */
    public static Optional<DispatchTicket> read(String token) {
        return SignedClaims.read(DOMAIN, token).flatMap(signed -> {
            try {
                return Optional.of(new DispatchTicket(signed, Fields.of(signed.claims())));
            } catch (JsonException e) {
                return Optional.empty();
            }
        });
    }

    /**
     * Returns the issuer that a directory's tickets name by the rule of the official SDKs: its URL without trailing slashes, then without one
     * trailing {@code /api}.
     */
    public static String issuerOf(String directoryUrl) {
        int end = directoryUrl.length();
        while (end > 0 && directoryUrl.charAt(end - 1) == '/') {
            end--;
        }
        String text = directoryUrl.substring(0, end);
        return text.endsWith("/api") ? text.substring(0, text.length() - "/api".length()) : text;
    }

    /** Returns whether the owner of a public key signed the ticket. */
    public boolean isSignedBy(byte[] publicKey) {
        return signed.isSignedBy(publicKey);
    }

    /** Returns why the ticket is not one for this request, as the end of a sentence; empty when it is. */
    public Optional<String> objection(Expected expected) {
        if (fields.version() != 1 || !fields.type().equals(TYPE)) {
            return Optional.of("is no dispatch ticket of version 1");
        }
        if (!fields.audience().equals(AUDIENCE)) {
            return Optional.of("is for the audience " + Quoted.of(fields.audience()));
        }
        if (!expected.issuers().contains(fields.issuer())) {
            return Optional.of("was issued by %s and not by %s; if that is the same directory, accept the issuer"
                    .formatted(Quoted.of(fields.issuer()), String.join(" or ", expected.issuers())));
        }
        if (!ID.matcher(fields.id()).matches()) {
            return Optional.of("has no id of 24 hexadecimal digits");
        }
        if (!fields.node().equals(expected.node()) || !fields.intent().equals(expected.intent())) {
            return Optional.of("is for another node or intent than the route it came with");
        }
        if (fields.digest() != null && policyDigest().isEmpty()) {
            return Optional.of("has a digest of the policy manifest that is none");
        }
        if (expiresAt().plus(expected.tolerance()).compareTo(expected.now()) <= 0) {
            return Optional.of("expired at %s; is the clock of this machine right?".formatted(expiresAt()));
        }
        return Optional.empty();
    }

    /** Returns the end of its validity by the directory's clock. */
    public Instant expiresAt() {
        return Instant.ofEpochSecond(Math.max(0, Math.min(MOST_SECONDS, fields.expiresAt())));
    }

    /**
     * Returns how long the ticket is valid after it was issued, by the directory's clock alone, so that it can be counted from the moment it
     * arrives whatever the clock of this machine says. At most ten minutes; {@link #LIFETIME} when it does not say when it was issued.
     */
    public Duration lifetime() {
        if (fields.issuedAt() <= 0) {
            return LIFETIME;
        }
        long seconds = expiresAt().getEpochSecond() - Math.min(fields.issuedAt(), MOST_SECONDS);
        return Duration.ofSeconds(Math.max(0, Math.min(600, seconds)));
    }

    /** Returns the first twelve digits of its id, the form that may be logged. */
    public String idPrefix() {
        return fields.id().substring(0, Math.min(12, fields.id().length()));
    }

    /** Returns the SHA-256 of the policy manifest the route must come with, if the ticket is bound to one. */
    public Optional<String> policyDigest() {
        return fields.digest() instanceof String text && DIGEST.matcher(text).matches()
                ? Optional.of(text)
                : Optional.empty();
    }

    /** Shows no more than {@link #idPrefix()}. */
    @Override
    public String toString() {
        return "DispatchTicket[%s]".formatted(Quoted.of(idPrefix()));
    }
}
