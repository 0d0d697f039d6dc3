package network.iicp.protocol.wire;

import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;

/** Failures of nodes that answer something else than the intent asks for. */
final class WrongAnswer {

    private WrongAnswer() {}

    /**
     * Returns the failure.
     *
     * @param problem what is wrong; a sentence that begins with {@code the node}
     * @param provenance who answered what
     */
    static ProtocolViolationException of(String problem, Provenance provenance) {
        return new ProtocolViolationException(IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, problem)
                .withTaskId(provenance.taskId())
                .withNode(provenance.node()));
    }
}
