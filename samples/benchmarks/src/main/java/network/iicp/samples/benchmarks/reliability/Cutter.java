package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import network.iicp.samples.benchmarks.load.RawMessage;
import network.iicp.samples.benchmarks.load.Relay;

/** Passes the answers of streams on up to a random byte, then does something bad; every fifth stream, and everything else, is spared. */
final class Cutter implements Relay.Answering {

    private static final int SPARED = 5;
    private static final int LONGEST = 9_000;

    private final Supplier<Random> randoms;
    private final Duration silence;
    private final Consumer<Bad> told;

    /** What happens at the cut. */
    enum Bad {
        /** The connection is closed. */
        CLOSE,
        /** The connection is reset. */
        RESET,
        /** Nothing more comes, for longer than the client waits. */
        STALL,
        /** What comes is random. */
        GARBAGE
    }

    Cutter(Supplier<Random> randoms, Duration silence, Consumer<Bad> told) {
        this.randoms = randoms;
        this.silence = silence;
        this.told = told;
    }

    @Override
    public void pass(RawMessage request, InputStream answer, Socket connection) throws IOException {
        Random random = randoms.get();
        OutputStream out = connection.getOutputStream();
        if (!request.path().contains("/events") || random.nextInt(SPARED) == 0) {
            answer.transferTo(out);
            return;
        }
        if (passUpTo(random.nextInt(LONGEST), answer, out)) {
            return;
        }
        Bad bad = Bad.values()[random.nextInt(Bad.values().length)];
        told.accept(bad);
        switch (bad) {
            case CLOSE -> connection.close();
            case RESET -> {
                connection.setSoLinger(true, 0);
                connection.close();
            }
            case STALL -> stall();
            case GARBAGE -> {
                byte[] noise = new byte[64 + random.nextInt(2_000)];
                random.nextBytes(noise);
                out.write(noise);
                out.flush();
            }
        }
    }

    /** @return whether the answer ended before */
    private static boolean passUpTo(int bytes, InputStream answer, OutputStream out) throws IOException {
        byte[] buffer = new byte[4_096];
        int left = bytes;
        while (left > 0) {
            int read = answer.read(buffer, 0, Math.min(left, buffer.length));
            if (read < 0) {
                return true;
            }
            out.write(buffer, 0, read);
            left -= read;
        }
        out.flush();
        return false;
    }

    private void stall() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(silence.multipliedBy(3).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the relay is closed", e);
        }
    }
}
