package network.iicp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.spi.RoutingEvent;

/** A directory and nodes whose behaviour a test writes, and clients of them. */
final class FakeMesh implements AutoCloseable {

    private final List<FakeNode> nodes = new CopyOnWriteArrayList<>();
    private final List<IicpClient> clients = new ArrayList<>();
    private final List<RoutingEvent> events = new CopyOnWriteArrayList<>();
    private volatile RawServer.Script directoryScript =
            (request, line) -> line.json(200, Json.text(Map.of("nodes", describe(), "count", nodes.size())));
    private final RawServer directory = new RawServer((request, line) -> directoryScript.answer(request, line));

    FakeNode node(FakeNode.Behaviour behaviour) {
        FakeNode node = new FakeNode("%08d-node".formatted(nodes.size() + 1), behaviour);
        nodes.add(node);
        return node;
    }

    /** A node that is described and does not exist. */
    FakeNode deadNode() {
        FakeNode node = node(job -> job.say("never"));
        node.close();
        return node;
    }

    /** The directory does not name this node any more. */
    void forget(FakeNode node) {
        nodes.remove(node);
        node.close();
    }

    /** The nodes as a directory describes them. */
    List<Map<String, Object>> describe() {
        return FakeNode.describe(nodes);
    }

    void directory(RawServer.Script script) {
        this.directoryScript = script;
    }

    RawServer directory() {
        return directory;
    }

    List<RoutingEvent> events() {
        return events;
    }

    /** A client that asks for lists, with the order of the directory. */
    IicpClient client(UnaryOperator<IicpClient.Builder> more) {
        IicpClient client = more.apply(IicpClient.builder()
                        .directoryUrl(directory.url() + "/api")
                        .routeDiscovery(RouteDiscovery.LEGACY)
                        .routingEpsilon(0)
                        .listener(events::add))
                .build();
        clients.add(client);
        return client;
    }

    IicpClient client() {
        return client(builder -> builder);
    }

    @Override
    public void close() {
        clients.forEach(IicpClient::close);
        nodes.forEach(FakeNode::close);
        directory.close();
    }

    /** From here on the directory knows nodes for chats alone. */
    void chatsOnly() {
        directory((request, line) -> line.json(
                200,
                request.path().contains("chat")
                        ? Json.text(Map.of("nodes", describe(), "count", 1))
                        : "{\"nodes\":[],\"count\":0}"));
    }
}
