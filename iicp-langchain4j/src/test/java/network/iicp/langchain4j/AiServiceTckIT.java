package network.iicp.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import java.util.List;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's kit for AI services on top of our models. */
class AiServiceTckIT extends AbstractAiServiceIT {

    private final LocalMesh mesh = LocalMesh.start(m -> m.node(AiServiceAnswers.engine()));
    private final IicpClient client = mesh.client();

    @AfterAll
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(IicpChatModel.builder().client(client).build());
    }

    @Override
    protected List<ChatModel> modelsSupportingToolsAndJsonResponseFormatWithSchema() {
        return List.of(IicpChatModel.builder()
                .client(client)
                .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                .build());
    }
}
