package network.iicp.samples.benchmarks.measure;

import java.util.List;

/**
 * Contenders that take turns: every round each makes a block of calls, one after the other, and each round begins with another one. The
 * first rounds warm up and do not count.
 */
public final class Contest {

    private final ByName<Call> contenders = new ByName<>();

    /** One call. */
    @FunctionalInterface
    public interface Call {
        /**
         * Makes it.
         *
         * @return what it took, in nanoseconds
         * @throws Exception if it failed; a failed call ends the contest
         */
        long run() throws Exception;
    }

    /** Adds a contender. */
    public Contest contender(String name, Call call) {
        contenders.put(name, call);
        return this;
    }

    /**
     * Takes turns.
     *
     * @param warmUp rounds that do not count
     * @param rounds rounds that count
     * @param block calls of each in a round
     * @return what each did, by name
     */
    public ByName<Series> run(int warmUp, int rounds, int block) throws Exception {
        ByName<Series> series = new ByName<>();
        contenders.names().forEach(name -> series.put(name, new Series(name)));
        List<String> order = contenders.names();
        for (int round = -warmUp; round < rounds; round++) {
            for (String name : order) {
                Samples samples = block(contenders.get(name), block);
                if (round >= 0) {
                    series.get(name).add(samples);
                }
            }
            order.add(order.remove(0));
        }
        return series;
    }

    private static Samples block(Call call, int block) throws Exception {
        Samples samples = new Samples();
        for (int i = 0; i < block; i++) {
            samples.add(call.run());
        }
        return samples;
    }
}
