package network.iicp.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.IicpNode;
import network.iicp.node.NodeEvent;
import network.iicp.node.NodeHealth;
import network.iicp.transport.WorkerThreads;
import org.jspecify.annotations.Nullable;

/**
 * Tells on a terminal: a block of a few lines that stays at the bottom and is written anew, in one go, when something in it has changed.
 * What else is said scrolls above it.
 */
final class ServeStatus implements ServeOutput {

    private static final String UP = "\033[%dA";
    private static final String CLEAR_BELOW = "\033[J";
    private static final String NO_WRAP = "\033[?7l";
    private static final String WRAP = "\033[?7h";
    private static final int SHOWN_MODELS = 5;
    private static final int BAR = 16;

    private final PrintWriter terminal;
    private final LongSupplier nanos;
    private final long begin;
    private final Throughput tokens;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final ScheduledThreadPoolExecutor refresh =
            new ScheduledThreadPoolExecutor(1, WorkerThreads.daemonThreads("iicp-status-"));

    private volatile @Nullable IicpNode node;
    private volatile @Nullable ServeNotes notes;
    private volatile long heartbeat = -1;
    private volatile @Nullable String lost;

    // Under the lock.
    private List<String> shown = List.of();
    private boolean closed;

    ServeStatus(PrintWriter terminal, LongSupplier nanos) {
        this.terminal = terminal;
        this.nanos = nanos;
        this.begin = nanos.getAsLong();
        this.tokens = new Throughput(nanos);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
    public void ready(IicpNode started, ServeNotes about) {
        note("Node %s ready. Stop with Ctrl-C; running tasks are finished first.".formatted(started.id()));
        notes = about;
        node = started;
        draw();
        refresh.scheduleWithFixedDelay(this::draw, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void note(String line) {
        lock.lock();
        try {
            StringBuilder text = new StringBuilder();
            erase(text);
            text.append(line).append('\n');
            List<String> block = shown;
            shown = List.of();
            append(text, block);
            print(text);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onEvent(NodeEvent event) {
        if (event instanceof NodeEvent.TaskEnded ended) {
            (ended.isSuccess() ? done : failed).incrementAndGet();
            tokens.add(Math.max(0, ended.tokens()));
        } else if (event instanceof NodeEvent.TaskRefused) {
            refused.incrementAndGet();
        } else if (event instanceof NodeEvent.DirectoryCalled called
                && called.call() == NodeEvent.DirectoryCall.HEARTBEAT) {
            heartbeat = called.failure() == null ? nanos.getAsLong() : heartbeat;
        } else if (event instanceof NodeEvent.DirectoryLost) {
            lost = "does not answer, trying again";
        } else if (event instanceof NodeEvent.DirectoryRecovered || event instanceof NodeEvent.Registered) {
            lost = null;
        }
        if (event instanceof NodeEvent.Stopped) {
            removeBlock();
        }
        ServeNotes about = notes;
        String line = ServeLines.line(event, about == null ? null : about.directory());
        if (line != null) {
            note(line);
        }
    }

    /** What the block says is over, so it goes. */
    private void removeBlock() {
        lock.lock();
        try {
            closed = true;
            StringBuilder text = new StringBuilder();
            erase(text);
            shown = List.of();
            print(text);
        } finally {
            lock.unlock();
        }
    }

    private void draw() {
        IicpNode running = node;
        ServeNotes about = notes;
        if (running == null || about == null) {
            return;
        }
        List<String> next = block(running.health(), running.endpoint(), about);
        lock.lock();
        try {
            if (closed || next.equals(shown)) {
                return;
            }
            StringBuilder text = new StringBuilder();
            erase(text);
            append(text, next);
            print(text);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the lines of the block. */
    List<String> block(NodeHealth health, URI endpoint, ServeNotes about) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("%-10s %s, %s, for %s"
                .formatted(
                        "state",
                        health.state().name().toLowerCase(Locale.ROOT),
                        endpoint,
                        spoken(Duration.ofNanos(nanos.getAsLong() - begin))));
        lines.add("%-10s %s".formatted("models", models(health)));
        lines.add("%-10s %s".formatted("callers", about.callers()));
        lines.add("%-10s [%s] %d of %d places"
                .formatted("load", bar(health.load()), health.activeTasks(), health.effectiveMaxConcurrent()));
        lines.add("%-10s %d answered, %d failed, %d refused, %.1f tokens/s"
                .formatted("tasks", done.get(), failed.get(), refused.get(), tokens.perSecond()));
        lines.add("%-10s %s".formatted("directory", directory(health, about)));
        return lines;
    }

    private static String models(NodeHealth health) {
        List<String> names = health.models();
        if (names.isEmpty()) {
            return "none yet; the engine does not answer or has none";
        }
        String more = names.size() > SHOWN_MODELS ? " and %d more".formatted(names.size() - SHOWN_MODELS) : "";
        return String.join(", ", names.subList(0, Math.min(SHOWN_MODELS, names.size()))) + more;
    }

    private static String bar(double load) {
        int full = (int) Math.round(load * BAR);
        return "#".repeat(full) + ".".repeat(BAR - full);
    }

    private String directory(NodeHealth health, ServeNotes about) {
        if (about.directory() == null) {
            return "none; who knows the address may call";
        }
        String where = String.valueOf(about.directory());
        String trouble = lost;
        if (trouble != null) {
            return where + " " + trouble;
        }
        if (!health.registered()) {
            return where + " does not list this node yet";
        }
        long last = heartbeat;
        return last < 0
                ? where + " lists this node"
                : "%s lists this node, heard from it %s ago"
                        .formatted(where, spoken(Duration.ofNanos(nanos.getAsLong() - last)));
    }

    /** Seconds are told in steps of ten: a figure that changes all the time draws the eye and says nothing. */
    private static String spoken(Duration time) {
        if (time.toHours() > 0) {
            return "%d h %d min".formatted(time.toHours(), time.toMinutesPart());
        }
        if (time.toMinutes() > 0) {
            return "%d min".formatted(time.toMinutes());
        }
        return time.toSeconds() < 10 ? "a moment" : "%d s".formatted(time.toSeconds() / 10 * 10);
    }

    private void erase(StringBuilder text) {
        if (!shown.isEmpty()) {
            text.append(UP.formatted(shown.size())).append('\r').append(CLEAR_BELOW);
        }
    }

    private void append(StringBuilder text, List<String> block) {
        if (!block.isEmpty()) {
            text.append(NO_WRAP);
            block.forEach(line -> text.append(line).append('\n'));
            text.append(WRAP);
        }
        shown = block;
    }

    private void print(StringBuilder text) {
        terminal.write(text.toString());
        terminal.flush();
    }

    @Override
    public void close() {
        refresh.shutdownNow();
        lock.lock();
        try {
            closed = true;
            shown = List.of();
        } finally {
            lock.unlock();
        }
    }
}
