package network.iicp.samples.benchmarks;

import java.io.PrintStream;
import java.util.List;

/** One kind of run. */
public interface Run {

    /** Returns the word that names it on the command line. */
    String name();

    /** Returns what it does, in one line. */
    String summary();

    /** Returns the options it knows, each with its meaning and default. */
    List<Arguments.Option> options();

    /**
     * Runs.
     *
     * @param arguments the options given
     * @param out where the report goes, as Markdown
     * @return the exit code: 0, or 1 when what the run promises did not hold
     * @throws Exception if it could not be run at all
     */
    int run(Arguments arguments, PrintStream out) throws Exception;
}
