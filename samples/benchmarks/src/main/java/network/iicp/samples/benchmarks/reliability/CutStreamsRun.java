package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.client.Encryption;
import network.iicp.client.TimeLimits;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Arguments.Option;
import network.iicp.samples.benchmarks.Run;
import network.iicp.samples.benchmarks.load.Relay;
import network.iicp.samples.benchmarks.measure.Machine;
import network.iicp.samples.benchmarks.measure.Table;
import network.iicp.spi.TaskContext;

/**
 * Streams that are cut at random bytes. Between the client and two nodes stand relays that, for most streams, close the connection, fall
 * silent or go on with garbage after a random number of bytes. What a subscriber got must always be the beginning of the text that the node
 * sent, each character once; a stream that ends well must have all of it.
 */
public final class CutStreamsRun implements Run {

    private static final Duration SILENCE = Duration.ofMillis(1500);

    @Override
    public String name() {
        return "cut-streams";
    }

    @Override
    public String summary() {
        return "streams cut at random bytes: no character twice, no end in silence";
    }

    @Override
    public List<Option> options() {
        return List.of(
                new Option("streams", "how many", "10000"),
                new Option("in-flight", "streams at the same time", "24"),
                new Option("seed", "of the random numbers", "1"));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        out.println("# Streams cut at random bytes\n\n" + Machine.describe() + "\n");
        Verdicts encrypted = half(arguments, true);
        Verdicts clear = half(arguments, false);
        Table table = new Table("", "encrypted", "in clear");
        for (Verdicts.Kind kind : Verdicts.Kind.values()) {
            table.row(kind.words(), encrypted.count(kind), clear.count(kind));
        }
        table.row("streams whose connection was cut", encrypted.cuts(), clear.cuts());
        table.print(out);
        encrypted.print(out);
        clear.print(out);
        return encrypted.broken() + clear.broken() == 0 ? 0 : 1;
    }

    private static Verdicts half(Arguments arguments, boolean encrypted) throws Exception {
        int streams = arguments.number("streams", 2) / 2;
        Verdicts verdicts = new Verdicts();
        AtomicLong seeds = new AtomicLong(arguments.number("seed", 0) * 1_000_000L);
        Cutter cutter = new Cutter(() -> new Random(seeds.incrementAndGet()), SILENCE, verdicts::cut);
        try (Relay first = new Relay(cutter);
                Relay second = new Relay(cutter);
                LocalMesh mesh = LocalMesh.start(setup -> node(node(setup, first, encrypted), second, encrypted))) {
            first.before(mesh.nodes().get(0).port());
            second.before(mesh.nodes().get(1).port());
            IicpClient client =
                    mesh.client(builder -> builder.encryption(encrypted ? Encryption.REQUIRED : Encryption.PREFERRED)
                            .timeLimits(TimeLimits.DEFAULT
                                    .withFirstEvent(SILENCE.multipliedBy(2))
                                    .withIdle(SILENCE.multipliedBy(2))));
            ExecutorService threads = Executors.newFixedThreadPool(arguments.number("in-flight", 1));
            try {
                List<Future<?>> all = new java.util.ArrayList<>();
                for (int i = 0; i < streams; i++) {
                    String id = (encrypted ? "e" : "c") + i;
                    all.add(threads.submit(() -> {
                        verdicts.add(one(client, id));
                        return null;
                    }));
                }
                for (Future<?> one : all) {
                    one.get(30, TimeUnit.MINUTES);
                }
            } finally {
                threads.shutdownNow();
            }
        }
        return verdicts;
    }

    private static LocalMesh.Builder node(LocalMesh.Builder setup, Relay relay, boolean encrypted) {
        Capability chat = Capability.of(Intent.LLM_CHAT, List.of("text")).withStreaming();
        return setup.handlers(node -> node.handler(chat, CutStreamsRun::speak)
                .endpoint(relay.url())
                .maxConcurrent(128)
                .authentication(NodeAuthentication.OPEN)
                .configure(settings -> {
                    if (!encrypted) {
                        settings.withoutConfidentiality();
                    }
                }));
    }

    /** Says the text that belongs to the id in the prompt, in parts. */
    private static Object speak(TaskContext task) throws InterruptedException {
        String id = KnownText.idIn(task.task().payload());
        List<String> parts = KnownText.parts(id);
        for (String part : parts) {
            task.emit(Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", part)))));
        }
        return Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")));
    }

    private static Verdicts.Verdict one(IicpClient client, String id) throws Exception {
        Listener listener = new Listener();
        client.chatStream(ChatRequest.of(KnownText.prompt(id))).subscribe(listener);
        if (!listener.await(Duration.ofMinutes(3))) {
            throw new IOException("stream " + id + " did not end");
        }
        return Verdicts.judge(KnownText.of(id), listener);
    }
}
