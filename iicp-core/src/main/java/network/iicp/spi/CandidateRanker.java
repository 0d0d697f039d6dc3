package network.iicp.spi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which candidate is tried first, by rules of the application. It sees evidence, not nodes: no ids, endpoints, keys,
 * tickets or payloads. Called on threads of the client, also at the same time for different tasks; must return quickly.
 *
 * <p>It fails closed: an exception, a candidate that was not offered, or a malformed policy id ends the call with
 * {@code IICP-CANDIDATE-RANKER-REFUSED}. No decision keeps the built-in order. Source: IICP consumer, candidate ranker v0.
 */
@FunctionalInterface
public interface CandidateRanker {

    /** The schema of {@link Evidence}. */
    String EVIDENCE_SCHEMA = "iicp-candidate-evidence-v0";

    /**
     * Chooses.
     *
     * @param requestRef hash that stands for the task
     * @param intent URN of what is wanted
     * @param candidates the eligible candidates in built-in order; at least one
     * @return the choice, or empty to keep the order
     */
    Optional<Decision> rank(String requestRef, String intent, List<Evidence> candidates);

    /**
     * What is known of a candidate.
     *
     * @param candidateRef hash that stands for the node
     * @param models models it offers for the intent
     * @param directoryScore how well it fits, 0 to 1
     * @param load share of its slots in use, 0 to 1, or {@code null}
     * @param healthLabel what the directory calls its health, or {@code null}
     * @param directoryObservedReachable whether the directory reached it, or {@code null} when that is not said
     */
    record Evidence(
            String candidateRef,
            List<String> models,
            double directoryScore,
            @Nullable Double load,
            @Nullable String healthLabel,
            @Nullable Boolean directoryObservedReachable) {

        /** Copies the models. */
        public Evidence {
            Objects.requireNonNull(candidateRef, "candidateRef");
            models = List.copyOf(models);
        }

        /** Returns the evidence with the names of its schema, for rankers outside this process; absent values are left out. */
        public Map<String, Object> toMap() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("schema_version", EVIDENCE_SCHEMA);
            json.put("candidate_ref", candidateRef);
            json.put("models", models);
            json.put("directory_score", directoryScore);
            if (load != null) {
                json.put("load", load);
            }
            if (healthLabel != null) {
                json.put("health_label", healthLabel);
            }
            if (directoryObservedReachable != null) {
                json.put("directory_observed_reachable", directoryObservedReachable);
            }
            return json;
        }
    }

    /** Whether a choice is the ranker's best, or a try. */
    enum Mode {
        /** The best by the ranker's rules. */
        NORMAL,
        /** Chosen to learn about it. */
        EXPLORATION
    }

    /**
     * A choice.
     *
     * @param candidateRef the chosen candidate
     * @param policyId name of the rules that chose, 1 to 64 letters, digits, dots, underscores and dashes
     * @param mode why
     */
    record Decision(String candidateRef, String policyId, Mode mode) {
        /** Checks that nothing is missing. */
        public Decision {
            Objects.requireNonNull(candidateRef, "candidateRef");
            Objects.requireNonNull(policyId, "policyId");
            Objects.requireNonNull(mode, "mode");
        }
    }
}
