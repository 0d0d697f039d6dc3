package network.iicp.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the life of a node to {@code events.jsonl}: start, registration, heartbeats, drain, stop, one line each, see {@link EventRecord}.
 * Single tasks are not written. A file of {@value #MAX_BYTES} bytes is moved to {@code events.jsonl.1}, the one before to {@code .2} and
 * {@code .3}; older ones go. A disk that is full, or a folder that is gone, costs lines and is told once; the node serves on.
 * Thread-safe; lines are written by a thread of its own.
 */
final class EventJournal implements NodeListener, AutoCloseable {

    static final String FILE = "events.jsonl";
    static final long MAX_BYTES = 10L * 1024 * 1024;

    private static final Logger log = LoggerFactory.getLogger(EventJournal.class);
    private static final int KEPT = 3;
    private static final int MOST_WAITING = 1000;
    private static final Duration LAST_LINES = Duration.ofSeconds(2);

    private final Path folder;
    private final String nodeId;
    private final Clock clock;
    private final long maxBytes;
    private final ThreadPoolExecutor writer;
    // Used by the writing thread only.
    private boolean failed;

    EventJournal(Path folder, String nodeId, Clock clock, ThreadFactory threads) {
        this(folder, nodeId, clock, threads, MAX_BYTES);
    }

    EventJournal(Path folder, String nodeId, Clock clock, ThreadFactory threads, long maxBytes) {
        this.folder = folder;
        this.nodeId = nodeId;
        this.clock = clock;
        this.maxBytes = maxBytes;
        // A disk that hangs must not hold up tasks, nor fill the memory: lines that find no place are dropped.
        this.writer = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                threads,
                new ThreadPoolExecutor.DiscardPolicy());
    }

    @Override
    public void onEvent(NodeEvent event) {
        if (event instanceof NodeEvent.TaskEnded || event instanceof NodeEvent.TaskRefused) {
            return;
        }
        EventRecord.of(event, nodeId, clock.instant()).ifPresent(record -> writer.execute(() -> write(record)));
    }

    private void write(EventRecord record) {
        byte[] line = (record.line() + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(FILE);
        try {
            Files.createDirectories(folder);
            if (Files.exists(file) && Files.size(file) + line.length > maxBytes) {
                rotate(file);
            }
            Files.write(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            failed = false;
        } catch (IOException | UncheckedIOException e) {
            if (!failed) {
                failed = true;
                log.warn("the event log {} cannot be written, the node serves on: {}", FILE, e.toString());
            }
        }
    }

    private void rotate(Path file) throws IOException {
        for (int i = KEPT; i > 0; i--) {
            Path from = i == 1 ? file : folder.resolve(FILE + "." + (i - 1));
            if (Files.exists(from)) {
                Files.move(from, folder.resolve(FILE + "." + i), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Writes what is waiting, for at most 2 s. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(LAST_LINES.toMillis(), TimeUnit.MILLISECONDS)) {
                writer.shutdownNow();
            }
        } catch (InterruptedException e) {
            writer.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
