package network.iicp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import network.iicp.client.selection.CandidateFilter;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.client.selection.ExternalRanking;
import network.iicp.client.selection.NodeRecords;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.LeftOut;
import network.iicp.protocol.Modality;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Task;
import org.jspecify.annotations.Nullable;

/** Chooses among the nodes a directory named: leaves out with reasons, orders the rest. Sends nothing. Immutable. */
final class Selector {

    /** What every candidate was left out for that does not fit the call, whatever else it does. */
    private static final Set<String> OF_ANOTHER_KIND =
            Set.of(CandidateFilter.OTHER_NODE, CandidateFilter.OTHER_MODEL, CandidateFilter.OTHER_MODALITY);

    /** The model takes no system messages, and the call needs one. */
    private static final String NO_INSTRUCTIONS = "no_system_messages";

    private static final Map<String, Modality> CONTENT_PARTS =
            Map.of("image_url", Modality.IMAGE, "input_audio", Modality.AUDIO);

    private final ConsumerContext context;
    private final Task task;
    private final CallOptions options;
    private final RoutingPolicy policy;
    private final boolean encryptionRequired;
    private final Predicate<NodeDescriptor> preferred;

    /**
     * @param preferred candidates that go first whatever the strategy says, such as those that can stream
     */
    Selector(ConsumerContext context, Task task, CallOptions options, Predicate<NodeDescriptor> preferred) {
        this.context = context;
        this.task = task;
        this.options = options;
        this.policy = policy(context.settings(), options);
        this.encryptionRequired = encryptionRequired(context.settings(), options);
        this.preferred = preferred;
    }

    private static RoutingPolicy policy(ClientSettings settings, CallOptions options) {
        return options.routingPolicy() == null ? settings.routingPolicy() : options.routingPolicy();
    }

    /** Returns whether a node without a usable key must not get the task. */
    static boolean encryptionRequired(ClientSettings settings, CallOptions options) {
        Boolean demanded = policy(settings, options).requireEncryption();
        return demanded == null ? settings.encryption() == Encryption.REQUIRED : demanded;
    }

    /**
     * Candidates in the order to try them.
     *
     * @param ordered those that may be asked
     * @param explored whether the first was put there by chance
     * @param ranked what the application's ranker chose, or {@code null} without one
     * @param leftOut the others, with reasons
     */
    record Selection(
            List<NodeDescriptor> ordered,
            boolean explored,
            ExternalRanking.@Nullable Ranked ranked,
            List<Rejected> leftOut) {}

    /** A candidate that must not be asked. */
    record Rejected(NodeDescriptor node, String reason) {
        LeftOut toLeftOut() {
            return new LeftOut(node.prefix(), reason);
        }
    }

    /** Returns whether a node without a usable key must not get the task. */
    boolean encryptionRequired() {
        return encryptionRequired;
    }

    /**
     * Returns what to ask the directory.
     *
     * @param streaming whether the answer is wanted as it comes
     * @param several whether the call chooses among nodes, or asks more than one at once
     */
    RouteQuery query(boolean streaming, boolean several) {
        String region = options.region() == null ? context.settings().region() : options.region();
        return new RouteQuery(
                task.intent(),
                task.constraints().model(),
                region,
                options.qos(),
                options.minReputation(),
                several
                        || context.ranking() != null
                        || options.modality() != null
                        || RouteQuery.wantsSeveral(
                                options.node() != null,
                                streaming,
                                context.order().strategy()),
                options.modality());
    }

    /**
     * Chooses.
     *
     * @param routes what the directory named, best first
     * @param onlyNode id of the one node allowed, or {@code null}
     * @param further reasons of the call's own to leave a node out, {@code null} for none
     */
    Selection select(Routes routes, @Nullable String onlyNode, Function<NodeDescriptor, @Nullable String> further) {
        CandidateFilter.Wanted wanted = new CandidateFilter.Wanted(
                onlyNode,
                task.constraints().model(),
                isStrict(),
                options.modality(),
                options.minReputation(),
                policy,
                encryptionRequired);
        List<NodeDescriptor> eligible = new ArrayList<>();
        List<Rejected> leftOut = new ArrayList<>();
        for (NodeDescriptor node : routes.nodes()) {
            String reason = Optional.ofNullable(further.apply(node))
                    .or(() -> pinned(node))
                    .or(() -> withoutInstructions(node))
                    .or(() -> context.filter().rejection(node, wanted))
                    .orElse(null);
            if (reason == null) {
                eligible.add(node);
            } else {
                leftOut.add(new Rejected(node, reason));
            }
        }
        return order(routes, eligible, leftOut);
    }

