package network.iicp.samples.benchmarks.consumer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import network.iicp.samples.benchmarks.measure.ByName;

/** Contenders that take turns at calling as fast as they can. The first turn of each warms up and does not count. */
final class Turns {

    private final ByName<List<Done>> done = new ByName<>();

    /** One turn. */
    @FunctionalInterface
    interface Turn {
        Done take() throws Exception;
    }

    /**
     * What a turn brought.
     *
     * @param perSecond calls in a second
     * @param p50 median, ms
     * @param p99 99th percentile, ms
     * @param cpuMicros processor time of the caller's process for each call, µs
     * @param allocatedKib memory allocated by it for each call, KiB; not a number where that is not known
     * @param failures calls that failed
     */
    record Done(double perSecond, double p50, double p99, double cpuMicros, double allocatedKib, long failures) {}

    private Turns() {}

    static Turns take(ByName<Turn> contenders, int turns) throws Exception {
        Turns all = new Turns();
        List<String> order = contenders.names();
        order.forEach(name -> all.done.put(name, new ArrayList<>()));
        for (int turn = -1; turn < turns; turn++) {
            for (String name : order) {
                Done one = contenders.get(name).take();
                if (turn >= 0) {
                    all.done.get(name).add(one);
                }
            }
            order.add(order.remove(0));
        }
        return all;
    }

    List<Double> perSecond(String name) {
        return values(name, Done::perSecond);
    }

    List<Double> values(String name, ToDoubleFunction<Done> value) {
        return done.get(name).stream().map(value::applyAsDouble).toList();
    }

    long failures(String name) {
        return done.get(name).stream().mapToLong(Done::failures).sum();
    }
}
