package network.iicp.protocol.chat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the model may, must or must not call a tool.
 *
 * @param mode how free the model is
 * @param toolName the tool it must call; only with {@link Mode#NAMED}
 */
public record ToolChoice(Mode mode, @Nullable String toolName) {

    /** How free the model is. */
    public enum Mode {
        /** The model decides. */
        AUTO,
        /** No tool may be called. */
        NONE,
        /** Some tool must be called. */
        REQUIRED,
        /** One given tool must be called. */
        NAMED
    }

    /** The model decides. */
    public static final ToolChoice AUTO = new ToolChoice(Mode.AUTO, null);

    /** No tool may be called. */
    public static final ToolChoice NONE = new ToolChoice(Mode.NONE, null);

    /** Some tool must be called. */
    public static final ToolChoice REQUIRED = new ToolChoice(Mode.REQUIRED, null);

    /** Checks that a name is given exactly when it is needed. */
    public ToolChoice {
        Objects.requireNonNull(mode, "mode");
        if ((mode == Mode.NAMED) != (toolName != null)) {
            throw new IllegalArgumentException("a tool name goes with mode NAMED and no other, mode was " + mode);
        }
    }

    /** Returns the demand to call this tool. */
    public static ToolChoice named(String toolName) {
        return new ToolChoice(Mode.NAMED, toolName);
    }
}
