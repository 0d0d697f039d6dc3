package network.iicp;

/** What is kept in memory, for tests that look whether it grows. */
public final class UsedHeap {

    private static final int COLLECTIONS = 5;

    private UsedHeap() {}

    /** Returns the bytes that are in use after a collection. */
    public static long bytes() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
