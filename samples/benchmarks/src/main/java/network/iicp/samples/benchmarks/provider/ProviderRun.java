package network.iicp.samples.benchmarks.provider;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Table;
import network.iicp.samples.benchmarks.process.Peer;
import network.iicp.samples.benchmarks.process.PythonPeers;

/** Our node and the official nodes, one after the other under the same load, in front of the same engine. */
public final class ProviderRun implements Run {

    static final String ENGINE = "engine alone";
    static final String OURS = "our node";

    @Override
    public String name() {
        return "provider";
    }

    @Override
    public String summary() {
        return "our node against the official nodes, with the same engine and load";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("connections", "numbers of connections, separated by commas", "1,16,64"),
                new Option("seconds", "length of a turn", "2"),
                new Option("turns", "turns of each contender that count", "3"),
                new Option("warm-up", "seconds of load on each contender before anything is measured", "15"),
                new Option("python", "a Python with the official client; without it its node is left out", ""),
                new Option("rust-node", "the official Rust node program; without it it is left out", ""),
                new Option("host-name", "dotted name of the loopback address, for Python", "node-a.mesh.example.org"));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        Path logs = Files.createTempDirectory("iicp-benchmark");
        out.println("# Provider\n\n" + Machine.describe() + "\n");
        List<Contender> contenders = new ArrayList<>();
        try (DirectoryServer directory =
                        DirectoryServer.builder().host("127.0.0.1").port(0).build();
                Peer engine = Peer.role(logs, 512, "role-engine")) {
            directory.start();
            URI engineUrl = URI.create(engine.answer(Duration.ofSeconds(60)).string("url"));
            try {
                contenders.add(new Contender(ENGINE, engine, engineUrl.resolve("/v1/chat/completions"), null));
                Nodes nodes = new Nodes(directory, engineUrl, logs);
                contenders.add(nodes.ours(OURS));
                addOfficial(arguments, nodes, logs, contenders);
                measure(arguments, out, contenders);
            } finally {
                contenders.forEach(one -> one.process().close());
            }
        }
        return 0;
    }

    private static void addOfficial(Arguments arguments, Nodes nodes, Path logs, List<Contender> contenders)
            throws Exception {
        Optional<String> python = arguments.optional("python");
        if (python.isPresent()) {
            PythonPeers peers = new PythonPeers(Path.of(python.get()), arguments.text("host-name"), logs);
            peers.requireLoopbackName();
            contenders.add(nodes.python("Python node, as shipped", peers, false));
            contenders.add(nodes.python("Python node, TLS context memoised", peers, true));
        }
        Optional<String> rust = arguments.optional("rust-node");
        if (rust.isPresent()) {
            contenders.add(nodes.rust("Rust node", Path.of(rust.get()), arguments.text("host-name")));
        }
    }

    private static void measure(Arguments arguments, PrintStream out, List<Contender> contenders) throws Exception {
        Duration length = Duration.ofSeconds(arguments.number("seconds", 1));
        int turns = arguments.number("turns", 1);
        Duration warmUp = Duration.ofSeconds(arguments.number("warm-up", 1));
        for (boolean encrypted : new boolean[] {false, true}) {
            new Cell(16, true, encrypted).run(contenders, 0, warmUp.dividedBy(2));
        }
        double[] ourCpu = new double[2];
        for (boolean encrypted : new boolean[] {false, true}) {
            for (boolean keepAlive : new boolean[] {true, false}) {
                out.println("## Tasks %s, connections %s\n"
                        .formatted(encrypted ? "encrypted" : "in clear", keepAlive ? "kept" : "new for every task"));
                Table table = new Table(
                        "connections",
                        "",
                        "tasks/s",
                        "p50 ms",
                        "p99 ms",
                        "CPU µs/task",
                        "our node's rate is times",
                        "p50 ratio to the engine",
                        "failed");
                for (int connections : arguments.numbers("connections")) {
                    Cell.Results results = new Cell(connections, keepAlive, encrypted).run(contenders, turns, length);
                    contenders.stream()
                            .filter(one -> results.has(one.name()))
                            .forEach(one -> row(table, connections, one.name(), results, encrypted));
                    if (keepAlive && connections > 1) {
                        ourCpu[encrypted ? 1 : 0] = results.median(OURS, Cell.Turn::cpuMicros);
                    }
                    warnings(out, contenders, results);
                }
                table.print(out);
            }
        }
        out.println("Of the node's processor time for an encrypted task, %s %% is for encryption.\n"
                .formatted(Table.number(100 * (ourCpu[1] - ourCpu[0]) / ourCpu[1])));
    }

    private static void row(Table table, int connections, String name, Cell.Results results, boolean encrypted) {
        table.row(
                connections,
                name,
                results.median(name, Cell.Turn::perSecond),
                results.median(name, Cell.Turn::p50),
                results.median(name, Cell.Turn::p99),
                results.median(name, Cell.Turn::cpuMicros),
                results.ratio(OURS, name, Cell.Turn::perSecond),
                encrypted ? Double.NaN : results.ratio(name, ENGINE, Cell.Turn::p50),
                results.failures(name));
    }

    private static void warnings(PrintStream out, List<Contender> contenders, Cell.Results results) {
        contenders.stream()
                .map(Contender::name)
                .filter(results::has)
                .filter(name -> results.failures(name) > 0)
                .forEach(name -> out.println("%s failed %d times, first: %s\n"
                        .formatted(name, results.failures(name), results.firstFailure(name))));
    }
}
