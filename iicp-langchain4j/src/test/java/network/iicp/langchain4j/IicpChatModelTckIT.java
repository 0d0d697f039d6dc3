package network.iicp.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's conformance kit for chat models, through a mesh on loopback. */
class IicpChatModelTckIT extends AbstractChatModelIT {

    private final TckMesh mesh = TckMesh.start();

    @AfterAll
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(IicpChatModel.builder().client(mesh.client()).build());
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return IicpChatModel.builder()
                .client(mesh.client())
                .defaultRequestParameters(parameters)
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
    protected boolean supportsChatAsync() {
        return true;
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(ChatModel model) {
        return IicpChatResponseMetadata.class;
    }
}
