package network.iicp.samples.benchmarks.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import network.iicp.json.Json;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.samples.benchmarks.load.Load;
import network.iicp.samples.benchmarks.load.Tasks;
import network.iicp.samples.benchmarks.measure.ByName;
import network.iicp.samples.benchmarks.measure.Median;
import org.jspecify.annotations.Nullable;

/**
 * One kind of load on every contender, in turns: the first turn of each warms up and does not count.
 *
 * @param connections how many
 * @param keepAlive whether they are used again
 * @param encrypted whether tasks are sealed
 */
record Cell(int connections, boolean keepAlive, boolean encrypted) {

    private static final int LEAST_SEALED = 200;

    /**
     * One turn.
     *
     * @param perSecond tasks in a second
     * @param p50 ms
     * @param p99 ms
     * @param cpuMicros processor time of the contender's process for each task, µs
     * @param failures tasks that failed
     * @param firstFailure what the first one failed with
     */
    record Turn(double perSecond, double p50, double p99, double cpuMicros, long failures, String firstFailure) {}

    /** What every contender did. */
    static final class Results {

        private final ByName<List<Turn>> turns = new ByName<>();

        double median(String name, ToDoubleFunction<Turn> value) {
            return Median.of(values(name, value));
        }

        double ratio(String name, String base, ToDoubleFunction<Turn> value) {
            return Median.ofRatios(values(name, value), values(base, value));
        }

        boolean has(String name) {
            return turns.has(name);
        }

        long failures(String name) {
            return turns.get(name).stream().mapToLong(Turn::failures).sum();
        }

        String firstFailure(String name) {
            return turns.get(name).stream()
                    .map(Turn::firstFailure)
                    .filter(text -> !text.isEmpty())
                    .findFirst()
                    .orElse("");
        }

        private List<Double> values(String name, ToDoubleFunction<Turn> value) {
            return turns.get(name).stream().map(value::applyAsDouble).toList();
        }
    }

    Results run(List<Contender> contenders, int turns, Duration length) throws Exception {
        Results results = new Results();
        List<Contender> order = new ArrayList<>(
                contenders.stream().filter(one -> one.isNode() || !encrypted).toList());
        Map<String, Double> rates = new HashMap<>();
        order.forEach(one -> results.turns.put(one.name(), new ArrayList<>()));
        for (int turn = -1; turn < turns; turn++) {
            for (Contender one : order) {
                Turn done = turn(one, length, rates.getOrDefault(one.name(), 0.0));
                rates.put(one.name(), done.perSecond());
                if (turn >= 0) {
                    results.turns.get(one.name()).add(done);
                }
            }
            order.add(order.remove(0));
        }
        return results;
    }

    private Turn turn(Contender one, Duration length, double rate) throws Exception {
        // Half as many again as the last turn used, so that the supply lasts.
        int sealed = (int) Math.max(LEAST_SEALED, 1.5 * rate * length.toSeconds());
        Supplier<byte[]> bodies = bodies(one.key(), sealed);
        String expected = encrypted ? "iicp_conf_resp" : "machine that can serve it now";
        Duration before = one.process().cpu();
        Load.Done done = new Load(one.target(), connections, keepAlive, expected).run(bodies, length);
        double cpu = one.process().cpu().minus(before).toNanos() / 1e3;
        if (done.samples().count() == 0) {
            throw new IllegalStateException("%s answered nothing: %s".formatted(one.name(), done.firstFailure()));
        }
        return new Turn(
                done.perSecond(),
                done.samples().millis(0.5),
                done.samples().millis(0.99),
                cpu / done.samples().count(),
                done.failures(),
                done.firstFailure());
    }

    private Supplier<byte[]> bodies(@Nullable ConfidentialityKey key, int sealed) throws Exception {
        if (key == null) {
            byte[] chat = Json.bytes(ChatCodec.encode(ChatRequest.of("Which machine answers?")));
            return () -> chat;
        }
        return encrypted ? Tasks.sealed(key, sealed) : Tasks.inClear();
    }
}
