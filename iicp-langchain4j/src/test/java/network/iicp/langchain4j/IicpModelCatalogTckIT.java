package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.AbstractModelCatalogIT;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import network.iicp.backend.DemoBackend;
import org.assertj.core.groups.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** LangChain4j's conformance kit for model catalogs, and what ours says besides. */
class IicpModelCatalogTckIT extends AbstractModelCatalogIT {

    private final TckMesh mesh = TckMesh.start();

    @AfterEach
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected ModelCatalog createModelCatalog() {
        return IicpModelCatalog.builder().client(mesh.client()).build();
    }

    @Override
    protected ModelProvider expectedProvider() {
        return ModelProvider.OTHER;
    }

    @Test
    void every_model_is_listed_once_for_each_of_its_kinds() {
        assertThat(createModelCatalog().listModels())
                .extracting(
                        ModelDescription::name,
                        ModelDescription::type,
                        ModelDescription::maxOutputTokens,
                        ModelDescription::description)
                .containsExactly(
                        twice(TckMesh.MODEL, ModelType.CHAT, DemoBackend.DEFAULT_MAX_TOKENS),
                        twice(TckMesh.OTHER_MODEL, ModelType.CHAT, DemoBackend.DEFAULT_MAX_TOKENS),
                        twice(TckMesh.MODEL, ModelType.EMBEDDING, null),
                        twice(TckMesh.OTHER_MODEL, ModelType.EMBEDDING, null),
                        twice(TckMesh.MODEL, ModelType.AUDIO_TRANSCRIPTION, null),
                        twice(TckMesh.OTHER_MODEL, ModelType.AUDIO_TRANSCRIPTION, null),
                        twice(TckMesh.MODEL, ModelType.AUDIO_GENERATION, null),
                        twice(TckMesh.OTHER_MODEL, ModelType.AUDIO_GENERATION, null),
                        twice(TckMesh.MODEL, ModelType.MODERATION, null),
                        twice(TckMesh.OTHER_MODEL, ModelType.MODERATION, null));
    }

    private static Tuple twice(String model, ModelType type, @Nullable Integer maxOutputTokens) {
        return tuple(model, type, maxOutputTokens, "offered by 2 nodes");
    }
}
