package network.iicp.node;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.IntentRisk;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.InferenceBackend.State;
import network.iicp.spi.TaskHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything a node serves, and which handler serves what. What an engine serves changes while the node runs; a change is adopted when
 * the directory has accepted it, so that what is advertised and what is served do not drift apart. How an engine is counts at once.
 * Thread-safe.
 */
final class Offers {

    /** The one model that the compatibility proxies of the official clients list, whatever there is. */
    private static final String PROXY_MODEL = "iicp";

    private static final Logger log = LoggerFactory.getLogger(Offers.class);

    /** Most reports on models that a node gives. */
    private static final int MOST_REPORTS = 64;

    private final List<Offer> offers;
    private final Set<String> wantedModels;
    private final Set<Intent> wantedIntents;
    private final NodeAuthentication authentication;
    private final OncePerCause warnings = new OncePerCause();
    private final ReentrantLock adopting = new ReentrantLock();
    private volatile List<Served> served = List.of();
    private volatile Map<Offer, State> states = Map.of();
    private volatile boolean silentEngine;

    /** One capability and what serves it. */
    private record Served(Capability capability, Offer offer, NodeAuthentication mode) {}

    /**
     * What serves a task.
     *
     * @param handler executes it
     * @param capability what was promised
     * @param model the model that serves it, by its served name; {@code null} when none was asked for and none is listed
     */
    record Match(
            TaskHandler handler,
            Capability capability,
            @Nullable String model) {}

    /**
     * Makes the offers; nothing is served before a survey is adopted.
     *
     * @param offers engines and handlers, the preferred ones first
     * @param wantedModels the only models to serve; empty for all an engine has
     * @param wantedIntents the only intents to serve; empty for all that is offered
     * @param authentication who may use them
     */
    Offers(
            List<Offer> offers,
            List<String> wantedModels,
            Set<Intent> wantedIntents,
            NodeAuthentication authentication) {
        this.offers = List.copyOf(offers);
        this.wantedIntents = Set.copyOf(wantedIntents);
        this.wantedModels = new LinkedHashSet<>(wantedModels);
        this.authentication = authentication;
    }

    /** Asks every engine what it serves and how it is. May take some seconds. */
    Survey survey() {
        List<Survey.Finding> findings = new ArrayList<>();
        for (Offer offer : offers) {
            findings.add(survey(offer));
        }
        Map<Offer, State> now = new LinkedHashMap<>();
        findings.forEach(finding -> now.put(finding.offer(), surveyed(finding)));
        states = now;
        return new Survey(findings);
    }

    /** A watched engine tells itself how it is from task to task; the survey only knows whether it answered. */
    private static State surveyed(Survey.Finding finding) {
        boolean watched = finding.offer().monitor() != null && finding.capabilities() != null;
        return watched ? State.OK : finding.state();
    }

    private Survey.Finding survey(Offer offer) {
        InferenceBackend engine = offer.engine();
        if (engine == null) {
            List<Capability> fixed = offer.fixed().stream()
                    .filter(capability -> isWanted(capability.intent()))
                    .toList();
            return new Survey.Finding(offer, fixed, State.OK);
        }
        try {
            List<Capability> capabilities = servable(engine, engine.capabilities());
            State state = engine.state();
            warnings.clear(engine);
            return new Survey.Finding(offer, capabilities, state);
        } catch (IicpException e) {
            warnings.warn(
                    engine,
                    e.code(),
                    () -> log.warn("the {} engine does not say what it serves: {}", engine.type(), e.getMessage()));
            return new Survey.Finding(offer, null, State.UNAVAILABLE);
        } catch (RuntimeException e) {
            warnings.warn(engine, e.toString(), () -> log.warn("asking the {} engine failed", engine.type(), e));
            return new Survey.Finding(offer, null, State.UNAVAILABLE);
        }
    }

