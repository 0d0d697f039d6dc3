package network.iicp.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/**
 * LangChain4j's conformance kit for embedding models, through a mesh on loopback. Input type and images have no place in the
 * embedding intent, so the kit checks that they are refused.
 */
class IicpEmbeddingModelTckIT extends AbstractEmbeddingModelIT {

    private final TckMesh mesh = TckMesh.start();

    @AfterAll
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected List<EmbeddingModel> models() {
        return List.of(
                IicpEmbeddingModel.builder()
                        .client(mesh.client())
                        .modelName(TckMesh.MODEL)
                        .build(),
                IicpEmbeddingModel.builder()
                        .client(mesh.client())
                        .modelName(TckMesh.MODEL)
                        .maxSegmentsPerBatch(1)
                        .build());
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return IicpEmbeddingModel.builder()
                .client(mesh.client())
                .modelName(TckMesh.MODEL)
                .listeners(listener)
                .build();
    }

    @Override
    protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
        return IicpEmbeddingModel.builder()
                .client(mesh.client())
                .modelName("served-by-nobody")
                .listeners(listener)
                .build();
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    @Override
    protected boolean supportsImageInput() {
        return false;
    }
}
