package network.iicp.protocol.chat;

import java.util.Objects;

/**
 * A call of a tool that the model asks the application to make.
 *
 * @param id links the call to its {@link ChatMessage.ToolReply answer}; unique in the message
 * @param name the tool's name
 * @param arguments JSON text of an object, as the model wrote it; {@code "{}"} when it wrote nothing
 */
public record ToolCall(String id, String name, String arguments) {
    /** Checks that nothing is missing; blank arguments become an empty object. */
    public ToolCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        arguments = arguments.isBlank() ? "{}" : arguments;
    }
}
