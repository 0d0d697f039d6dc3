package network.iicp.samples.benchmarks.consumer;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import network.iicp.client.Encryption;
import network.iicp.json.JsonObject;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.measure.ByName;
import network.iicp.samples.benchmarks.measure.Contest;
import network.iicp.samples.benchmarks.measure.Crew;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Median;
import network.iicp.samples.benchmarks.measure.Series;
import network.iicp.samples.benchmarks.measure.Table;
import network.iicp.samples.benchmarks.process.Peer;
import network.iicp.samples.benchmarks.process.ProcessFacts;
import network.iicp.samples.benchmarks.process.PythonPeers;

/**
 * What our client adds to a plain POST, and how it compares to the official Python client. Directory and node are in another process,
 * whose handler answers at once; the routes are warm.
 */
public final class ConsumerRun implements Run {

    private static final ChatRequest REQUEST = ChatRequest.of("Which machine answers?");
    private static final String PLAIN = "plain POST";
    private static final String CLEAR = "chat, in clear";
    private static final String SEALED = "chat, encrypted";
    private static final String SHIPPED = "Python client, as shipped";
    private static final String TUNED = "Python client, TLS context memoised";

    @Override
    public String name() {
        return "consumer";
    }

    @Override
    public String summary() {
        return "our client against a plain HTTP client and the official Python client";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("rounds", "rounds that count", "15"),
                new Option("warm-up", "rounds that do not", "5"),
                new Option("block", "calls of each contender in a round", "400"),
                new Option("in-flight", "calls at the same time, for calls per second", "16"),
                new Option("seconds", "length of a turn, for calls per second", "3"),
                new Option("turns", "turns of each contender, for calls per second", "5"),
                new Option("python", "a Python with the official client; without it that comparison is left out", ""),
                new Option("host-name", "dotted name of the loopback address, for Python", "node-a.mesh.example.org"));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        Path logs = Files.createTempDirectory("iicp-benchmark");
        Optional<PythonPeers> python = arguments
                .optional("python")
                .map(path -> new PythonPeers(Path.of(path), arguments.text("host-name"), logs));
        if (python.isPresent()) {
            python.get().requireLoopbackName();
        }
        List<String> sealedRole = new ArrayList<>(List.of("role-mesh", "--confidential", "true"));
        python.ifPresent(peers -> sealedRole.addAll(List.of("--host-name", peers.host())));
        out.println("# Consumer\n\n" + Machine.describe() + "\n");
        try (Peer clearMesh = Peer.role(logs, 512, "role-mesh", "--confidential", "false");
                Peer sealedMesh = Peer.role(logs, 512, sealedRole.toArray(String[]::new))) {
            JsonObject clear = clearMesh.answer(Duration.ofSeconds(60));
            JsonObject sealed = sealedMesh.answer(Duration.ofSeconds(60));
            PlainClient plain = new PlainClient(URI.create(clear.string("node")), REQUEST);
            URI sealedDirectory = URI.create(sealed.string("directory"));
            try (OurClient inClear =
                            new OurClient(URI.create(clear.string("directory")), Encryption.PREFERRED, REQUEST);
                    OurClient encrypted = new OurClient(sealedDirectory, Encryption.REQUIRED, REQUEST)) {
                oneAtATime(arguments, out, plain, inClear, encrypted);
                firstToken(arguments, out, plain, inClear, encrypted);
                atOnce(arguments, out, plain, inClear, encrypted, python, sealedDirectory);
            }
        }
        RequestCount.print(out, REQUEST);
        return 0;
    }

    private static Contest.Call timed(Step step) {
        return () -> {
            long start = System.nanoTime();
            step.run();
            return System.nanoTime() - start;
        };
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void oneAtATime(
            Arguments arguments, PrintStream out, PlainClient plain, OurClient inClear, OurClient encrypted)
            throws Exception {
        ByName<Series> series = new Contest()
                .contender(PLAIN, timed(plain::chat))
                .contender(CLEAR, timed(inClear::chat))
                .contender(SEALED, timed(encrypted::chat))
                .run(arguments.number("warm-up", 1), arguments.number("rounds", 1), arguments.number("block", 1));
        out.println("## One call at a time\n");
        latencies(out, series);
    }

    private static void firstToken(
            Arguments arguments, PrintStream out, PlainClient plain, OurClient inClear, OurClient encrypted)
            throws Exception {
        ByName<Series> series = new Contest()
                .contender(PLAIN, plain::stream)
                .contender(CLEAR, inClear::stream)
                .contender(SEALED, encrypted::stream)
                .run(
                        arguments.number("warm-up", 1),
                        arguments.number("rounds", 1),
                        Math.max(1, arguments.number("block", 1) / 4));
        out.println("## First streamed token\n");
        latencies(out, series);
    }

    private static void latencies(PrintStream out, ByName<Series> series) {
        Series base = series.get(PLAIN);
        Table table = new Table(
                "", "p50 ms", "p99 ms", "added at p50 ms", "added at p99 ms", "p50 ratio", "p99 ratio", "calls");
        for (String name : series.names()) {
            Series one = series.get(name);
            table.row(
                    one.name(),
                    one.median(0.5),
                    one.median(0.99),
                    one.median(0.5) - base.median(0.5),
                    one.median(0.99) - base.median(0.99),
                    one.ratio(0.5, base),
                    one.ratio(0.99, base),
                    one.calls());
        }
        table.print(out);
    }

    private static void atOnce(
            Arguments arguments,
            PrintStream out,
            PlainClient plain,
            OurClient inClear,
            OurClient encrypted,
            Optional<PythonPeers> python,
            URI directory)
            throws Exception {
        int inFlight = arguments.number("in-flight", 1);
        Duration turn = Duration.ofSeconds(arguments.number("seconds", 1));
        ByName<Turns.Turn> turns = new ByName<>();
        turns.put(PLAIN, () -> turn(inFlight, turn, timed(plain::chat)));
        turns.put(CLEAR, () -> turn(inFlight, turn, timed(inClear::chat)));
        turns.put(SEALED, () -> turn(inFlight, turn, timed(encrypted::chat)));
        List<Peer> peers = new ArrayList<>();
        try {
            if (python.isPresent()) {
                turns.put(SHIPPED, pythonTurn(python.get(), directory, false, inFlight, turn, peers));
                turns.put(TUNED, pythonTurn(python.get(), directory, true, inFlight, turn, peers));
            }
            Turns all = Turns.take(turns, arguments.number("turns", 1));
            out.println("## %d calls at once\n".formatted(inFlight));
            Table table = new Table(
                    "",
                    "calls/s",
                    "p50 ms",
                    "p99 ms",
                    "ratio to " + PLAIN,
                    CLEAR + " is times",
                    SEALED + " is times",
                    "CPU µs/call",
                    "allocated KiB/call",
                    "failed");
            turns.names()
                    .forEach(name -> table.row(
                            name,
                            Median.of(all.perSecond(name)),
                            Median.of(all.values(name, Turns.Done::p50)),
                            Median.of(all.values(name, Turns.Done::p99)),
                            Median.ofRatios(all.perSecond(name), all.perSecond(PLAIN)),
                            Median.ofRatios(all.perSecond(CLEAR), all.perSecond(name)),
                            Median.ofRatios(all.perSecond(SEALED), all.perSecond(name)),
                            Median.of(all.values(name, Turns.Done::cpuMicros)),
                            Median.of(all.values(name, Turns.Done::allocatedKib)),
                            all.failures(name)));
            table.print(out);
        } finally {
            peers.forEach(Peer::close);
        }
    }

    private static Turns.Done turn(int inFlight, Duration length, Contest.Call call) throws Exception {
        ProcessFacts before = ProcessFacts.now();
        Crew.Volume volume = Crew.work(inFlight, length, worker -> call);
        ProcessFacts after = ProcessFacts.now();
        double calls = volume.samples().count();
        return new Turns.Done(
                volume.perSecond(),
                volume.samples().millis(0.5),
                volume.samples().millis(0.99),
                (after.cpuNanos() - before.cpuNanos()) / calls / 1e3,
                (after.allocatedBytes() - before.allocatedBytes()) / calls / 1024,
                volume.failures());
    }

    private static Turns.Turn pythonTurn(
            PythonPeers peers, URI directory, boolean tuned, int inFlight, Duration turn, List<Peer> started)
            throws Exception {
        Peer peer = peers.consumer(directory, tuned);
        started.add(peer);
        peer.answer(Duration.ofSeconds(30));
        String order = "%d %d".formatted(inFlight, turn.toSeconds());
        return () -> {
            Duration before = peer.cpu();
            JsonObject done = peer.ask(order, turn.plusSeconds(60));
            double cpu = peer.cpu().minus(before).toNanos() / 1e3 / Math.max(1, done.integer("calls"));
            return new Turns.Done(
                    done.integer("calls") / done.optionalDouble("seconds").orElseThrow(),
                    done.optionalDouble("p50_ms").orElseThrow(),
                    done.optionalDouble("p99_ms").orElseThrow(),
                    cpu,
                    Double.NaN,
                    done.integer("failures"));
        };
    }
}
