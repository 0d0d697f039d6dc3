package network.iicp.backend;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.ModelName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an engine serves: what the operator wants of what the engine has. Keeps the last answer of the engine. Thread-safe. */
final class EngineCatalog {

    private static final Logger log = LoggerFactory.getLogger(EngineCatalog.class);

    /** A request for an unknown model makes the engine be asked again, but not more often than this. */
    private static final Duration LEAST_AGE = Duration.ofSeconds(10);

    /**
     * What the operator said.
     *
     * @param preferred models for requests that name none
     * @param only the models to serve; all if empty
     * @param excluded models that are not served
     * @param embedding models that make embeddings although their names do not say so
     * @param intents what to serve, or {@code null} for what such engines can do
     * @param modalities what chats take, or {@code null} to find out
     * @param callsTools whether all chat models call tools
     */
    record Wishes(
            List<String> preferred,
            List<String> only,
            List<String> excluded,
            List<String> embedding,
            @Nullable Set<Intent> intents,
            @Nullable Set<Modality> modalities,
            boolean callsTools) {

        /** Returns every model that is named, each once. */
        List<String> named() {
            return Stream.of(preferred, only, embedding)
                    .flatMap(List::stream)
                    .distinct()
                    .toList();
        }
    }

    private record Snapshot(EngineKind kind, ServedModels served, long nanos) {}

    private final Wishes wishes;
    private final ModelListing listing;
    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Snapshot> last = new AtomicReference<>();
    private volatile List<String> reportedMissing = List.of();

    EngineCatalog(Wishes wishes, ModelListing listing, LongSupplier nanos) {
        this.wishes = wishes;
        this.listing = listing;
        this.nanos = nanos;
    }

    /** Returns the kind of engine, as far as it is known. */
    EngineKind kind() {
        Snapshot snapshot = last.get();
        return snapshot == null ? listing.kind() : snapshot.kind();
    }

    /** Returns the models that the engine had when it was asked last. */
    List<ServedModels.Model> known() {
        Snapshot snapshot = last.get();
        return snapshot == null ? List.of() : snapshot.served().models();
    }

    /** Returns what the engine may be asked for, in the order it is told. */
    Set<Intent> intents() {
        return intents(kind());
    }

    private Set<Intent> intents(EngineKind kind) {
        return wishes.intents() == null ? new LinkedHashSet<>(kind.intents()) : wishes.intents();
    }

    /** Returns the engine's name of the preferred model that is served, if one is configured. */
    Optional<String> preferredEngineName() {
        Snapshot snapshot = last.get();
        if (snapshot == null || wishes.named().isEmpty()) {
            return Optional.empty();
        }
        return snapshot.served()
                .byDefault(Intent.LLM_CHAT, wishes.named())
                .or(() -> snapshot.served().byDefault(Intent.LLM_EMBEDDING, wishes.named()))
                .map(ServedModels.Model::engineName);
    }

    /**
     * Asks the engine.
     *
     * @throws IicpException if it does not answer; what was known stays
     */
    ServedModels refresh() {
        ModelListing.Finding finding = listing.find();
        ServedModels served = served(finding);
        Snapshot before = last.getAndSet(new Snapshot(finding.kind(), served, nanos.getAsLong()));
        if (before == null || !before.kind().equals(finding.kind())) {
            log.info(
                    "the engine is {} with {} models",
                    finding.kind().type(),
                    served.models().size());
        }
        return served;
    }

    /**
     * Finds the model for a task.
     *
     * @param intent what is asked for
     * @param wanted the model asked for, or {@code null}
     * @throws IicpException if it is not served, or none was asked for and none is the obvious choice
     */
    ServedModels.Model resolve(Intent intent, @Nullable String wanted) {
        if (wanted != null && isExcluded(wanted)) {
            throw BackendFaults.modelNotFound(wanted, List.of());
        }
        Snapshot snapshot = last.get();
        ServedModels served = snapshot == null ? firstSight() : snapshot.served();
        Optional<ServedModels.Model> found = find(served, intent, wanted);
        if (found.isEmpty() && snapshot != null && isOld(snapshot)) {
            served = refreshQuietly(served);
            found = find(served, intent, wanted);
        }
        if (found.isPresent()) {
            return found.get();
        }
        if (!intents().contains(intent)) {
            throw BackendFaults.unknownIntent(intent);
        }
        throw wanted == null
                ? BackendFaults.modelMissing(served.names(intent))
                : BackendFaults.modelNotFound(wanted, served.names(intent));
    }

