package network.iicp.node;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import network.iicp.metrics.MetricsText;
import network.iicp.protocol.ErrorCode;
import network.iicp.transport.RequestRefusedException;
import network.iicp.transport.ServerExchange;

/**
 * Answers for the metrics of a node.
 *
 * @param metrics what is told
 * @param access who may read it
 * @param authorizer tells who shows the operator's credential
 */
record MetricsRoute(MetricsText metrics, MetricsAccess access, Authorizer authorizer) {

    static final String PATH = "/metrics";

    void answer(ServerExchange exchange) {
        if (access == MetricsAccess.OPERATOR && !authorizer.isOperator(NodeRoutes.bearer(exchange))) {
            exchange.refuse(new RequestRefusedException(
                    ErrorCode.UNAUTHORIZED,
                    "the metrics of this node are for its operator; show an operator key as bearer token"));
            return;
        }
        byte[] text = metrics.text().getBytes(StandardCharsets.UTF_8);
        exchange.respond(200, Map.of("Content-Type", MetricsText.CONTENT_TYPE, "Cache-Control", "no-store"), text);
    }
}
