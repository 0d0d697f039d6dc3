package network.iicp.samples.benchmarks.process;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import network.iicp.json.JsonObject;

/**
 * What a Java process has used so far.
 *
 * @param cpuNanos time of the processors, all threads
 * @param allocatedBytes bytes allocated by the threads that live now; platform threads, whatever runs on them
 * @param heapBytes heap in use; only just after a collection does it say what is needed
 * @param threads threads that live now
 * @param openFiles open files and sockets, or -1 where that is not known
 */
public record ProcessFacts(long cpuNanos, long allocatedBytes, long heapBytes, int threads, long openFiles) {

    /** Returns the facts of this process. */
    public static ProcessFacts now() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long allocated = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(0, bytes);
        }
        return new ProcessFacts(
                system.getProcessCpuTime(),
                allocated,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                threads.getThreadCount(),
                system instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : -1);
    }

    /** Returns the facts after a full collection, so that the heap is what is really held. */
    public static ProcessFacts afterCollection() {
        ManagementFactory.getMemoryMXBean().gc();
        return now();
    }

    Map<String, Object> toJson() {
        return Map.of(
                "cpu_ns", cpuNanos,
                "allocated", allocatedBytes,
                "heap", heapBytes,
                "threads", threads,
                "files", openFiles);
    }

    static ProcessFacts of(JsonObject json) {
        return new ProcessFacts(
                json.optionalLong("cpu_ns").orElse(0),
                json.optionalLong("allocated").orElse(0),
                json.optionalLong("heap").orElse(0),
                json.integer("threads"),
                json.optionalLong("files").orElse(-1));
    }
}
