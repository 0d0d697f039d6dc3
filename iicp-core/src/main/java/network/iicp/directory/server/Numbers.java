package network.iicp.directory.server;

/** Numbers as the deployed directories print them: whole values without a fraction, others in at most four decimals. */
final class Numbers {

    private static final double DECIMALS = 10_000;

    private Numbers() {}

    static Number plain(double value) {
        double rounded = Math.round(value * DECIMALS) / DECIMALS;
        if (rounded == Math.rint(rounded)) {
            return (long) rounded;
        }
        return rounded;
    }
}
