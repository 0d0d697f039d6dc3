package network.iicp.spring.boot;

import network.iicp.transport.ListenerStartException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do when the node cannot bind its address. */
final class ListenerStartFailureAnalyzer extends AbstractFailureAnalyzer<ListenerStartException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ListenerStartException cause) {
        if (cause.portInUse()) {
            return new FailureAnalysis(
                    "The IICP node cannot listen at %s: port %d is in use.".formatted(cause.host(), cause.port()),
                    "Stop what listens there, choose another port with 'iicp.node.port', or take a free one with"
                            + " 'iicp.node.port=0'.",
                    cause);
        }
        return new FailureAnalysis(
                "The IICP node cannot listen: " + cause.getMessage(),
                "Check 'iicp.node.host', which is 127.0.0.1 for this machine and 0.0.0.0 or :: for every address, and"
                        + " 'iicp.node.port'.",
                cause);
    }
}
