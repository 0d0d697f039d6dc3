package network.iicp.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** What the runs of the streaming kit have in common: the models, through a mesh on loopback. */
abstract class StreamingTck extends AbstractStreamingChatModelIT {

    private final TckMesh mesh = TckMesh.start();

    @AfterAll
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected List<StreamingChatModel> baseModels() {
        return List.of(IicpStreamingChatModel.builder().client(mesh.client()).build());
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return IicpStreamingChatModel.builder()
                .client(mesh.client())
                .defaultRequestParameters(parameters)
                .build();
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return IicpStreamingChatModel.builder()
                .client(mesh.client())
                .listeners(listener)
                .build();
    }

    @Override
    protected String customModelName() {
        return TckMesh.OTHER_MODEL;
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return IicpChatRequestParameters.builder()
                .maxOutputTokens(maxOutputTokens)
                .build();
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return IicpChatResponseMetadata.class;
    }
}
