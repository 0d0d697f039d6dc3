package network.iicp.directory.server;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import network.iicp.protocol.ModelName;

/**
 * Chooses the nodes that fit a query and ranks them: score descending, then id. Every eligible node is scored; nothing is
 * cut before. Thread-safe. Source: IICP directory, ranking, eligibility and filters.
 */
final class Discovery {

    /**
     * A node that fits.
     *
     * @param record the node
     * @param score how well, 0.1 to 1
     */
    record Ranked(NodeRecord record, double score) {}

    private static final Comparator<Ranked> BEST_FIRST = Comparator.comparingDouble(Ranked::score)
            .reversed()
            .thenComparing(ranked -> ranked.record().id());

    private final NodeStore store;
    private final QosThresholds qos;
    private final Clock clock;

    Discovery(NodeStore store, QosThresholds qos, Clock clock) {
        this.store = store;
        this.qos = qos;
        this.clock = clock;
    }

    /** Returns all nodes that fit, best first; the caller applies the limit. */
    List<Ranked> rank(DiscoverRequest request) {
        Instant now = clock.instant();
        LocalTime timeOfDay = LocalTime.ofInstant(now, clock.getZone());
        List<Ranked> fitting = new ArrayList<>();
        for (NodeRecord record : store.serving(request.intent())) {
            if (isListed(record, request.includeInternal(), now) && fits(record, request)) {
                double score = score(record, request, timeOfDay);
                if (score >= Score.FLOOR && score >= request.minScore()) {
                    fitting.add(new Ranked(record, score));
                }
            }
        }
        fitting.sort(BEST_FIRST);
        return fitting;
    }

    private static double score(NodeRecord record, DiscoverRequest request, LocalTime timeOfDay) {
        String region = request.region();
        Boolean near = region == null ? null : region.equals(record.profile().region());
        // Models are filtered before, so whoever gets here serves one that was asked for.
        Boolean model = request.models().isEmpty() ? null : Boolean.TRUE;
        return Score.of(record, timeOfDay, near, model).value();
    }

    /** Returns whether a node is shown to anybody at all. */
    static boolean isListed(NodeRecord record, boolean includeInternal, Instant now) {
        NodePresence presence = record.presence();
        List<String> models = presence.healthModels();
        return presence.available()
                && presence.isFresh(now)
                && (models == null || !models.isEmpty())
                && !presence.isDraining()
                && (includeInternal || isReachable(record));
    }

    private static boolean isReachable(NodeRecord record) {
        return switch (record.presence().reachability()) {
            case OBSERVED, ASSUMED -> true;
            case DECLARED -> record.profile().text("exposure_mode").isPresent();
            case DEAD -> false;
        };
    }

    private boolean fits(NodeRecord record, DiscoverRequest request) {
        NodeProfile profile = record.profile();
        return qos.admits(record.standing(), request.qos())
                && record.standing().reputation() >= request.minReputation()
                && profile.creditCostMultiplier() <= request.maxMultiplier()
                && (!request.cipCapable() || profile.allowsRemoteInference())
                && (!request.relayCapable() || profile.isRelayCapable())
                && servesModel(record, request)
                && takesModality(profile, request);
    }

    private static boolean servesModel(NodeRecord record, DiscoverRequest request) {
        if (!request.models().isEmpty()) {
            return request.models().stream().anyMatch(model -> serves(record, request.intent(), model));
        }
        return record.presence().healthModels() == null
                || !models(record, request.intent()).isEmpty()
                || registeredModels(record, request.intent()).isEmpty();
    }

    private static boolean serves(NodeRecord record, String intent, String model) {
        List<String> reported = record.presence().healthModels();
        if (reported != null && ModelName.find(model, reported).isEmpty()) {
            return false;
        }
        for (NodeProfile.Offer offer : record.profile().offers()) {
            if (offer.intent().equals(intent)
                    && ModelName.find(model, offer.models()).isPresent()) {
                return true;
            }
        }
        return reported != null
                && ModelName.find(model, record.profile().models()).isEmpty();
    }

    /**
     * Returns the models a node serves for an intent now: of the registered ones those its engine reports, and reported
     * ones it registered for no intent at all, which an engine has loaded since. Everything registered when it reports
     * nothing.
     */
    static Set<String> models(NodeRecord record, String intent) {
        Set<String> registered = registeredModels(record, intent);
        List<String> reported = record.presence().healthModels();
        if (reported == null) {
            return registered;
        }
        Set<String> known = record.profile().models();
        return reported.stream()
                .filter(name -> registered.contains(name) || !known.contains(name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> registeredModels(NodeRecord record, String intent) {
        return record.profile().offers(intent).stream()
                .flatMap(offer -> offer.models().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static boolean takesModality(NodeProfile profile, DiscoverRequest request) {
        String modality = request.modality();
        return modality == null
                || profile.offers(request.intent()).stream()
                        .anyMatch(offer -> offer.inputModalities().contains(modality));
    }
}
