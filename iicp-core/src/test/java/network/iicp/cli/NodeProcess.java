package network.iicp.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** The packaged command in a process of its own. */
final class NodeProcess implements AutoCloseable {

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final List<Thread> readers = new ArrayList<>();

    private NodeProcess(Process process) {
        this.process = process;
        readers.add(read(process.getInputStream(), out));
        readers.add(read(process.getErrorStream(), err));
    }

    static NodeProcess start(Path home, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-jar",
                System.getProperty("iicp.node.jar", "iicp.node.jar is not set")));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("IICP_"));
        builder.environment().put("IICP_HOME", home.toString());
        try {
            return new NodeProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Thread read(java.io.InputStream stream, List<String> lines) {
        Thread thread = new Thread(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                String line = reader.readLine();
                while (line != null) {
                    lines.add(line);
                    line = reader.readLine();
                }
            } catch (IOException e) {
                lines.add("(stream closed: " + e.getMessage() + ")");
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Waits for a line of standard output and returns it. */
    String awaitLine(Predicate<String> wanted) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .failFast(
                        "the process ended: " + err,
                        () -> !process.isAlive() && out.stream().noneMatch(wanted))
                .until(() -> out.stream().anyMatch(wanted));
        return out.stream().filter(wanted).findFirst().orElseThrow();
    }

    /** Waits for the end and returns the exit code. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end; it said " + out + err);
        }
        for (Thread reader : readers) {
            reader.join(5_000);
        }
        return process.exitValue();
    }

    List<String> out() {
        return out;
    }

    List<String> err() {
        return err;
    }

    /** Ends the process as the operating system does when memory is short: without a chance to say goodbye. */
    void kill() {
        process.destroyForcibly();
    }

    /** Asks the process to end, as Ctrl-C or a service manager does. */
    void terminate() {
        process.toHandle().destroy(); // unlike process.destroy() it leaves the output readable
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
