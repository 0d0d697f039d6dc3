package network.iicp.samples.benchmarks.provider;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.load.Load;
import network.iicp.samples.benchmarks.load.Tasks;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Median;
import network.iicp.samples.benchmarks.measure.Table;
import network.iicp.samples.benchmarks.process.Peer;
import network.iicp.samples.benchmarks.process.ProcessFacts;

/**
 * Our node under full load for a while, in clear and encrypted in turn: what it holds after a collection must not grow. Compared are the
 * medians of the second and of the last quarter; the first one fills caches, which are bounded.
 */
public final class SoakRun implements Run {

    private static final double MOST_GROWTH = 1.15;
    private static final double SLACK = 4;

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public String summary() {
        return "our node under load for a while: heap, threads and files must not grow";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("minutes", "how long", "10"),
                new Option("connections", "connections", "16"),
                new Option("step", "seconds of load between two looks", "15"));
    }

    private record Look(double minute, double heapMib, double residentMib, double threads, double files, double rate) {}

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        Path logs = Files.createTempDirectory("iicp-benchmark");
        out.println("# Soak of the node\n\n" + Machine.describe() + "\n");
        List<Look> looks = new ArrayList<>();
        long failures = 0;
        long tasks = 0;
        try (DirectoryServer directory =
                        DirectoryServer.builder().host("127.0.0.1").port(0).build();
                Peer engine = Peer.role(logs, 512, "role-engine")) {
            directory.start();
            URI engineUrl = URI.create(engine.answer(Duration.ofSeconds(60)).string("url"));
            Contender node = new Nodes(directory, engineUrl, logs).ours(ProviderRun.OURS);
            try (Peer process = node.process()) {
                long start = System.nanoTime();
                long end = start
                        + Duration.ofMinutes(arguments.number("minutes", 1)).toNanos();
                double rate = 100;
                for (boolean encrypted = false; System.nanoTime() - end < 0; encrypted = !encrypted) {
                    Duration step = Duration.ofSeconds(arguments.number("step", 1));
                    Load load = new Load(
                            node.target(),
                            arguments.number("connections", 1),
                            true,
                            encrypted ? "iicp_conf_resp" : "machine that can serve it now");
                    Load.Done done = load.run(
                            encrypted
                                    ? Tasks.sealed(java.util.Objects.requireNonNull(node.key()), (int)
                                            (rate * step.toSeconds()))
                                    : Tasks.inClear(),
                            step);
                    rate = done.perSecond();
                    failures += done.failures();
                    tasks += done.samples().count();
                    looks.add(look(process, start, rate));
                }
            }
        }
        return report(out, looks, tasks, failures);
    }

    private static Look look(Peer node, long start, double rate) throws Exception {
        ProcessFacts facts = node.facts(true);
        return new Look(
                (System.nanoTime() - start) / 6e10,
                facts.heapBytes() / 1048576.0,
                node.residentKib() / 1024.0,
                facts.threads(),
                facts.openFiles(),
                rate);
    }

    private static int report(PrintStream out, List<Look> looks, long tasks, long failures) {
        Table table =
                new Table("minute", "heap after collection MiB", "resident MiB", "threads", "open files", "tasks/s");
        int every = Math.max(1, looks.size() / 12);
        for (int i = 0; i < looks.size(); i += every) {
            Look look = looks.get(i);
            table.row(look.minute(), look.heapMib(), look.residentMib(), look.threads(), look.files(), look.rate());
        }
        table.print(out);
        boolean heap = isFlat(out, "heap", looks, Look::heapMib);
        boolean threads = isFlat(out, "threads", looks, Look::threads);
        boolean files = isFlat(out, "open files", looks, Look::files);
        boolean flat = heap && threads && files;
        out.println("%d tasks, %d failed; %s".formatted(tasks, failures, flat ? "flat" : "NOT FLAT"));
        return flat && failures == 0 ? 0 : 1;
    }

    private static boolean isFlat(PrintStream out, String what, List<Look> looks, ToDoubleFunction<Look> value) {
        int quarter = Math.max(1, looks.size() / 4);
        double second =
                median(looks.subList(Math.min(quarter, looks.size() - 1), Math.min(2 * quarter, looks.size())), value);
        double last = median(looks.subList(looks.size() - quarter, looks.size()), value);
        out.println("%s: %s in the second quarter, %s in the last"
                .formatted(what, Table.number(second), Table.number(last)));
        return last <= second * MOST_GROWTH + SLACK;
    }

    private static double median(List<Look> looks, ToDoubleFunction<Look> value) {
        return Median.of(looks.stream().map(value::applyAsDouble).toList());
    }
}
