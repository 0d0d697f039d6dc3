package network.iicp.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelPublisherListenerTest;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoReply;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import org.junit.jupiter.api.AfterEach;

/** LangChain4j's conformance kit for listeners of streaming chat models as publishers. */
class IicpStreamingPublisherListenerTckIT extends AbstractStreamingChatModelPublisherListenerTest {

    private final List<LocalMesh> meshes = new ArrayList<>();

    @AfterEach
    void stop_the_meshes() {
        meshes.forEach(LocalMesh::close);
    }

    @Override
    protected StreamingChatModel createModel(ChatModelListener listener, StreamScenario scenario) {
        int chunks = Math.max(1, scenario.contentChunks());
        DemoBackend engine = DemoBackend.builder()
                .tokenDelay(Duration.ofMillis(scenario.spreadOverMillis() / chunks))
                .answer(prompt -> true, prompt -> {
                    if (scenario.fail()) {
                        throw new BackendException(
                                IicpError.of(ErrorCode.BACKEND_REJECTED, ErrorComponent.NODE, "the engine declines"));
                    }
                    return DemoReply.text(" word".repeat(chunks));
                })
                .build();
        LocalMesh mesh = LocalMesh.start(m -> m.node(engine));
        meshes.add(mesh);
        return IicpStreamingChatModel.builder()
                .client(mesh.client())
                .listeners(listener)
                .build();
    }
}
