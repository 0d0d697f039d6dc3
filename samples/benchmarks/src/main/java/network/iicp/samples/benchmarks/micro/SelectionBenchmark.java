package network.iicp.samples.benchmarks.micro;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import network.iicp.client.selection.CandidateFilter;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.client.selection.NodeBreakers;
import network.iicp.client.selection.NodeRecords;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From the nodes a directory named to the one that is asked first. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SelectionBenchmark {

    private static final CandidateFilter.Wanted ANY =
            new CandidateFilter.Wanted(null, null, false, null, null, RoutingPolicy.STANDARD, true);

    /** How many nodes the directory named. */
    @Param({"3", "20"})
    private int nodes;

    private final CandidateFilter filter =
            new CandidateFilter(EndpointGuard.of(EndpointScope.LOCAL, List.of()), Clock.systemUTC());
    private final CandidateOrder order = new CandidateOrder(
            RoutingStrategy.EPSILON,
            CandidateOrder.DEFAULT_EPSILON,
            CandidateOrder.DEFAULT_TOP_K,
            CandidateOrder.DEFAULT_TEMPERATURE,
            Fixtures.random(),
            new NodeRecords(System::nanoTime));
    private final NodeBreakers breakers = new NodeBreakers(Clock.systemUTC());
    private List<NodeDescriptor> known = List.of();

    /** Makes the nodes. */
    @Setup
    public void prepare() {
        known = Fixtures.nodes(nodes);
    }

    /** Leaves out what may not be used. */
    @Benchmark
    public List<NodeDescriptor> filter() {
        return known.stream()
                .filter(node -> filter.rejection(node, ANY).isEmpty())
                .toList();
    }

    /** Orders what is left. */
    @Benchmark
    public List<NodeDescriptor> order() {
        return order.order(known).nodes();
    }

    /** Asks the breaker of a node, and gives the permit back. */
    @Benchmark
    public boolean breaker() {
        String id = known.get(0).id();
        boolean allowed = breakers.tryAcquire(id);
        breakers.released(id);
        return allowed;
    }
}
