package network.iicp.samples.benchmarks.measure;

import java.util.List;

/** The middle of a few values, and of the ratios of pairs of them. */
public final class Median {

    private Median() {}

    /**
     * Returns the middle value, or the mean of the two in the middle.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static double of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no values");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * Returns the median of the ratios of values taken in the same round. Rounds lie close together in time, so what disturbs the
     * machine for longer than a round disturbs both sides of a ratio.
     *
     * @param values one per round
     * @param base the other side, one per round
     */
    public static double ofRatios(List<Double> values, List<Double> base) {
        if (values.size() != base.size()) {
            throw new IllegalArgumentException("%d rounds against %d".formatted(values.size(), base.size()));
        }
        return of(java.util.stream.IntStream.range(0, values.size())
                .mapToObj(i -> values.get(i) / base.get(i))
                .toList());
    }
}
