package network.iicp.backend;

import java.util.Map;
import network.iicp.protocol.IicpException;

/** One request in an engine's own language, and the way its answers take back into the OpenAI dialect. For one task. */
interface EngineRequest {

    /** Returns the path below the engine's address. */
    String path();

    /** Returns the body, JSON. */
    byte[] body();

    /** Returns how many choices are asked for. */
    default int choices() {
        return 1;
    }

    /**
     * Returns a whole answer in the OpenAI dialect.
     *
     * @param json what the engine answered, with status 200
     * @throws IicpException if it is not what was asked for
     */
    Map<String, Object> answer(Map<String, Object> json);

    /** Returns a fresh translation of a streamed answer. */
    EventTranslation events();
}