    private Optional<ServedModels.Model> find(ServedModels served, Intent intent, @Nullable String wanted) {
        return wanted == null ? served.byDefault(intent, preferred()) : served.find(intent, wanted);
    }

    private List<String> preferred() {
        return Stream.concat(wishes.preferred().stream(), wishes.embedding().stream())
                .toList();
    }

    private boolean isOld(Snapshot snapshot) {
        return nanos.getAsLong() - snapshot.nanos() > LEAST_AGE.toNanos();
    }

    /** Without an answer of the engine, named models are believed to be there. */
    private ServedModels firstSight() {
        try {
            return refresh();
        } catch (IicpException e) {
            if (wishes.named().isEmpty()) {
                throw e;
            }
            return served(new ModelListing.Finding(kind(), List.of(), false));
        }
    }

    private ServedModels refreshQuietly(ServedModels known) {
        try {
            return refresh();
        } catch (IicpException e) {
            log.debug("the engine does not say what it serves now: {}", e.getMessage());
            return known;
        }
    }

    private ServedModels served(ModelListing.Finding finding) {
        List<ServedModels.Model> models = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        Set<String> used = new LinkedHashSet<>();
        for (String name : wishes.named()) {
            Optional<ModelListing.Listed> listed = listed(finding, name);
            if (listed.isPresent()) {
                used.add(listed.get().name());
                models.add(model(name, listed.get(), finding.kind()));
            } else if (!finding.lists() || !finding.kind().checksNames()) {
                models.add(model(name, listing.unlisted(name), finding.kind()));
            } else {
                missing.add(name);
            }
        }
        reportMissing(missing);
        if (wishes.only().isEmpty()) {
            finding.models().stream()
                    .filter(listed -> !listed.elsewhere() && !isExcluded(listed.name()) && used.add(listed.name()))
                    .forEach(listed -> models.add(model(ModelNames.published(listed.name()), listed, finding.kind())));
        }
        boolean open = !finding.lists() && wishes.named().isEmpty();
        return new ServedModels(distinct(models), open);
    }

    private boolean isExcluded(String engineName) {
        String published = ModelNames.published(engineName);
        return wishes.excluded().stream()
                .anyMatch(name -> ModelName.same(name, engineName) || ModelName.same(name, published));
    }

    private static Optional<ModelListing.Listed> listed(ModelListing.Finding finding, String name) {
        List<ModelListing.Listed> models = finding.models();
        Optional<ModelListing.Listed> exact =
                models.stream().filter(listed -> listed.name().equals(name)).findFirst();
        if (exact.isPresent()) {
            return exact;
        }
        if (finding.kind().servesOneUnderAnyName() && models.size() == 1) {
            // It serves its one model under any name.
            return Optional.of(models.get(0));
        }
        return models.stream()
                .filter(listed -> ModelName.same(name, listed.name())
                        || ModelNames.published(listed.name()).equals(name))
                .findFirst();
    }

    private void reportMissing(List<String> missing) {
        if (!missing.isEmpty() && !missing.equals(reportedMissing)) {
            log.warn("the engine does not have {}; pull or load it there, or name another model", missing);
        }
        reportedMissing = List.copyOf(missing);
    }

    private static List<ServedModels.Model> distinct(List<ServedModels.Model> models) {
        Set<String> names = new LinkedHashSet<>();
        return models.stream().filter(model -> names.add(model.name())).toList();
    }

    private ServedModels.Model model(String name, ModelListing.Listed listed, EngineKind kind) {
        boolean embeds =
                wishes.embedding().contains(name) || listed.can("embedding") || ModelNames.isEmbedding(listed.name());
        Set<Intent> intents = new LinkedHashSet<>(
                embeds ? Set.of(Intent.LLM_EMBEDDING) : Set.of(Intent.LLM_CHAT, Intent.LLM_COMPLETION));
        intents.retainAll(intents(kind));
        return new ServedModels.Model(
                name, listed, intents, modalities(listed), wishes.callsTools() || listed.can("tools"));
    }

    private Set<Modality> modalities(ModelListing.Listed listed) {
        if (wishes.modalities() != null) {
            return wishes.modalities();
        }
        if (listed.abilities() == null) {
            return ModelNames.modalities(listed.name());
        }
        Set<Modality> modalities = EnumSet.of(Modality.TEXT);
        if (listed.can("vision")) {
            modalities.add(Modality.IMAGE);
        }
        if (listed.can("audio")) {
            modalities.add(Modality.AUDIO);
        }
        return modalities;
    }
}
