package network.iicp.client.selection;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes may see a task: a named profile, and what is laid over it. Immutable. Every profile keeps the other filters:
 * a policy only ever leaves nodes out, except that {@link #DEBUG_OVERRIDE} does not insist on encryption.
 * Source: IICP core, routing policies.
 */
public final class RoutingPolicy {

    /** Nothing beyond the client's settings. The default. */
    public static final RoutingPolicy STANDARD = profile(Profile.STANDARD).build();

    /** Only nodes on this machine: no other machine may execute the task. Encrypted. */
    public static final RoutingPolicy SENSITIVE = profile(Profile.SENSITIVE).build();

    /** Only nodes that say they are in the regions {@code eu} and {@code eea}. Encrypted. */
    public static final RoutingPolicy EU_RESTRICTED =
            profile(Profile.EU_RESTRICTED).build();

    /** Only nodes with a signed policy manifest that keeps no payloads. Encrypted. */
    public static final RoutingPolicy STRICT_POLICY =
            profile(Profile.STRICT_POLICY).build();

    /** Nodes without a key too; see {@code Encryption.PREFERRED} for where the task then goes in clear. */
    public static final RoutingPolicy DEBUG_OVERRIDE =
            profile(Profile.DEBUG_OVERRIDE).build();

    /** The named profiles of the protocol. */
    public enum Profile {
        /** See {@link RoutingPolicy#STANDARD}. */
        STANDARD,
        /** See {@link RoutingPolicy#SENSITIVE}. */
        SENSITIVE,
        /** See {@link RoutingPolicy#EU_RESTRICTED}. */
        EU_RESTRICTED,
        /** See {@link RoutingPolicy#STRICT_POLICY}. */
        STRICT_POLICY,
        /** See {@link RoutingPolicy#DEBUG_OVERRIDE}. */
        DEBUG_OVERRIDE;

        /** Returns the word used in configuration, for example {@code eu_restricted}. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads the word used in configuration; {@code -} and {@code _} are the same. */
        public static Optional<Profile> of(String word) {
            String plain = word.strip().toLowerCase(Locale.ROOT).replace('-', '_');
            return Arrays.stream(values())
                    .filter(profile -> profile.wireName().equals(plain))
                    .findFirst();
        }
    }

    /** How far the identity behind a policy manifest is known, weakest first. */
    public enum ManifestIdentity {
        /** The node says so itself. */
        SELF_ATTESTED,
        /** The manifest has a valid signature. */
        SIGNED_VALID,
        /** The signing key is bound to an operator. */
        OPERATOR_BOUND,
        /** The directory knows the operator. */
        KNOWN_OPERATOR;

        /** Returns the word used on the wire, for example {@code operator_bound}. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads the word used on the wire; words for withdrawn manifests are none of these. */
        public static Optional<ManifestIdentity> of(String word) {
            String plain = word.strip().toLowerCase(Locale.ROOT).replace('-', '_');
            return Arrays.stream(values())
                    .filter(level -> level.wireName().equals(plain))
                    .findFirst();
        }
    }

    private final Profile profile;
    private final List<String> regions;
    private final @Nullable Boolean requireEncryption;
    private final boolean requireSignedManifest;
    private final boolean requireNoRetention;
    private final @Nullable ManifestIdentity minManifestIdentity;
    private final boolean allowRemoteExecutor;

    private RoutingPolicy(Builder values) {
        this.profile = values.profile;
        this.regions = List.copyOf(values.regions);
        this.requireEncryption = values.requireEncryption;
        this.requireSignedManifest = values.requireSignedManifest;
        this.requireNoRetention = values.requireNoRetention;
        this.minManifestIdentity = values.minManifestIdentity;
        this.allowRemoteExecutor = values.allowRemoteExecutor;
    }

    /** Returns a builder with the defaults of a profile. */
    public static Builder profile(Profile profile) {
        return new Builder(profile);
    }

    /** Returns the profile this started from. */
    public Profile profile() {
        return profile;
    }

    /** Returns the regions that are allowed; empty for all. A region also allows its parts, {@code eu} allows {@code eu-central}. */
    public List<String> regions() {
        return regions;
    }

    /** Returns whether the task must be encrypted; {@code null} leaves it to the client's setting. */
    public @Nullable Boolean requireEncryption() {
        return requireEncryption;
    }

    /** Returns whether a node needs a signed policy manifest. */
    public boolean requireSignedManifest() {
        return requireSignedManifest;
    }

    /** Returns whether a node must promise to keep no payloads. */
    public boolean requireNoRetention() {
        return requireNoRetention;
    }

    /** Returns how far the identity behind a manifest must be known, or {@code null} when that does not matter. */
    public @Nullable ManifestIdentity minManifestIdentity() {
        return minManifestIdentity;
    }

    /** Returns whether other machines may execute the task. */
    public boolean allowRemoteExecutor() {
        return allowRemoteExecutor;
    }

    /** Returns whether a node in this region may be used. */
    public boolean allowsRegion(@Nullable String region) {
        if (regions.isEmpty()) {
            return true;
        }
        String place = region == null ? "" : region.strip().toLowerCase(Locale.ROOT);
        return regions.stream().anyMatch(allowed -> isWithin(place, allowed));
    }

    private static boolean isWithin(String place, String allowed) {
        return place.equals(allowed)
                || place.startsWith(allowed + "-")
                || (allowed.equals("eea") && place.startsWith("eu-"));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RoutingPolicy that
                && profile == that.profile
                && regions.equals(that.regions)
                && Objects.equals(requireEncryption, that.requireEncryption)
                && requireSignedManifest == that.requireSignedManifest
                && requireNoRetention == that.requireNoRetention
                && minManifestIdentity == that.minManifestIdentity
                && allowRemoteExecutor == that.allowRemoteExecutor;
    }

    @Override
    public int hashCode() {
        return Objects.hash(profile, regions, requireEncryption, requireSignedManifest, minManifestIdentity);
    }

    @Override
    public String toString() {
        return "RoutingPolicy[%s, regions %s, encryption %s, signed manifest %s, no retention %s, identity %s, remote %s]"
                .formatted(
                        profile.wireName(),
                        regions.isEmpty() ? "any" : regions,
                        requireEncryption == null ? "as set" : requireEncryption,
                        requireSignedManifest,
                        requireNoRetention,
                        minManifestIdentity == null ? "any" : minManifestIdentity.wireName(),
                        allowRemoteExecutor);
    }

    /** Collects what is laid over a profile; {@code null} keeps the profile's value. Not thread-safe. */
    public static final class Builder {
        private static final int LONGEST_REGION = 64;

        private final Profile profile;
        private List<String> regions;
        private @Nullable Boolean requireEncryption;
        private boolean requireSignedManifest;
        private boolean requireNoRetention;
        private @Nullable ManifestIdentity minManifestIdentity;
        private boolean allowRemoteExecutor;

        private Builder(Profile profile) {
            this.profile = Objects.requireNonNull(profile, "profile");
            this.regions = profile == Profile.EU_RESTRICTED ? List.of("eu", "eea") : List.of();
            if (profile != Profile.STANDARD) {
                this.requireEncryption = profile != Profile.DEBUG_OVERRIDE;
            }
            this.requireSignedManifest = profile == Profile.STRICT_POLICY;
            this.requireNoRetention = profile == Profile.STRICT_POLICY;
            this.allowRemoteExecutor = profile != Profile.SENSITIVE;
        }

        /**
         * Sets the regions that are allowed, such as {@code eu} or {@code us-east}; an empty list allows all.
         *
         * @throws IllegalArgumentException if one is blank or longer than 64 characters
         */
        public Builder regions(@Nullable List<String> names) {
            if (names != null) {
                names.stream()
                        .filter(name -> name.isBlank() || name.length() > LONGEST_REGION)
                        .findFirst()
                        .ifPresent(name -> {
                            throw new IllegalArgumentException("a region must have 1 to 64 characters");
                        });
                this.regions = names.stream()
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .toList();
            }
            return this;
        }

        /** Sets whether the task must be encrypted. */
        public Builder requireEncryption(@Nullable Boolean required) {
            this.requireEncryption = required == null ? requireEncryption : required;
            return this;
        }

        /** Sets whether a node needs a signed policy manifest. */
        public Builder requireSignedManifest(@Nullable Boolean required) {
            this.requireSignedManifest = required == null ? requireSignedManifest : required;
            return this;
        }

        /** Sets whether a node must promise to keep no payloads. */
        public Builder requireNoRetention(@Nullable Boolean required) {
            this.requireNoRetention = required == null ? requireNoRetention : required;
            return this;
        }

        /** Sets how far the identity behind a manifest must be known. */
        public Builder minManifestIdentity(@Nullable ManifestIdentity level) {
            this.minManifestIdentity = level == null ? minManifestIdentity : level;
            return this;
        }

        /** Sets whether other machines may execute the task. */
        public Builder allowRemoteExecutor(@Nullable Boolean allowed) {
            this.allowRemoteExecutor = allowed == null ? allowRemoteExecutor : allowed;
            return this;
        }

        /** Returns the policy. */
        public RoutingPolicy build() {
            return new RoutingPolicy(this);
        }
    }
}