    /** Keeps what is wanted, allowed and can be registered. */
    private List<Capability> servable(InferenceBackend engine, List<Capability> capabilities) {
        List<Capability> servable = new ArrayList<>();
        Set<String> present = new LinkedHashSet<>();
        for (Capability capability : capabilities) {
            present.addAll(capability.models());
            boolean refused = IntentRisk.of(capability.intent().urn())
                    .map(risk -> risk.category().isRefused())
                    .orElse(false);
            if (!refused && capability.intent().isRegistrable() && isWanted(capability.intent())) {
                wanted(capability).ifPresent(servable::add);
            }
        }
        if (servable.isEmpty() && !wantedModels.isEmpty()) {
            warnings.warn(
                    this,
                    present.toString(),
                    () -> log.warn(
                            "the {} engine has none of the models {}; it has {}",
                            engine.type(),
                            wantedModels,
                            present));
        }
        return servable;
    }

    private boolean isWanted(Intent intent) {
        return wantedIntents.isEmpty() || wantedIntents.contains(intent);
    }

    private Optional<Capability> wanted(Capability capability) {
        if (wantedModels.isEmpty()) {
            return Optional.of(capability);
        }
        if (capability.models().isEmpty()) {
            // An engine that cannot list its models is believed to have the ones the operator names.
            return Optional.of(withModels(capability, List.copyOf(wantedModels)));
        }
        List<String> kept = wantedModels.stream()
                .flatMap(wanted -> ModelName.find(wanted, capability.models()).stream())
                .distinct()
                .toList();
        return kept.isEmpty() ? Optional.empty() : Optional.of(withModels(capability, kept));
    }

    private static Capability withModels(Capability c, List<String> models) {
        return new Capability(
                c.intent(),
                models,
                c.maxTokens(),
                c.inputModalities(),
                c.supportsStreaming(),
                c.supportedProfiles(),
                c.features(),
                c.extensions());
    }

    /** Serves what the survey found from now on. An engine that did not answer keeps what it had. */
    void adopt(Survey survey) {
        adopting.lock();
        try {
            serve(survey);
        } finally {
            adopting.unlock();
        }
    }

    private void serve(Survey survey) {
        List<Served> before = served;
        List<Served> now = new ArrayList<>();
        for (Survey.Finding finding : survey.findings()) {
            now.addAll(finding.known()
                    .map(capabilities -> served(finding.offer(), capabilities))
                    .orElseGet(() -> of(before, finding.offer())));
        }
        served = List.copyOf(now);
        silentEngine = survey.findings().stream()
                .anyMatch(finding -> finding.capabilities() == null
                        && of(before, finding.offer()).isEmpty());
    }

    private List<Served> served(Offer offer, List<Capability> capabilities) {
        return capabilities.stream()
                .map(capability -> new Served(capability, offer, mode(offer, capability.intent())))
                .toList();
    }

    private static List<Served> of(List<Served> all, Offer offer) {
        return all.stream().filter(one -> one.offer().equals(offer)).toList();
    }

    private NodeAuthentication mode(Offer offer, Intent intent) {
        if (authentication != NodeAuthentication.AUTO) {
            return authentication;
        }
        InferenceBackend engine = offer.engine();
        boolean open = engine != null
                && !engine.requiresKnownCallers()
                && Set.of("llm", "audio", "safety").contains(intent.domain());
        return open ? NodeAuthentication.OPEN : NodeAuthentication.TOKEN;
    }

    /** Returns what would be served if the survey were adopted, as it is advertised. */
    List<Capability> advertised(Survey survey) {
        List<Served> before = served;
        List<Capability> all = new ArrayList<>();
        for (Survey.Finding finding : survey.findings()) {
            finding.known()
                    .orElseGet(() -> of(before, finding.offer()).stream()
                            .map(Served::capability)
                            .toList())
                    .forEach(all::add);
        }
        return group(all);
    }

    /** Returns what is served, as it is advertised. */
    List<Capability> advertised() {
        return group(served.stream().map(Served::capability).toList());
    }

    /** One entry for everything that differs in its models only, at most 64 models in each. */
    private static List<Capability> group(List<Capability> capabilities) {
        Map<Capability, Set<String>> groups = new LinkedHashMap<>();
        for (Capability capability : capabilities) {
            Capability key = withModels(withPaths(capability), List.of());
            groups.computeIfAbsent(key, k -> new LinkedHashSet<>()).addAll(capability.models());
        }
        List<Capability> grouped = new ArrayList<>();
        groups.forEach((key, models) -> {
            List<String> names = List.copyOf(models);
            for (int from = 0; from == 0 || from < names.size(); from += Capability.MAX_MODELS) {
                int to = Math.min(names.size(), from + Capability.MAX_MODELS);
                grouped.add(withModels(key, names.subList(from, to)));
            }
        });
        return grouped;
    }

