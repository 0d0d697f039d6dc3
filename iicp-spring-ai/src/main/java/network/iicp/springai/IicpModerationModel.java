package network.iicp.springai;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import network.iicp.IicpClient;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.Verdict;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.moderation.Categories;
import org.springframework.ai.moderation.CategoryScores;
import org.springframework.ai.moderation.Generation;
import org.springframework.ai.moderation.Moderation;
import org.springframework.ai.moderation.ModerationModel;
import org.springframework.ai.moderation.ModerationPrompt;
import org.springframework.ai.moderation.ModerationResponse;
import org.springframework.ai.moderation.ModerationResult;

/**
 * A moderation model that is whichever node of the mesh can serve it now. The categories that Spring AI knows are mapped by their usual
 * names; all that the model said is in the metadata of the response under {@value #VERDICT}, and where it came from under the names of
 * {@link IicpMetadata}.
 *
 * <p>Takes any {@code ModerationOptions}: what they set goes over the defaults given to the builder. Failures are
 * {@link network.iicp.protocol.IicpException}s. There is no retry here, since the client fails over already.
 *
 * <p>Thread-safe. The client is not closed with the model.
 */
public final class IicpModerationModel implements ModerationModel {

    /** Name of the {@link Verdict} in the metadata of a response. */
    public static final String VERDICT = "iicp.verdict";

    private static final Map<String, BiConsumer<Categories.Builder, Boolean>> FLAGS = Map.ofEntries(
            Map.entry("sexual", Categories.Builder::sexual),
            Map.entry("hate", Categories.Builder::hate),
            Map.entry("harassment", Categories.Builder::harassment),
            Map.entry("self-harm", Categories.Builder::selfHarm),
            Map.entry("sexual/minors", Categories.Builder::sexualMinors),
            Map.entry("hate/threatening", Categories.Builder::hateThreatening),
            Map.entry("violence/graphic", Categories.Builder::violenceGraphic),
            Map.entry("self-harm/intent", Categories.Builder::selfHarmIntent),
            Map.entry("self-harm/instructions", Categories.Builder::selfHarmInstructions),
            Map.entry("harassment/threatening", Categories.Builder::harassmentThreatening),
            Map.entry("violence", Categories.Builder::violence),
            Map.entry("criminal", Categories.Builder::criminal),
            Map.entry("dangerous", Categories.Builder::dangerous),
            Map.entry("jailbreaking", Categories.Builder::jailbreaking),
            Map.entry("health", Categories.Builder::health),
            Map.entry("financial", Categories.Builder::financial),
            Map.entry("law", Categories.Builder::law),
            Map.entry("pii", Categories.Builder::pii));

    private static final Map<String, BiConsumer<CategoryScores.Builder, Double>> SCORES = Map.ofEntries(
            Map.entry("sexual", CategoryScores.Builder::sexual),
            Map.entry("hate", CategoryScores.Builder::hate),
            Map.entry("harassment", CategoryScores.Builder::harassment),
            Map.entry("self-harm", CategoryScores.Builder::selfHarm),
            Map.entry("sexual/minors", CategoryScores.Builder::sexualMinors),
            Map.entry("hate/threatening", CategoryScores.Builder::hateThreatening),
            Map.entry("violence/graphic", CategoryScores.Builder::violenceGraphic),
            Map.entry("self-harm/intent", CategoryScores.Builder::selfHarmIntent),
            Map.entry("self-harm/instructions", CategoryScores.Builder::selfHarmInstructions),
            Map.entry("harassment/threatening", CategoryScores.Builder::harassmentThreatening),
            Map.entry("violence", CategoryScores.Builder::violence),
            Map.entry("criminal", CategoryScores.Builder::criminal),
            Map.entry("dangerous", CategoryScores.Builder::dangerous),
            Map.entry("jailbreaking", CategoryScores.Builder::jailbreaking),
            Map.entry("health", CategoryScores.Builder::health),
            Map.entry("financial", CategoryScores.Builder::financial),
            Map.entry("law", CategoryScores.Builder::law),
            Map.entry("pii", CategoryScores.Builder::pii));

    private final IicpClient client;
    private final IicpModerationOptions options;

    private IicpModerationModel(IicpClient client, IicpModerationOptions options) {
        this.client = client;
        this.options = options;
    }

    /** Returns a builder; only the client is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options that those of a call go over. */
    public IicpModerationOptions getOptions() {
        return options;
    }

    /**
     * Judges a text.
     *
     * @throws network.iicp.protocol.IicpException if no node answers inside the time limit
     */
    @Override
    public ModerationResponse call(ModerationPrompt prompt) {
        IicpModerationOptions wanted = options.with(prompt.getOptions());
        network.iicp.protocol.moderation.ModerationResult result = client.moderate(
                ModerationRequest.of(prompt.getInstructions().getText())
                        .withModel(Mapping.blankToNull(wanted.getModel())),
                wanted.getRouting());
        Verdict verdict = result.verdict();
        Moderation moderation = Moderation.builder()
                .id(result.provenance().taskId())
                .model(result.model() == null ? "" : result.model())
                .results(List.of(result(verdict)))
                .build();
        return new ModerationResponse(new Generation(moderation), new Metadata(result.provenance(), verdict));
    }

    private static ModerationResult result(Verdict verdict) {
        Categories.Builder categories = Categories.builder();
        verdict.categories().forEach((name, applies) -> FLAGS.getOrDefault(name, (builder, flag) -> {})
                .accept(categories, applies));
        CategoryScores.Builder scores = CategoryScores.builder();
        verdict.scores().forEach((name, score) -> SCORES.getOrDefault(name, (builder, value) -> {})
                .accept(scores, score));
        return ModerationResult.builder()
                .flagged(verdict.flagged())
                .categories(categories.build())
                .categoryScores(scores.build())
                .build();
    }

    private static final class Metadata extends org.springframework.ai.moderation.ModerationResponseMetadata {
        Metadata(network.iicp.protocol.Provenance provenance, Verdict verdict) {
            map.putAll(IicpMetadata.entries(provenance));
            map.put(VERDICT, verdict);
        }
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder {
        private @Nullable IicpClient client;
        private IicpModerationOptions options = IicpModerationOptions.builder().build();

        private Builder() {}

        /** Sets the client that reaches the mesh. Needed. */
        public Builder client(IicpClient meshClient) {
            this.client = Objects.requireNonNull(meshClient, "meshClient");
            return this;
        }

        /** Sets the options that those of a call go over; nothing set unless given. */
        public Builder options(IicpModerationOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "defaults");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalStateException if the client is missing
         */
        public IicpModerationModel build() {
            if (client == null) {
                throw new IllegalStateException(
                        "a moderation model needs a client: IicpModerationModel.builder().client(...)");
            }
            return new IicpModerationModel(client, options);
        }
    }
}
