package network.iicp.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import java.util.List;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's kit for AI services on top of our models. */
class StreamingAiServiceTckIT extends AbstractStreamingAiServiceIT {

    private final LocalMesh mesh = LocalMesh.start(m -> m.node(AiServiceAnswers.engine()));
    private final IicpClient client = mesh.client();

    @AfterAll
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(IicpStreamingChatModel.builder().client(client).build());
    }

    @Override
    protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
        return IicpChatResponseMetadata.class;
    }
}
