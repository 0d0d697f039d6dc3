package network.iicp.protocol;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node as a directory describes it to consumers. Immutable. Members a directory does not send are {@code null} or empty.
 * Source: IICP directory, discover response.
 *
 * @param id the node's id, 1 to 64 characters
 * @param endpoint base URL of the node; the task path is resolved under it
 * @param score how well the node fits the query, 0 to 1
 * @param available whether the node takes tasks
 * @param region where it says it is, or {@code null}
 * @param load share of its slots in use, 0 to 1, or {@code null}
 * @param models models for the intent asked
 * @param capabilities what it offers for the intent asked
 * @param confidentialityKey key to encrypt tasks to, or {@code null}
 * @param reputation 0 to 1, or {@code null}
 * @param healthLabel healthy, degraded, impaired, critical or offline, or {@code null}
 * @param supportedProfiles profile URNs of the node as a whole
 * @param extra other members of the description, as the directory sent them
 */
public record NodeDescriptor(
        String id,
        URI endpoint,
        double score,
        boolean available,
        @Nullable String region,
        @Nullable Double load,
        List<String> models,
        List<Capability> capabilities,
        @Nullable ConfidentialityKey confidentialityKey,
        @Nullable Double reputation,
        @Nullable String healthLabel,
        List<String> supportedProfiles,
        Map<String, Object> extra) {

    /** Checks that nothing required is missing and copies the collections. */
    public NodeDescriptor {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(endpoint, "endpoint");
        models = List.copyOf(models);
        capabilities = List.copyOf(capabilities);
        supportedProfiles = List.copyOf(supportedProfiles);
        extra = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** Returns the first eight characters of an id, the form used in logs, receipts and ticket exclusions. */
    public static String prefixOf(String id) {
        return id.length() <= 8 ? id : id.substring(0, 8);
    }

    /** Returns the first eight characters of the id. */
    public String prefix() {
        return prefixOf(id);
    }

    /** Returns the key to encrypt tasks to. */
    public Optional<ConfidentialityKey> key() {
        return Optional.ofNullable(confidentialityKey);
    }

    /** Returns whether some capability for the intent, or the node as a whole, streams by the service-lifecycle profile. */
    public boolean streams(Intent intent) {
        return capabilities.stream().anyMatch(c -> c.intent().equals(intent) && c.streams())
                || supportedProfiles.contains(Capability.SERVICE_LIFECYCLE);
    }

    /** Returns every model the node names, in order, without repeats. */
    public Set<String> allModels() {
        Set<String> all = new LinkedHashSet<>(models);
        capabilities.forEach(c -> all.addAll(c.models()));
        return all;
    }

    /** Names the node by its prefix; never its endpoint. */
    @Override
    public String toString() {
        return "Node[%s, score %.3f, %s]".formatted(prefix(), score, available ? "available" : "unavailable");
    }
}
