package network.iicp.node;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Capability;
import network.iicp.spi.InferenceBackend;
import org.jspecify.annotations.Nullable;

/**
 * What the engines and handlers of a node said about themselves at one moment.
 *
 * @param findings one for each offer, in the order of configuration
 */
record Survey(List<Finding> findings) {

    /**
     * What one offer said.
     *
     * @param offer which one
     * @param capabilities what it serves; {@code null} when it did not answer
     * @param state how it is
     */
    record Finding(Offer offer, @Nullable List<Capability> capabilities, InferenceBackend.State state) {
        Optional<List<Capability>> known() {
            return Optional.ofNullable(capabilities);
        }
    }

    Survey {
        findings = List.copyOf(findings);
    }

    /** Returns whether every engine answered. */
    boolean isComplete() {
        return findings.stream().allMatch(finding -> finding.capabilities() != null);
    }

    /** Returns every model that is served now; empty when an engine did not answer, because then nobody knows. */
    Optional<List<String>> models() {
        if (!isComplete()) {
            return Optional.empty();
        }
        Set<String> models = new LinkedHashSet<>();
        for (Finding finding : findings) {
            finding.known().ifPresent(all -> all.forEach(capability -> models.addAll(capability.models())));
        }
        return Optional.of(List.copyOf(models));
    }

    /** Returns whether something is served now by an offer that needs no model name. */
    boolean servesWithoutModels() {
        return findings.stream()
                .flatMap(finding -> finding.known().stream())
                .flatMap(List::stream)
                .anyMatch(capability -> capability.models().isEmpty());
    }
}