    private static Capability withPaths(Capability capability) {
        if (!capability.streams()) {
            return capability;
        }
        Map<String, Object> extensions = new LinkedHashMap<>(capability.extensions());
        extensions.putAll(LifecyclePaths.DEFAULT.toExtension());
        return capability.withExtensions(extensions);
    }

    /** Returns the intents that are served. */
    Set<Intent> intents() {
        Set<Intent> intents = new LinkedHashSet<>();
        served.forEach(one -> intents.add(one.capability().intent()));
        return intents;
    }

    /** Returns the models that are served. */
    List<String> models() {
        Set<String> models = new LinkedHashSet<>();
        served.forEach(one -> models.addAll(one.capability().models()));
        return List.copyOf(models);
    }

    /** Returns the profiles that tasks of an intent may require. */
    Set<String> profiles(Intent intent) {
        Set<String> profiles = new LinkedHashSet<>();
        // Events and cancelling belong to the node, so they are there for every intent.
        profiles.add(Capability.SERVICE_LIFECYCLE);
        served.stream()
                .filter(one -> one.capability().intent().equals(intent))
                .forEach(one -> profiles.addAll(one.capability().supportedProfiles()));
        return profiles;
    }

    /** Returns the kinds of engine, the preferred one first. */
    String type() {
        Set<String> types = new LinkedHashSet<>();
        offers.forEach(offer -> types.add(offer.type()));
        return types.size() == 1 ? types.iterator().next() : "custom";
    }

    /** Returns the modes that apply to what is served: who may call. */
    Set<NodeAuthentication> modes() {
        Set<NodeAuthentication> modes = new LinkedHashSet<>();
        served.forEach(one -> modes.add(one.mode()));
        return modes;
    }

    /**
     * Refuses what no handler serves.
     *
     * @throws network.iicp.protocol.InvalidRequestException with {@code unknown_intent} if the intent is not served
     * @throws network.iicp.protocol.CapacityException if that is not sure, because an engine has not said yet what it serves
     */
    void requireServed(Intent intent) {
        if (served.stream().noneMatch(one -> one.capability().intent().equals(intent))) {
            if (silentEngine) {
                throw Unavailable.engine();
            }
            throw Refusal.of(
                    ErrorCode.UNKNOWN_INTENT, "this node does not serve %s".formatted(Quoted.of(intent.urn())));
        }
    }

    /**
     * Refuses a caller who may use nothing that serves the intent.
     *
     * @throws network.iicp.protocol.UnauthorizedException with {@code unauthorized}
     */
    void requireAllowed(Intent intent, Caller caller) {
        if (candidates(intent, one -> caller.passes(one.mode())).isEmpty()) {
            throw unauthorized(intent);
        }
    }

    private static IicpException unauthorized(Intent intent) {
        return Refusal.of(
                ErrorCode.UNAUTHORIZED,
                "%s is not open to everyone here; show a consumer token of the directory or a credential of this node"
                        .formatted(intent.urn()));
    }

    /** Returns whether an engine that serves the intent can take a task now. */
    boolean isAvailable(Intent intent) {
        return !candidates(intent, one -> state(one.offer()) != State.UNAVAILABLE)
                .isEmpty();
    }

    /** Returns whether some engine can take a task now. */
    boolean isAvailable() {
        return served.stream().anyMatch(one -> state(one.offer()) != State.UNAVAILABLE);
    }

    /** Returns the worst state among the engines. */
    State state() {
        State worst = State.OK;
        for (Offer offer : offers) {
            State state = state(offer);
            worst = state.compareTo(worst) > 0 ? state : worst;
        }
        return worst;
    }

    /** Returns how the engines are, in the words of directories: a node that can take tasks somewhere does not drain. */
    BackendStability stability() {
        State worst = state();
        if (worst == State.OK) {
            return BackendStability.OK;
        }
        if (worst == State.UNAVAILABLE && isAvailable()) {
            return BackendStability.UNSTABLE;
        }
        return offers.stream()
                .filter(offer -> state(offer) == worst)
                .map(this::stability)
                .findFirst()
                .orElse(BackendStability.UNSTABLE);
    }

