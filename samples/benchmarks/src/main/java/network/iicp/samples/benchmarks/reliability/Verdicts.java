package network.iicp.samples.benchmarks.reliability;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatResult;

/** Counts how streams ended. Thread-safe. */
final class Verdicts {

    private static final int MOST_EXAMPLES = 5;

    private final Counts<Kind> counts = new Counts<>(Kind.class);
    private final Counts<Cutter.Bad> cuts = new Counts<>(Cutter.Bad.class);
    private final Queue<String> examples = new ConcurrentLinkedQueue<>();

    /** How a stream ended. */
    enum Kind {
        /** The whole text. */
        COMPLETE("ended well, with the whole text", true),
        /** Told as interrupted, with the beginning of the text. */
        INTERRUPTED("ended in an error that holds the text so far", true),
        /** Failed without any text. */
        FAILED("failed before the first character", true),
        /** Characters twice, or others than those sent. */
        WRONG_TEXT("characters twice or wrong", false),
        /** Ended as if well, but something is missing. */
        TRUNCATED("truncated in silence", false),
        /** The error does not hold what was delivered. */
        WRONG_ERROR("the error does not hold what was delivered", false),
        /** No end, or more than one. */
        WRONG_END("not exactly one end", false);

        private final String words;
        private final boolean good;

        Kind(String words, boolean good) {
            this.words = words;
            this.good = good;
        }

        String words() {
            return words;
        }
    }

    /**
     * One stream.
     *
     * @param kind how it ended
     * @param detail what to look at when that is bad
     */
    record Verdict(Kind kind, String detail) {}

    static Verdict judge(String sent, Listener listener) {
        String got = listener.delivered();
        if (!sent.startsWith(got)) {
            return new Verdict(Kind.WRONG_TEXT, "got " + got + " of " + sent);
        }
        if (listener.ends() != 1) {
            return new Verdict(Kind.WRONG_END, listener.ends() + " ends");
        }
        Throwable fault = listener.fault();
        ChatResult result = listener.result();
        if (fault == null) {
            boolean whole = got.equals(sent) && result != null && result.text().equals(sent);
            return new Verdict(whole ? Kind.COMPLETE : Kind.TRUNCATED, "got " + got + " of " + sent);
        }
        if (got.isEmpty()) {
            return new Verdict(Kind.FAILED, fault.toString());
        }
        boolean holds = fault instanceof StreamInterruptedException interrupted
                && interrupted.textSoFar().equals(got);
        return new Verdict(holds ? Kind.INTERRUPTED : Kind.WRONG_ERROR, fault.toString());
    }

    void add(Verdict verdict) {
        counts.add(verdict.kind());
        if ((!verdict.kind().good || verdict.kind() == Kind.FAILED) && examples.size() < MOST_EXAMPLES) {
            examples.add(verdict.kind() + ": " + verdict.detail());
        }
    }

    void cut(Cutter.Bad bad) {
        cuts.add(bad);
    }

    long count(Kind kind) {
        return counts.of(kind);
    }

    String cuts() {
        return cuts.toString();
    }

    long broken() {
        return Arrays.stream(Kind.values())
                .filter(kind -> !kind.good)
                .mapToLong(counts::of)
                .sum();
    }

    void print(PrintStream out) {
        examples.forEach(out::println);
    }
}
