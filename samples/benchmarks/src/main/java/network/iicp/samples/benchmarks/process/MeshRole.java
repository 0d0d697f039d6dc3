package network.iicp.samples.benchmarks.process;

import java.io.PrintStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Run;
import network.iicp.spi.TaskContext;

/** A process with a directory and one node, whose handler answers at once. */
public final class MeshRole implements Run {

    @Override
    public String name() {
        return "role-mesh";
    }

    @Override
    public String summary() {
        return "a directory and a node whose handler answers at once";
    }

    @Override
    public List<Arguments.Option> options() {
        return List.of(
                new Arguments.Option("confidential", "whether the node takes encrypted tasks", "true"),
                new Arguments.Option("host-name", "the name the node is told by, besides the loopback address", ""));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        LongAdder requests = new LongAdder();
        boolean confidential = Boolean.parseBoolean(arguments.text("confidential"));
        int port = Peer.freePort();
        Capability chat =
                Capability.of(Intent.LLM_CHAT, List.of(EngineRole.MODEL)).withStreaming();
        try (LocalMesh mesh = LocalMesh.start(setup -> setup.handlers(node -> {
            node.handler(chat, task -> handle(task, requests))
                    .port(port)
                    .maxConcurrent(256)
                    .authentication(NodeAuthentication.OPEN);
            arguments.optional("host-name").ifPresent(name -> node.endpoint(URI.create("http://" + name + ":" + port)));
            return confidential ? node : withoutConfidentiality(node);
        }))) {
            Map<String, Object> ready =
                    Map.of("directory", mesh.directoryUrl().toString(), "node", "http://127.0.0.1:" + port);
            RoleLoop.serve(ready, requests, out);
        }
        return 0;
    }

    private static IicpNode.Builder withoutConfidentiality(IicpNode.Builder node) {
        return node.configure(settings -> settings.withoutConfidentiality());
    }

    private static Object handle(TaskContext task, LongAdder requests) throws InterruptedException {
        requests.increment();
        if (!task.isStreaming()) {
            return Answers.chat();
        }
        for (String word : Answers.WORDS) {
            task.emit(Answers.part(word));
        }
        return Answers.lastPart();
    }
}
