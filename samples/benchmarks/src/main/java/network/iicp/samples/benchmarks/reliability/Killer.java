package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Kills nodes, at random, and starts them again at once. Another one is killed as soon as at least two serve, so that most of the time one
 * or two of three are away and one is left. From a third of the run to two thirds, the directory is away too.
 */
final class Killer implements AutoCloseable {

    private static final int LONGEST_PAUSE_MILLIS = 1_500;

    private final Victims victims;
    private final Random random;
    private final Duration length;
    private final AtomicLong kills = new AtomicLong();
    private final AtomicLong directoryAwayMillis = new AtomicLong();
    private @Nullable Thread thread;

    Killer(Victims victims, int seed, Duration length) {
        this.victims = victims;
        this.random = new Random(seed);
        this.length = length;
    }

    void begin() {
        thread = new Thread(this::kill, "killer");
        thread.start();
    }

    private void kill() {
        long start = System.nanoTime();
        boolean away = false;
        boolean back = false;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                long passed = System.nanoTime() - start;
                if (!away && passed > length.toNanos() / 3) {
                    victims.killDirectory();
                    away = true;
                } else if (away && !back && passed > length.toNanos() * 2 / 3) {
                    victims.startDirectory();
                    back = true;
                    directoryAwayMillis.set((passed - length.toNanos() / 3) / 1_000_000);
                }
                killOne();
                TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void killOne() throws IOException {
        int[] serving =
                IntStream.range(0, Victims.NODES).filter(victims::serves).toArray();
        if (serving.length < 2) {
            return;
        }
        int victim = serving[random.nextInt(serving.length)];
        victims.killNode(victim);
        victims.startNode(victim);
        kills.incrementAndGet();
    }

    long kills() {
        return kills.get();
    }

    Duration directoryAway() {
        return Duration.ofMillis(directoryAwayMillis.get());
    }

    @Override
    public void close() {
        end();
    }

    /** Stops killing. */
    void end() {
        Thread running = thread;
        if (running == null) {
            return;
        }
        running.interrupt();
        try {
            running.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
