package network.iicp.samples.benchmarks.reliability;

import java.io.PrintStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Provenance;
import network.iicp.samples.benchmarks.measure.Samples;
import network.iicp.samples.benchmarks.measure.Table;
import org.jspecify.annotations.Nullable;

/** Counts calls and streams of a run. Thread-safe. */
final class Tallies {

    private static final int MOST_EXAMPLES = 5;

    private final LongAdder calls = new LongAdder();
    private final LongAdder movedOn = new LongAdder();
    private final LongAdder streams = new LongAdder();
    private final LongAdder interrupted = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Queue<String> examples = new ConcurrentLinkedQueue<>();
    private final Samples times = new Samples();
    private final ReentrantLock lock = new ReentrantLock();

    void called(Provenance provenance, long nanos) {
        calls.increment();
        if (provenance.attempts().size() > 1) {
            movedOn.increment();
        }
        lock.lock();
        try {
            times.add(nanos);
        } finally {
            lock.unlock();
        }
    }

    /** A stream that breaks off after its first character is told as interrupted, and is no lost call: nothing may be replayed. */
    void streamed(Listener listener) {
        Throwable fault = listener.fault();
        if (fault == null) {
            streams.increment();
        } else if (!listener.delivered().isEmpty()) {
            interrupted.increment();
        } else {
            failed(fault);
        }
    }

    void failed(@Nullable Throwable fault) {
        failures.increment();
        if (examples.size() < MOST_EXAMPLES) {
            examples.add(fault + (fault instanceof IicpException known ? " " + told(known) : ""));
        }
    }

    private static String told(IicpException fault) {
        return fault.attempts().stream()
                .map(sent -> "%s at %s (%s) from %d ms to %d ms"
                        .formatted(
                                sent.outcome(),
                                sent.node(),
                                sent.reason(),
                                sent.start().toMillis(),
                                sent.start().plus(sent.elapsed()).toMillis()))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    long calls() {
        return calls.sum();
    }

    long failures() {
        return failures.sum();
    }

    void rows(Table table) {
        table.row("calls answered", calls.sum());
        table.row("of these at a second or third node", movedOn.sum());
        table.row("streams with the whole answer", streams.sum());
        table.row("streams told as interrupted after their first character", interrupted.sum());
        table.row("calls and streams lost", failures.sum());
        table.row("p50 of a call, ms", times.millis(0.5));
        table.row("p99 of a call, ms", times.millis(0.99));
        table.row("p99.9 of a call, ms", times.millis(0.999));
        table.row("slowest call, ms", times.millis(1));
    }

    void examples(PrintStream out) {
        examples.forEach(out::println);
    }
}
