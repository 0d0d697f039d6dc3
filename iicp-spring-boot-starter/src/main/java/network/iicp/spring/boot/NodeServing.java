package network.iicp.spring.boot;

/** What a node serves besides {@code InferenceBackend} and {@code TaskHandler} beans. */
public enum NodeServing {
    /** The engine of {@code iicp.node.backend}. */
    ENGINE,
    /** The model beans of the application. */
    BEANS
}
