package network.iicp.samples.benchmarks.process;

import java.io.PrintStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import network.iicp.IicpNode;
import network.iicp.backend.OpenAiDialectBackend;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Run;

/** A process with one node in front of an engine, registered at a directory. */
public final class NodeRole implements Run {

    @Override
    public String name() {
        return "role-node";
    }

    @Override
    public String summary() {
        return "a node in front of an engine";
    }

    @Override
    public List<Arguments.Option> options() {
        return List.of(
                new Arguments.Option("engine", "base URL of the engine", ""),
                new Arguments.Option("directory", "base URL of the directory", ""));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        IicpNode node = IicpNode.builder()
                .backend(OpenAiDialectBackend.openAi(URI.create(arguments.text("engine"))))
                .port(0)
                .maxConcurrent(128)
                .directoryUrl(arguments.text("directory"))
                .build();
        try (node) {
            node.start();
            node.registered().get(30, TimeUnit.SECONDS);
            RoleLoop.serve(Map.of("node", "http://127.0.0.1:" + node.port(), "id", node.id()), new LongAdder(), out);
        }
        return 0;
    }
}
