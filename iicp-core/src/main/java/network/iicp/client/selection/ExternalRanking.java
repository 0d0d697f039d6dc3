package network.iicp.client.selection;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.spi.CandidateRanker;
import org.jspecify.annotations.Nullable;

/**
 * Lets a {@link CandidateRanker} choose among candidates, by evidence without ids. Thread-safe if the ranker is.
 *
 * @param ranker who chooses
 */
public record ExternalRanking(CandidateRanker ranker) {

    private static final Pattern POLICY_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /**
     * The candidates after the ranker's choice.
     *
     * @param nodes the chosen one first, the others in their order
     * @param policyId name of the rules that chose
     * @param mode {@code normal} or {@code exploration}
     */
    public record Ranked(List<NodeDescriptor> nodes, String policyId, String mode) {
        /** Copies the list. */
        public Ranked {
            nodes = List.copyOf(nodes);
        }

        /** Returns how a receipt names the selection, for the chosen node and for one that answered in its place. */
        public String receipt(boolean chosenAnswered) {
            return "external_ranker/%s/%s".formatted(policyId, chosenAnswered ? mode : "fallback");
        }
    }

    /**
     * Asks the ranker.
     *
     * @param taskId the task; the ranker sees a hash
     * @param intent what is wanted
     * @param candidates the eligible candidates in built-in order
     * @return the new order, or empty when the ranker keeps the old one
     * @throws PolicyRefusedException if the ranker fails or its answer is not valid; code {@code candidate_ranker_refused}
     */
    public Optional<Ranked> rank(String taskId, Intent intent, List<NodeDescriptor> candidates) {
        Map<String, NodeDescriptor> offered = new LinkedHashMap<>();
        List<CandidateRanker.Evidence> evidence = new ArrayList<>();
        for (NodeDescriptor node : candidates) {
            CandidateRanker.Evidence one = evidence(node);
            offered.put(one.candidateRef(), node);
            evidence.add(one);
        }
        Optional<CandidateRanker.Decision> decision;
        try {
            decision = ranker.rank(reference("iicp:request:v0", taskId), intent.urn(), List.copyOf(evidence));
        } catch (RuntimeException e) {
            throw refused("the candidate ranker failed: " + e.getMessage(), e);
        }
        return decision.map(choice -> apply(choice, offered, candidates));
    }

    private static Ranked apply(
            CandidateRanker.Decision choice, Map<String, NodeDescriptor> offered, List<NodeDescriptor> candidates) {
        if (!POLICY_ID.matcher(choice.policyId()).matches()) {
            throw refused(
                    "the ranker's policy_id must be 1-64 ASCII letters, digits, dots, underscores or dashes", null);
        }
        NodeDescriptor chosen = offered.get(choice.candidateRef());
        if (chosen == null) {
            throw refused("the ranker chose a candidate outside the eligible candidate set", null);
        }
        List<NodeDescriptor> ordered = new ArrayList<>(candidates);
        ordered.remove(chosen);
        ordered.add(0, chosen);
        return new Ranked(ordered, choice.policyId(), choice.mode().name().toLowerCase(Locale.ROOT));
    }

    /** Returns what a ranker may know of a node. */
    static CandidateRanker.Evidence evidence(NodeDescriptor node) {
        return new CandidateRanker.Evidence(
                reference("iicp:candidate:v0", node.id()),
                List.copyOf(node.allModels()),
                node.score(),
                node.load(),
                node.healthLabel(),
                node.extra().get("directory_observed_reachable") instanceof Boolean reached ? reached : null);
    }

    /** Returns the hash that stands for an id. */
    static String reference(String domain, String id) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((domain + "\n" + id).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static PolicyRefusedException refused(String message, @Nullable Throwable cause) {
        return new PolicyRefusedException(
                IicpError.of(ErrorCode.CANDIDATE_RANKER_REFUSED, ErrorComponent.CLIENT, message), cause);
    }
}
