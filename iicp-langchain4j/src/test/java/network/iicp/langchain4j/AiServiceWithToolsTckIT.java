package network.iicp.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import java.util.List;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import org.junit.jupiter.api.AfterAll;

/** LangChain4j's kit for AI services on top of our models. */
class AiServiceWithToolsTckIT extends AbstractAiServiceWithToolsIT {

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
    protected boolean supportsRecursion() {
        return true;
    }

    @Override
    protected boolean verifyModelInteractions() {
        return true;
    }

    /** The kit's own picture is somewhere on the Internet. */
    @Override
    protected Image catImage() {
        return Image.builder().base64Data("QUJD").mimeType("image/png").build();
    }
}
