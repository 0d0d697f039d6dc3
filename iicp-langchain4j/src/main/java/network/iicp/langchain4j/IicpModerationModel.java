package network.iicp.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.moderation.Moderation;
import dev.langchain4j.model.moderation.ModerationModel;
import dev.langchain4j.model.moderation.ModerationRequest;
import dev.langchain4j.model.moderation.ModerationResponse;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.moderation.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * A moderation model that is whichever node of the mesh can answer now. The metadata of a response has the provenance under
 * {@value #PROVENANCE} and the verdicts on all texts under {@value #VERDICTS}. Failures are LangChain4j's exceptions; their cause is the
 * {@link IicpException}.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpModerationModel implements ModerationModel, AutoCloseable {

    /** Name of the {@link network.iicp.protocol.Provenance} in the metadata of a response. */
    public static final String PROVENANCE = "iicp.provenance";

    /** Name of the list of {@link Verdict}s in the metadata of a response, one for each text. */
    public static final String VERDICTS = "iicp.verdicts";

    private static final String ANY_MODEL = "unknown";

    private final MeshModel mesh;
    private final List<ModerationModelListener> listeners;

    private IicpModerationModel(MeshModel mesh, List<ModerationModelListener> listeners) {
        this.mesh = mesh;
        this.listeners = listeners;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Judges the texts of a request in one task. LangChain4j has room for one judgement: the first text that is flagged is reported.
     *
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer, or there is no text
     */
    @Override
    public ModerationResponse doModerate(ModerationRequest request) {
        String model = model(request.modelName());
        List<String> texts = request.texts();
        ModerationResult result = mesh.call(
                model,
                (client, options) -> client.moderate(
                        network.iicp.protocol.moderation.ModerationRequest.of(texts)
                                .withModel(model),
                        options));
        return ModerationResponse.builder()
                .moderation(firstFlagged(texts, result.verdicts()))
                .metadata(Map.of(PROVENANCE, result.provenance(), VERDICTS, result.verdicts()))
                .build();
    }

    /** LangChain4j fills in {@link #modelName()} where a request names no model. */
    private @Nullable String model(@Nullable String named) {
        return named == null || named.equals(ANY_MODEL) ? mesh.name() : named;
    }

    private static Moderation firstFlagged(List<String> texts, List<Verdict> verdicts) {
        for (int i = 0; i < texts.size(); i++) {
            if (verdicts.get(i).flagged()) {
                return Moderation.flagged(texts.get(i));
            }
        }
        return Moderation.notFlagged();
    }

    @Override
    public List<ModerationModelListener> listeners() {
        return listeners;
    }

    /** Returns {@link ModelProvider#OTHER}. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Returns the model that is asked for when a request names none, or {@code unknown} when any will do. */
    @Override
    public String modelName() {
        return mesh.name() == null ? ANY_MODEL : mesh.name();
    }

    /** Closes the client if it is the model's own. Safe to call twice. */
    @Override
    public void close() {
        mesh.close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpModerationModel[%s]".formatted(mesh.name());
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder extends MeshModelBuilder<Builder> {

        private List<ModerationModelListener> listeners = List.of();

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** Sets who hears of requests, responses and errors. Default: nobody. */
        public Builder listeners(@Nullable List<ModerationModelListener> hearers) {
            listeners = hearers == null ? List.of() : List.copyOf(hearers);
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         */
        public IicpModerationModel build() {
            return new IicpModerationModel(model("IicpModerationModel"), listeners);
        }
    }
}
