package network.iicp.langchain4j;

import dev.langchain4j.exception.ContentFilteredException;
import network.iicp.protocol.Provenance;

/**
 * The model declined to answer and gave nothing but its reason. The reason is not part of the message, because it often
 * repeats the prompt; {@link #refusal()} holds it.
 */
public final class IicpRefusalException extends ContentFilteredException {

    private static final long serialVersionUID = 1L;

    private final String refusal;
    private final String node;

    IicpRefusalException(String refusal, Provenance provenance) {
        super("the model declined to answer (node %s); refusal() says why".formatted(provenance.node()));
        this.refusal = refusal;
        this.node = provenance.node();
    }

    /** Returns the model's words. */
    public String refusal() {
        return refusal;
    }

    /** Returns the first eight characters of the id of the node that answered. */
    public String node() {
        return node;
    }
}