    private BackendStability stability(Offer offer) {
        return switch (states.getOrDefault(offer, State.OK)) {
            case OK -> offer.current();
            case DEGRADED -> BackendStability.UNSTABLE;
            case UNAVAILABLE -> BackendStability.UNAVAILABLE;
        };
    }

    /** Returns what is known of the models that are served, at most {@value #MOST_REPORTS} of them. */
    List<ModelReport> reports() {
        List<String> names = models();
        return offers.stream()
                .map(Offer::engine)
                .filter(Objects::nonNull)
                .flatMap(engine -> engine.models().stream())
                .filter(report -> report.saysAnything()
                        && ModelName.find(report.model(), names).isPresent())
                .limit(MOST_REPORTS)
                .toList();
    }

    /**
     * Finds what serves a task: the engine in the best state, the preferred one among equals. A task that names no model gets the first
     * one the operator named that can be had, otherwise the first one of the engine; so does one that names {@value #PROXY_MODEL}, unless that
     * is served.
     *
     * @param intent what is asked for
     * @param model the model asked for, or {@code null} for any
     * @param caller who asks
     * @throws network.iicp.protocol.InvalidRequestException with {@code model_not_found} if the model is not served
     * @throws network.iicp.protocol.UnauthorizedException if it is, but not to this caller
     * @throws network.iicp.protocol.CapacityException if the engine is not available now
     */
    Match match(Intent intent, @Nullable String model, Caller caller) {
        List<Served> withModel = candidates(intent, one -> has(one.capability(), model));
        if (withModel.isEmpty() && PROXY_MODEL.equals(model)) {
            return match(intent, null, caller);
        }
        if (withModel.isEmpty()) {
            throw Refusal.of(
                    ErrorCode.MODEL_NOT_FOUND,
                    "this node does not serve model %s for %s"
                            .formatted(Quoted.of(model == null ? "" : model), intent.urn()));
        }
        List<Served> allowed =
                withModel.stream().filter(one -> caller.passes(one.mode())).toList();
        if (allowed.isEmpty()) {
            throw unauthorized(intent);
        }
        Comparator<Served> preference = Comparator.comparing(one -> state(one.offer()));
        if (model == null) {
            preference = preference.thenComparingInt(one -> rank(one.capability()));
        }
        Served best = Collections.min(allowed, preference);
        if (state(best.offer()) == State.UNAVAILABLE) {
            throw Unavailable.engine(stability(best.offer()));
        }
        return new Match(best.offer().handler(), best.capability(), servedName(best.capability(), model));
    }

    private static boolean has(Capability capability, @Nullable String model) {
        return model == null
                || capability.models().isEmpty()
                || ModelName.find(model, capability.models()).isPresent();
    }

    /** Returns how early the operator named one of the models; the best ones stand first. */
    private int rank(Capability capability) {
        int rank = 0;
        for (String wanted : wantedModels) {
            if (ModelName.find(wanted, capability.models()).isPresent()) {
                return rank;
            }
            rank++;
        }
        return rank;
    }

    private static @Nullable String servedName(Capability capability, @Nullable String model) {
        if (capability.models().isEmpty()) {
            return model;
        }
        return model == null
                ? capability.models().get(0)
                : ModelName.find(model, capability.models()).orElse(model);
    }

    private List<Served> candidates(Intent intent, Predicate<Served> condition) {
        return served.stream()
                .filter(one -> one.capability().intent().equals(intent))
                .filter(condition)
                .toList();
    }

    private State state(Offer offer) {
        return switch (stability(offer).state()) {
            case OK -> State.OK;
            case DEGRADED -> State.DEGRADED;
            case DRAINING -> State.UNAVAILABLE;
        };
    }

    /** Closes the engines. */
    void close() {
        for (Offer offer : offers) {
            InferenceBackend engine = offer.engine();
            if (engine != null) {
                try {
                    engine.close();
                } catch (RuntimeException e) {
                    log.warn(
                            "the {} engine did not close: {}",
                            engine.type(),
                            e.getClass().getName());
                }
            }
        }
    }
}
