package network.iicp.backend;

import java.util.Optional;
import network.iicp.protocol.Intent;

/** What the OpenAI dialect offers for the intents of the mesh. */
enum DialectOperation {
    CHAT(Intent.LLM_CHAT, "/chat/completions", "messages", true, "chat.completion", "chat.completion.chunk"),
    COMPLETION(Intent.LLM_COMPLETION, "/completions", "prompt", true, "text_completion", "text_completion"),
    EMBEDDING(Intent.LLM_EMBEDDING, "/embeddings", "input", false, "list", "list");

    private final Intent intent;
    private final String path;
    private final String input;
    private final boolean streams;
    private final String object;
    private final String chunkObject;

    DialectOperation(Intent intent, String path, String input, boolean streams, String object, String chunkObject) {
        this.intent = intent;
        this.path = path;
        this.input = input;
        this.streams = streams;
        this.object = object;
        this.chunkObject = chunkObject;
    }

    /** Returns the operation that serves an intent. */
    static Optional<DialectOperation> of(Intent intent) {
        for (DialectOperation operation : values()) {
            if (operation.intent.equals(intent)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }

    Intent intent() {
        return intent;
    }

    /** Returns the path below the address of the dialect. */
    String path() {
        return path;
    }

    /** Returns the member of the payload that must be there. */
    String input() {
        return input;
    }

    boolean streams() {
        return streams;
    }

    /** Returns the {@code object} member of a whole answer. */
    String object() {
        return object;
    }

    /** Returns the {@code object} member of a part. */
    String chunkObject() {
        return chunkObject;
    }
}
