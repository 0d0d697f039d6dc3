package network.iicp.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Takes bytes, and gives every line of them to someone. What the log writes goes above a status block this way. */
final class LinesAbove extends OutputStream {

    private final Consumer<String> lines;
    private final ReentrantLock lock = new ReentrantLock();
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

    LinesAbove(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void write(int b) {
        String line = null;
        lock.lock();
        try {
            if (b == '\n') {
                line = pending.toString(StandardCharsets.UTF_8).stripTrailing();
                pending.reset();
            } else {
                pending.write(b);
            }
        } finally {
            lock.unlock();
        }
        if (line != null) {
            lines.accept(line);
        }
    }
}
