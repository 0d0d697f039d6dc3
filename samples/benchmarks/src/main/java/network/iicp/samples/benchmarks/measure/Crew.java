package network.iicp.samples.benchmarks.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several threads that call, each one call after the other, for a while. */
public final class Crew {

    private Crew() {}

    /** Makes the calls of one worker. */
    @FunctionalInterface
    public interface Hiring {
        /**
         * Returns the call of a worker.
         *
         * @param worker its number, from 0
         */
        Contest.Call call(int worker) throws Exception;
    }

    /**
     * What a crew did.
     *
     * @param samples times of the calls that succeeded
     * @param failures calls that failed
     * @param firstFailure what the first one failed with; empty when none did
     * @param seconds how long it worked
     */
    public record Volume(Samples samples, long failures, String firstFailure, double seconds) {

        /** Returns calls in a second. */
        public double perSecond() {
            return samples.count() / seconds;
        }
    }

    /**
     * Lets a crew work.
     *
     * @param workers how many threads
     * @param duration when to stop beginning new calls
     * @param hiring the call of each worker
     */
    public static Volume work(int workers, Duration duration, Hiring hiring) throws Exception {
        List<Contest.Call> calls = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            calls.add(hiring.call(i));
        }
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        try {
            long start = System.nanoTime();
            long end = start + duration.toNanos();
            List<Future<Volume>> all = new ArrayList<>();
            for (Contest.Call call : calls) {
                all.add(threads.submit(() -> until(end, call)));
            }
            return together(all, start);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Volume until(long end, Contest.Call call) {
        Samples samples = new Samples();
        long failures = 0;
        String first = "";
        while (System.nanoTime() - end < 0) {
            try {
                samples.add(call.run());
            } catch (Exception e) {
                if (failures++ == 0) {
                    first = e.toString();
                }
            }
        }
        return new Volume(samples, failures, first, 0);
    }

    private static Volume together(List<Future<Volume>> all, long start)
            throws InterruptedException, ExecutionException {
        Samples samples = new Samples();
        long failures = 0;
        String first = "";
        for (Future<Volume> one : all) {
            Volume volume = one.get();
            samples.addAll(volume.samples());
            failures += volume.failures();
            first = first.isEmpty() ? volume.firstFailure() : first;
        }
        return new Volume(samples, failures, first, (System.nanoTime() - start) / 1e9);
    }
}