    private Optional<String> pinned(NodeDescriptor node) {
        return context.keys().allows(node) ? Optional.empty() : Optional.of("other_key_than_pinned");
    }

    private Optional<String> withoutInstructions(NodeDescriptor node) {
        return options.runtimeIdentity() == RuntimeIdentity.REQUIRED
                        && RuntimeCapsule.isUnsupported(node, task.intent())
                ? Optional.of(NO_INSTRUCTIONS)
                : Optional.empty();
    }

    /** A ticket is the directory's own choice; exploring is for lists. */
    private Selection order(Routes routes, List<NodeDescriptor> eligible, List<Rejected> leftOut) {
        CandidateOrder.Ordered ordered = routes.ticketed()
                ? new CandidateOrder.Ordered(eligible, false)
                : context.order().order(eligible);
        List<NodeDescriptor> nodes = preferredFirst(ordered.nodes());
        boolean explored = ordered.explored() && nodes.equals(ordered.nodes());
        ExternalRanking ranking = context.ranking();
        if (ranking == null || nodes.isEmpty()) {
            return new Selection(nodes, explored, null, leftOut);
        }
        return ranking.rank(task.id(), task.intent(), nodes)
                .map(ranked -> new Selection(ranked.nodes(), ranked.mode().equals("exploration"), ranked, leftOut))
                .orElseGet(() -> new Selection(nodes, explored, null, leftOut));
    }

    /** Says what {@link #select} would do with these routes; see {@link CallPlan} for who is asked when breakers are open. */
    RouteExplanation explain(Routes routes) {
        Selection selection = select(routes, options.node(), node -> null);
        List<RouteExplanation.Candidate> candidates = new ArrayList<>();
        List<NodeDescriptor> heldBack = new ArrayList<>();
        for (NodeDescriptor node : selection.ordered()) {
            if (context.breakers().isHeldBack(node.id())) {
                heldBack.add(node);
            } else {
                candidates.add(candidate(node, candidates.size() + 1, null));
            }
        }
        for (NodeDescriptor node : heldBack) {
            boolean last = candidates.isEmpty();
            candidates.add(candidate(node, last ? 1 : 0, last ? "last_resort" : "breaker_open"));
        }
        selection.leftOut().forEach(out -> candidates.add(candidate(out.node(), 0, out.reason())));
        String how = selection.ranked() == null
                ? context.order().strategy().wireName()
                : selection.ranked().receipt(true);
        return new RouteExplanation(task.intent(), routes.source(), routes.age(), how, candidates);
    }

    private RouteExplanation.Candidate candidate(NodeDescriptor node, int rank, @Nullable String reason) {
        NodeRecords.Seen seen = context.records().seen(node.id());
        return new RouteExplanation.Candidate(
                node.prefix(),
                rank,
                reason,
                node.score(),
                node.region(),
                node.load(),
                List.copyOf(node.allModels()),
                context.breakers().state(node.id()),
                seen.inFlight(),
                seen.latency(),
                seen.errorRate());
    }

    private List<NodeDescriptor> preferredFirst(List<NodeDescriptor> ordered) {
        Set<Modality> contents = contents();
        Predicate<NodeDescriptor> fit =
                preferred.and(node -> contents.stream().allMatch(kind -> CandidateFilter.takes(node, kind)));
        List<NodeDescriptor> nodes =
                new ArrayList<>(ordered.stream().filter(fit).toList());
        ordered.stream().filter(fit.negate()).forEach(nodes::add);
        return nodes;
    }

    /** What a chat holds besides text; nodes that say they take it are tried first. */
    private Set<Modality> contents() {
        Set<Modality> kinds = new TreeSet<>();
        if (task.payload().get("messages") instanceof List<?> messages) {
            for (Object message : messages) {
                if (message instanceof Map<?, ?> json && json.get("content") instanceof List<?> parts) {
                    parts.forEach(part -> kind(part).ifPresent(kinds::add));
                }
            }
        }
        return kinds;
    }

