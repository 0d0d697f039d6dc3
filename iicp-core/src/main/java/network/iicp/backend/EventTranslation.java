package network.iicp.backend;

import java.util.Map;
import network.iicp.protocol.IicpException;

/** Turns the events of one streamed answer into chunks of the OpenAI dialect. Not thread-safe. */
interface EventTranslation {

    /** The OpenAI dialect itself. */
    EventTranslation NONE = new EventTranslation() {
        @Override
        public boolean isEndMark(String data) {
            return data.equals("[DONE]");
        }

        @Override
        public Map<String, Object> chunk(Map<String, Object> event) {
            return event;
        }

        @Override
        public boolean isEnded() {
            return false;
        }
    };

    /** Returns whether the data of an event is no JSON but says that the stream ends. */
    boolean isEndMark(String data);

    /**
     * Translates an event.
     *
     * @return the chunk, empty if the event brings nothing; with a member {@code error} if it reports one
     * @throws IicpException if the event makes no sense where it comes
     */
    Map<String, Object> chunk(Map<String, Object> event);

    /** Returns whether the last event was the end. */
    boolean isEnded();
}
