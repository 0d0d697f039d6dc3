package network.iicp.samples.benchmarks.reliability;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Table;

/**
 * Three nodes and a directory as processes of the packaged jar, and one client with default settings under full load. Nodes are killed with
 * SIGKILL and started again, over and over; the directory is killed too, stays away for a part of the run, and comes back. No call may fail,
 * and no stream before its first character.
 */
public final class NoLostCallRun implements Run {

    private static final int STREAM_EVERY = 5;

    @Override
    public String name() {
        return "no-lost-call";
    }

    @Override
    public String summary() {
        return "nodes and directory are killed under load: no call may fail";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("node-jar", "the packaged command line, iicp-node.jar", "iicp-core/target/iicp-node.jar"),
                new Option("calls", "least number of calls that are not streamed", "50000"),
                new Option("seconds", "least length of the run", "180"),
                new Option("in-flight", "calls at the same time", "16"),
                new Option("seed", "of the random numbers", "1"));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        Path home = Files.createTempDirectory("iicp-reliability");
        Path jar = Path.of(arguments.text("node-jar")).toAbsolutePath();
        if (!Files.exists(jar)) {
            throw new IllegalArgumentException("--node-jar: there is no file " + jar);
        }
        out.println("# No lost call\n\n" + Machine.describe() + "\n");
        long start = System.nanoTime();
        Tallies tallies = new Tallies();
        try (Victims victims = Victims.start(jar, home);
                IicpClient client = IicpClient.builder()
                        .directoryUrl(URI.create(victims.directoryUrl()))
                        .build();
                Killer killer = new Killer(
                        victims, arguments.number("seed", 0), Duration.ofSeconds(arguments.number("seconds", 10)))) {
            call(client, tallies, false);
            killer.begin();
            load(arguments, client, tallies, start);
            killer.end();
            report(out, tallies, killer, Duration.ofNanos(System.nanoTime() - start));
        }
        return tallies.failures() == 0 ? 0 : 1;
    }

    private static void load(Arguments arguments, IicpClient client, Tallies tallies, long start) throws Exception {
        int workers = arguments.number("in-flight", 1);
        int calls = arguments.number("calls", 1);
        long end = start + Duration.ofSeconds(arguments.number("seconds", 10)).toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        AtomicLong turn = new AtomicLong();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                all.add(threads.submit(() -> {
                    while (System.nanoTime() - end < 0 || tallies.calls() < calls) {
                        call(client, tallies, turn.incrementAndGet() % STREAM_EVERY == 0);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void call(IicpClient client, Tallies tallies, boolean streamed) throws InterruptedException {
        ChatRequest request = ChatRequest.of("Which machine answers?");
        long start = System.nanoTime();
        if (!streamed) {
            try {
                tallies.called(client.chat(request).provenance(), System.nanoTime() - start);
            } catch (RuntimeException e) {
                tallies.failed(e);
            }
            return;
        }
        Listener listener = new Listener();
        client.chatStream(request).subscribe(listener);
        if (!listener.await(Duration.ofMinutes(3))) {
            tallies.failed(new IllegalStateException("a stream did not end in three minutes"));
            return;
        }
        tallies.streamed(listener);
    }

    private static void report(PrintStream out, Tallies tallies, Killer killer, Duration length) {
        Table table = new Table("", "");
        table.row("length, s", length.toSeconds());
        table.row("nodes killed", killer.kills());
        table.row("directory killed, seconds away", killer.directoryAway().toSeconds());
        tallies.rows(table);
        table.print(out);
        tallies.examples(out);
    }
}
