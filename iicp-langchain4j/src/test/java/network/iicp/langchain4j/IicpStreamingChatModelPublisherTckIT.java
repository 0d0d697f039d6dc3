package network.iicp.langchain4j;

import dev.langchain4j.model.chat.common.StreamingMode;
import java.util.List;

/** LangChain4j's conformance kit for streaming chat models as publishers. */
class IicpStreamingChatModelPublisherTckIT extends StreamingTck {

    @Override
    protected List<StreamingMode> streamingModes() {
        return List.of(StreamingMode.PUBLISHER);
    }
}
