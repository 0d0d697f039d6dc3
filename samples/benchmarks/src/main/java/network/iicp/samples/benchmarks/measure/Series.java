package network.iicp.samples.benchmarks.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * What one contender did in each round. Not thread-safe.
 */
public final class Series {

    private final String name;
    private final List<Samples> rounds = new ArrayList<>();

    /** Begins a series. */
    public Series(String name) {
        this.name = name;
    }

    /** Returns the contender. */
    public String name() {
        return name;
    }

    /** Adds a round. */
    public void add(Samples round) {
        rounds.add(round);
    }

    /** Returns a percentile of every round, in milliseconds. */
    public List<Double> millis(double share) {
        return rounds.stream().map(round -> round.millis(share)).toList();
    }

    /** Returns the median over the rounds of a percentile, in milliseconds. */
    public double median(double share) {
        return Median.of(millis(share));
    }

    /** Returns the median of the ratios of a percentile, round by round. */
    public double ratio(double share, Series base) {
        return Median.ofRatios(millis(share), base.millis(share));
    }

    /** Returns how many calls there were. */
    public long calls() {
        return rounds.stream().mapToLong(Samples::count).sum();
    }
}
