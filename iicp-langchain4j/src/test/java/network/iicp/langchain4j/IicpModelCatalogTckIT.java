package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.catalog.AbstractModelCatalogIT;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.catalog.ModelType;
import network.iicp.backend.DemoBackend;
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
                        tuple(TckMesh.MODEL, ModelType.CHAT, DemoBackend.DEFAULT_MAX_TOKENS, "offered by 2 nodes"),
                        tuple(
                                TckMesh.OTHER_MODEL,
                                ModelType.CHAT,
                                DemoBackend.DEFAULT_MAX_TOKENS,
                                "offered by 2 nodes"),
                        tuple(TckMesh.MODEL, ModelType.EMBEDDING, null, "offered by 2 nodes"),
                        tuple(TckMesh.OTHER_MODEL, ModelType.EMBEDDING, null, "offered by 2 nodes"));
    }
}
