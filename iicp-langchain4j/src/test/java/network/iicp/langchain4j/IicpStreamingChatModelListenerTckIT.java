package network.iicp.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import org.junit.jupiter.api.AfterEach;

/** LangChain4j's conformance kit for listeners of streaming chat models. */
class IicpStreamingChatModelListenerTckIT extends AbstractStreamingChatModelListenerIT {

    private final TckMesh mesh = TckMesh.start();

    @AfterEach
    void stop_the_mesh() {
        mesh.close();
    }

    @Override
    protected StreamingChatModel createModel(ChatModelListener listener) {
        return IicpStreamingChatModel.builder()
                .client(mesh.client())
                .modelName(modelName())
                .temperature(temperature())
                .topP(topP())
                .maxOutputTokens(maxTokens())
                .listeners(listener)
                .build();
    }

    @Override
    protected String modelName() {
        return TckMesh.MODEL;
    }

    @Override
    protected StreamingChatModel createFailingModel(ChatModelListener listener) {
        return IicpStreamingChatModel.builder()
                .client(mesh.client())
                .modelName("served-by-nobody")
                .listeners(listener)
                .build();
    }

    @Override
    protected Class<? extends Exception> expectedExceptionClass() {
        return ModelNotFoundException.class;
    }
}
