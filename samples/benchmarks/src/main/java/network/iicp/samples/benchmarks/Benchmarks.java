package network.iicp.samples.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import network.iicp.samples.benchmarks.consumer.ConsumerRun;
import network.iicp.samples.benchmarks.process.EngineRole;
import network.iicp.samples.benchmarks.process.MeshRole;
import network.iicp.samples.benchmarks.process.NodeRole;
import network.iicp.samples.benchmarks.provider.ProviderRun;
import network.iicp.samples.benchmarks.provider.SoakRun;
import network.iicp.samples.benchmarks.reliability.CutStreamsRun;
import network.iicp.samples.benchmarks.reliability.NoLostCallRun;
import network.iicp.samples.benchmarks.reliability.ProviderFaultsRun;

/** The command line: {@code java -jar iicp-benchmarks.jar <run> [--option value ...]}. */
public final class Benchmarks {

    private static final List<Run> RUNS = List.of(
            new ConsumerRun(),
            new ProviderRun(),
            new SoakRun(),
            new NoLostCallRun(),
            new CutStreamsRun(),
            new ProviderFaultsRun());

    /** Started by runs, not by people. */
    private static final List<Run> ROLES = List.of(new EngineRole(), new MeshRole(), new NodeRole());

    private Benchmarks() {}

    /**
     * Runs and exits: 0 when all went as it should, 1 when a promise did not hold, 2 for a wrong command line.
     *
     * @param args the run and its options
     */
    public static void main(String[] args) {
        System.exit(run(List.of(args), System.out, System.err));
    }

    static int run(List<String> words, PrintStream out, PrintStream err) {
        if (words.isEmpty() || words.get(0).equals("--help")) {
            usage(out);
            return 0;
        }
        List<String> rest = words.subList(1, words.size());
        try {
            if (words.get(0).equals("jmh")) {
                org.openjdk.jmh.Main.main(rest.toArray(String[]::new));
                return 0;
            }
            Run run = find(words.get(0));
            return run.run(Arguments.parse(rest, run.options()), out);
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return 2;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (IOException e) {
            err.println("the run could not go on: " + e);
            return 1;
        } catch (Exception e) {
            e.printStackTrace(err);
            return 1;
        }
    }

    private static Run find(String name) {
        for (List<Run> some : Arrays.asList(RUNS, ROLES)) {
            for (Run run : some) {
                if (run.name().equals(name)) {
                    return run;
                }
            }
        }
        throw new IllegalArgumentException("%s is no run; known: %s, jmh"
                .formatted(name, String.join(", ", RUNS.stream().map(Run::name).toList())));
    }

    private static void usage(PrintStream out) {
        out.println("java -jar iicp-benchmarks.jar <run> [--option value ...]");
        for (Run run : RUNS) {
            out.println();
            out.println(run.name() + ": " + run.summary());
            run.options()
                    .forEach(option -> out.println("    --%s  %s%s"
                            .formatted(
                                    option.name(),
                                    option.meaning(),
                                    option.standard().isEmpty() ? "" : "; default " + option.standard())));
        }
        out.println();
        out.println("jmh: the micro benchmarks; takes the options of JMH");
    }
}