    private static Optional<Modality> kind(@Nullable Object part) {
        return part instanceof Map<?, ?> json && json.get("type") instanceof String type
                ? Optional.ofNullable(CONTENT_PARTS.get(type))
                : Optional.empty();
    }

    boolean isStrict() {
        return Boolean.TRUE.equals(options.strict());
    }

    /** Says why nobody can be asked. */
    IicpException nobody(int known, List<Rejected> leftOut) {
        Map<String, Integer> reasons = new TreeMap<>();
        leftOut.forEach(candidate -> reasons.merge(candidate.reason(), 1, Integer::sum));
        String model = task.constraints().model();
        if (known == 0) {
            String wanted = model == null ? "" : " with the model " + Quoted.of(model);
            return error(
                    ErrorCode.NO_PROVIDER,
                    "the directory names no node for %s%s; start one with: iicp-node serve"
                            .formatted(task.intent(), wanted));
        }
        Set<String> others = new TreeSet<>(reasons.keySet());
        others.removeAll(OF_ANOTHER_KIND);
        if (others.isEmpty()) {
            return error(
                    ErrorCode.NO_PROVIDER,
                    "none of the %d nodes for %s %s".formatted(known, task.intent(), missing(reasons)));
        }
        if (others.equals(Set.of(CandidateFilter.UNAVAILABLE))) {
            return error(
                    ErrorCode.NO_PROVIDER,
                    "none of the %d nodes for %s takes tasks now".formatted(known, task.intent()));
        }
        if (others.equals(Set.of(CandidateFilter.MISSING_KEY))) {
            return error(
                    ErrorCode.CX_REQUIRED,
                    "none of the %d nodes offers an encryption key, and encryption is required".formatted(known));
        }
        if (others.equals(Set.of(NO_INSTRUCTIONS))) {
            return error(
                    ErrorCode.IDENTITY_CONTEXT_UNSUPPORTED,
                    "none of the %d nodes takes system messages, and the runtime identity is required; nothing was sent"
                            .formatted(known));
        }
        if (others.equals(Set.of(CandidateFilter.ENDPOINT_REFUSED))) {
            return error(
                    ErrorCode.ENDPOINT_REFUSED,
                    "none of the %d nodes has an endpoint that the scope %s allows"
                            .formatted(known, context.settings().scope()));
        }
        return error(
                ErrorCode.ROUTING_POLICY,
                "none of the %d nodes may be used under the routing policy %s: %s; nothing was sent"
                        .formatted(known, policy.profile().wireName(), reasons));
    }

    private String missing(Map<String, Integer> reasons) {
        String node = options.node();
        if (node != null && reasons.containsKey(CandidateFilter.OTHER_NODE) && reasons.size() == 1) {
            return "is the node %s that the call asks for".formatted(Quoted.of(NodeDescriptor.prefixOf(node)));
        }
        String model = task.constraints().model();
        if (model != null && reasons.containsKey(CandidateFilter.OTHER_MODEL)) {
            return "serves the model " + Quoted.of(model);
        }
        return "takes "
                + (options.modality() == null ? "this" : options.modality().wireName());
    }

    private IicpException error(ErrorCode code, String message) {
        IicpException fault = Faults.error(code, message);
        return fault.withError(fault.error().withTaskId(task.id()));
    }

    /**
     * A strict call takes no answer of another model.
     *
     * @param answered the model the node names, or {@code null} when it names none
     */
    void requireModel(NodeDescriptor node, @Nullable String answered) {
        String wanted = task.constraints().model();
        if (isStrict() && wanted != null && answered != null && !isVersionOf(wanted, answered)) {
            IicpError error = IicpError.of(
                            ErrorCode.PROTOCOL_ERROR,
                            ErrorComponent.NODE,
                            "node %s answered with the model %s, and the call is strict about %s"
                                    .formatted(node.prefix(), Quoted.of(answered), Quoted.of(wanted)))
                    .withRetryable(false);
            throw IicpException.of(error);
        }
    }

    /** Engines answer with the full name of what was asked for by a short one, such as a name with its date. */
    private static boolean isVersionOf(String wanted, String answered) {
        return ModelName.same(wanted, answered)
                || answered.startsWith(wanted + "-")
                || answered.startsWith(wanted + "@");
    }
}
