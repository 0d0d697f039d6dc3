package network.iicp.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.IicpNode;
import network.iicp.node.EventRecord;
import network.iicp.node.NodeEvent;

/** Tells in JSON, one object on a line; everything that is no event goes to standard error. */
final class ServeJson implements ServeOutput {

    private final String nodeId;
    private final Clock clock;
    private final PrintWriter out;
    private final PrintWriter err;

    ServeJson(String nodeId, Clock clock, PrintWriter out, PrintWriter err) {
        this.nodeId = nodeId;
        this.clock = clock;
        this.out = out;
        this.err = err;
    }

    @Override
    public void ready(IicpNode node, ServeNotes notes) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("endpoint", node.endpoint().toString());
        details.put("models", List.copyOf(node.health().models()));
        details.put("intents", List.copyOf(node.health().intents()));
        details.put("callers", notes.callers());
        if (notes.directory() != null) {
            details.put("directory", notes.directory().toString());
        }
        print(new EventRecord(clock.instant(), "ready", nodeId, details));
    }

    @Override
    public void note(String line) {
        err.println(line);
    }

    @Override
    public void onEvent(NodeEvent event) {
        EventRecord.of(event, nodeId, clock.instant()).ifPresent(this::print);
    }

    /** One call for a whole line, so that lines of several threads do not mix. */
    private void print(EventRecord record) {
        out.write(record.line() + "\n");
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
