package network.iicp.samples.benchmarks.measure;

import java.util.Arrays;

/** Times of one series of calls, in nanoseconds. Every value is kept, so percentiles are exact. Not thread-safe. */
public final class Samples {

    private long[] values = new long[1024];
    private int count;
    private boolean sorted;

    /** Adds a time. */
    public void add(long nanos) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = nanos;
        sorted = false;
    }

    /** Adds all times of another series. */
    public void addAll(Samples other) {
        for (int i = 0; i < other.count; i++) {
            add(other.values[i]);
        }
    }

    /** Returns how many there are. */
    public int count() {
        return count;
    }

    /**
     * Returns the smallest time that so many of all are not above (nearest rank).
     *
     * @param share 0 to 1; 0.5 is the median
     * @throws IllegalStateException if there are none
     */
    public double millis(double share) {
        if (count == 0) {
            throw new IllegalStateException("no call was measured");
        }
        if (!sorted) {
            Arrays.sort(values, 0, count);
            sorted = true;
        }
        int rank = (int) Math.ceil(share * count);
        return values[Math.max(0, Math.min(count, rank) - 1)] / 1e6;
    }
}
