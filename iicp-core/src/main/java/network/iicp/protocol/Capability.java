package network.iicp.protocol;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing a node offers: an intent with the models that serve it. Immutable. Source: IICP capability format 0.2.0.
 *
 * @param intent what is offered
 * @param models names of the models, best first; may be empty
 * @param maxTokens most tokens of one answer, at least 1, or {@code null} when not stated
 * @param inputModalities what the models take; text when nothing is said
 * @param supportsStreaming whether answers can be streamed
 * @param supportedProfiles profile URNs, for example {@link #SERVICE_LIFECYCLE}
 * @param features free words such as {@code tool_calling}
 * @param extensions namespaced members that are passed through
 */
public record Capability(
        Intent intent,
        List<String> models,
        @Nullable Integer maxTokens,
        Set<Modality> inputModalities,
        boolean supportsStreaming,
        List<String> supportedProfiles,
        List<String> features,
        Map<String, Object> extensions) {

    /** The profile of streaming, cancelling and re-attaching. */
    public static final String SERVICE_LIFECYCLE = "urn:iicp:profile:service-lifecycle:v1";

    /** Most models of one capability. */
    public static final int MAX_MODELS = 64;

    /** Checks ranges and copies the collections. */
    public Capability {
        Objects.requireNonNull(intent, "intent");
        models = List.copyOf(models);
        if (maxTokens != null && maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, was " + maxTokens);
        }
        inputModalities = inputModalities.isEmpty()
                ? Set.of(Modality.TEXT)
                : Collections.unmodifiableSet(EnumSet.copyOf(inputModalities));
        supportedProfiles = List.copyOf(supportedProfiles);
        features = List.copyOf(features);
        extensions = Collections.unmodifiableMap(new LinkedHashMap<>(extensions));
    }

    /** Returns a text capability without streaming. */
    public static Capability of(Intent intent, List<String> models) {
        return new Capability(intent, models, null, Set.of(Modality.TEXT), false, List.of(), List.of(), Map.of());
    }

    /** Returns a copy that can stream: the flag is set and {@link #SERVICE_LIFECYCLE} is among the profiles. */
    public Capability withStreaming() {
        List<String> profiles = supportedProfiles.contains(SERVICE_LIFECYCLE)
                ? supportedProfiles
                : java.util.stream.Stream.concat(
                                supportedProfiles.stream(), java.util.stream.Stream.of(SERVICE_LIFECYCLE))
                        .toList();
        return new Capability(intent, models, maxTokens, inputModalities, true, profiles, features, extensions);
    }

    /** Returns a copy with this bound on the answer. */
    public Capability withMaxTokens(@Nullable Integer bound) {
        return new Capability(
                intent, models, bound, inputModalities, supportsStreaming, supportedProfiles, features, extensions);
    }

    /** Returns a copy with these input modalities. */
    public Capability withInputModalities(Set<Modality> modalities) {
        return new Capability(
                intent, models, maxTokens, modalities, supportsStreaming, supportedProfiles, features, extensions);
    }

    /** Returns a copy with these extensions. */
    public Capability withExtensions(Map<String, Object> members) {
        return new Capability(
                intent, models, maxTokens, inputModalities, supportsStreaming, supportedProfiles, features, members);
    }

    /** Returns a copy with these features. */
    public Capability withFeatures(List<String> words) {
        return new Capability(
                intent, models, maxTokens, inputModalities, supportsStreaming, supportedProfiles, words, extensions);
    }

    /** Returns whether the capability says it streams by the service-lifecycle profile. */
    public boolean streams() {
        return supportsStreaming && supportedProfiles.contains(SERVICE_LIFECYCLE);
    }
}
