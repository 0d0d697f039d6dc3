package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.IicpNode;
import network.iicp.backend.OpenAiDialectBackend;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.node.NodeEvent;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Table;
import network.iicp.samples.benchmarks.process.Peer;
import network.iicp.samples.benchmarks.process.ProcessFacts;

/**
 * A node under load whose engine hangs, dies, sends garbage and 50 MB, whose callers leave in the middle, and whose directory comes and
 * goes. Every task must be answered exactly once, and afterwards nothing may be left over.
 */
public final class ProviderFaultsRun implements Run {

    private static final Duration DIRECTORY_UP = Duration.ofSeconds(20);
    private static final Duration DIRECTORY_AWAY = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(30);

    @Override
    public String name() {
        return "provider-faults";
    }

    @Override
    public String summary() {
        return "a node with a broken engine, rude callers and a directory that goes away: every task is answered once";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("minutes", "how long", "10"),
                new Option("callers", "callers at the same time", "12"),
                new Option("seed", "of the random numbers", "1"));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        out.println("# Provider under faults\n\n" + Machine.describe() + "\n");
        AtomicLong seeds = new AtomicLong(arguments.number("seed", 0) * 1_000_000L);
        Map<String, Integer> successes = new ConcurrentHashMap<>();
        int directoryPort = Peer.freePort();
        try (FaultyEngine engine = new FaultyEngine(() -> new Random(seeds.incrementAndGet()));
                Comings directory = new Comings(directoryPort);
                IicpNode node = node(engine, directoryPort, successes)) {
            node.start();
            ProcessFacts before = ProcessFacts.afterCollection();
            long threads = libraryThreads();
            TaskCaller caller = new TaskCaller(URI.create("http://127.0.0.1:" + node.port()));
            Duration length = Duration.ofMinutes(arguments.number("minutes", 1));
            load(caller, arguments.number("callers", 1), length, seeds);
            long left = settle(node);
            caller.whole(new Random(0));
            ProcessFacts after = ProcessFacts.afterCollection();
            long twice = successes.values().stream().filter(count -> count > 1).count();
            Table table = new Table("", "");
            table.row("length, s", length.toSeconds());
            table.row("tasks, by their answer", caller.outcomes());
            table.row("tasks the engine was given, by what it did", engine.counts());
            table.row("times the directory was away", directory.times());
            table.row("tasks lost", caller.outcomes().of(TaskCaller.Outcome.LOST));
            table.row("terminals duplicated", caller.outcomes().of(TaskCaller.Outcome.DUPLICATED));
            table.row("tasks that were done twice", twice);
            table.row("answers that could not be read", caller.outcomes().of(TaskCaller.Outcome.UNREADABLE));
            table.row("tasks still running %d s later".formatted(SETTLE.toSeconds()), left);
            table.row("heap after a collection, MiB, before and after", mib(before) + " and " + mib(after));
            table.row("threads of the library, before and after", threads + " and " + libraryThreads());
            table.print(out);
            boolean tried = caller.outcomes().of(TaskCaller.Outcome.RESULT) > 0
                    && Arrays.stream(FaultyEngine.Fault.values())
                            .allMatch(fault -> engine.counts().of(fault) > 0)
                    && directory.times() > 0;
            boolean good = tried
                    && caller.outcomes().of(TaskCaller.Outcome.LOST) == 0
                    && caller.outcomes().of(TaskCaller.Outcome.DUPLICATED) == 0
                    && twice == 0
                    && caller.outcomes().of(TaskCaller.Outcome.UNREADABLE) == 0
                    && left == 0;
            out.println(good ? "held" : tried ? "NOT HELD" : "NOT ALL FAULTS HAPPENED");
            return good ? 0 : 1;
        }
    }

    private static long libraryThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("iicp-"))
                .count();
    }

    private static long mib(ProcessFacts facts) {
        return facts.heapBytes() >> 20;
    }

    private static IicpNode node(FaultyEngine engine, int directoryPort, Map<String, Integer> successes) {
        return IicpNode.builder()
                .backend(OpenAiDialectBackend.openAi(engine.url()))
                .model("m")
                .port(0)
                .maxConcurrent(64)
                .directoryUrl("http://127.0.0.1:%d/api".formatted(directoryPort))
                .listener(event -> {
                    if (event instanceof NodeEvent.TaskEnded ended
                            && ended.outcome().equals("success")) {
                        successes.merge(ended.taskId(), 1, Integer::sum);
                    }
                })
                .build();
    }

    private static void load(TaskCaller caller, int callers, Duration length, AtomicLong seeds) throws Exception {
        long end = System.nanoTime() + length.toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                Random random = new Random(seeds.incrementAndGet());
                all.add(threads.submit(() -> {
                    while (System.nanoTime() - end < 0) {
                        one(caller, random);
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

    private static void one(TaskCaller caller, Random random) throws InterruptedException, IOException {
        switch (random.nextInt(5)) {
            case 0 -> caller.leaves(random);
            case 1, 2 -> caller.streamed();
            default -> caller.whole(random);
        }
    }

    /** @return the tasks that still run when they had time enough to end */
    private static long settle(IicpNode node) throws InterruptedException {
        long end = System.nanoTime() + SETTLE.toNanos();
        while (node.activeTasks() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return node.activeTasks();
    }

    /** A directory that comes and goes. */
    private static final class Comings implements AutoCloseable {

        private final AtomicLong times = new AtomicLong();
        private final Thread thread;

        Comings(int port) {
            this.thread = new Thread(() -> comeAndGo(port), "directory");
            thread.start();
        }

        private void comeAndGo(int port) {
            try {
                while (true) {
                    try (DirectoryServer directory = DirectoryServer.builder()
                            .host("127.0.0.1")
                            .port(port)
                            .build()) {
                        directory.start();
                        TimeUnit.NANOSECONDS.sleep(DIRECTORY_UP.toNanos());
                    }
                    times.incrementAndGet();
                    TimeUnit.NANOSECONDS.sleep(DIRECTORY_AWAY.toNanos());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        long times() {
            return times.get();
        }

        @Override
        public void close() {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
