package network.iicp.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.util.List;
import java.util.Set;

/**
 * What a chat model is made of, checked.
 *
 * @param lease its client
 * @param defaults parameters of requests that do not set them
 * @param listeners who hears of requests
 * @param capabilities what it claims to be able to do
 */
record ChatModelSetup(
        ClientLease lease,
        IicpChatRequestParameters defaults,
        List<ChatModelListener> listeners,
        Set<Capability> capabilities) {}
