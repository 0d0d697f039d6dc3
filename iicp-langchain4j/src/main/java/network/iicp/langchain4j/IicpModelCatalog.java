package network.iicp.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import org.jspecify.annotations.Nullable;

/**
 * The models that nodes of the mesh offer now, as the directory knows them. A directory names at most
 * {@value DiscoverQuery#MAX_LIMIT} nodes for each kind of model, the best first; models that only others offer are not listed. A
 * model that serves several kinds is listed once for each. What nodes say about their models is not checked by anybody.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpModelCatalog implements ModelCatalog, AutoCloseable {

    private static final Map<Intent, ModelType> KINDS = kinds();

    private final ClientLease lease;
    private final @Nullable String region;

    private IicpModelCatalog(ClientLease lease, @Nullable String region) {
        this.lease = lease;
        this.region = region;
    }

    private static Map<Intent, ModelType> kinds() {
        Map<Intent, ModelType> kinds = new LinkedHashMap<>();
        kinds.put(Intent.LLM_CHAT, ModelType.CHAT);
        kinds.put(Intent.LLM_EMBEDDING, ModelType.EMBEDDING);
        kinds.put(Intent.AUDIO_TRANSCRIBE, ModelType.AUDIO_TRANSCRIPTION);
        kinds.put(Intent.AUDIO_SPEECH, ModelType.AUDIO_GENERATION);
        kinds.put(Intent.SAFETY_MODERATE, ModelType.MODERATION);
        return kinds;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Asks the directory.
     *
     * @return models for chat first, then those for embedding, transcription, speech and moderation; in the order of the nodes
     * @throws dev.langchain4j.exception.LangChain4jException if the directory does not answer
     */
    @Override
    public List<ModelDescription> listModels() {
        Map<Intent, CompletableFuture<List<NodeDescriptor>>> answers = new LinkedHashMap<>();
        for (Intent intent : KINDS.keySet()) {
            answers.put(intent, lease.client().discoverAsync(query(intent, region)));
        }
        List<ModelDescription> models = new ArrayList<>();
        try {
            answers.forEach((intent, answer) -> models.addAll(described(intent, answer.join())));
        } catch (RuntimeException e) {
            answers.values().forEach(answer -> answer.cancel(true));
            throw MeshErrors.translate(e, null);
        }
        return models;
    }

    private static DiscoverQuery query(Intent intent, @Nullable String region) {
        return DiscoverQuery.builder(intent)
                .limit(DiscoverQuery.MAX_LIMIT)
                .region(region)
                .build();
    }

    private static List<ModelDescription> described(Intent intent, List<NodeDescriptor> nodes) {
        Map<String, Offer> offers = new LinkedHashMap<>();
        for (NodeDescriptor node : nodes) {
            if (node.available()) {
                for (String model : node.allModels()) {
                    offers.computeIfAbsent(model, name -> new Offer()).add(intent, model, node);
                }
            }
        }
        List<ModelDescription> models = new ArrayList<>();
        offers.forEach((name, offer) -> models.add(ModelDescription.builder()
                .name(name)
                .provider(ModelProvider.OTHER)
                .type(KINDS.get(intent))
                .description(offer.nodes == 1 ? "offered by 1 node" : "offered by %d nodes".formatted(offer.nodes))
                .maxOutputTokens(offer.maxTokens)
                .build()));
        return models;
    }

    /** Returns {@link ModelProvider#OTHER}. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Closes the client if it is the catalog's own. Safe to call twice. */
    @Override
    public void close() {
        lease.close();
    }

    /** What the nodes together say of one model: of their bounds on answers the one that all keep. */
    private static final class Offer {
        private int nodes;
        private @Nullable Integer maxTokens;

        void add(Intent intent, String model, NodeDescriptor node) {
            nodes++;
            for (Capability capability : node.capabilities()) {
                Integer bound = capability.maxTokens();
                if (bound != null
                        && capability.intent().equals(intent)
                        && capability.models().contains(model)
                        && (maxTokens == null || bound < maxTokens)) {
                    maxTokens = bound;
                }
            }
        }
    }

    /** Sets up a catalog. Not thread-safe. */
    public static final class Builder extends ClientBuilder<Builder> {

        private @Nullable String region;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** Sets the region whose nodes come first. Default: none. */
        public Builder region(@Nullable String name) {
            region = name;
            return this;
        }

        /**
         * Returns the catalog. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or the region is not one
         */
        public IicpModelCatalog build() {
            try {
                query(Intent.LLM_CHAT, region);
            } catch (InvalidRequestException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
            return new IicpModelCatalog(lease("IicpModelCatalog"), region);
        }
    }
}
