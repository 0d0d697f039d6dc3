package network.iicp.samples.benchmarks.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.samples.benchmarks.Benchmarks;

/**
 * Another process of a run. Its standard output is read line by line; its standard error goes to a file of the run. Closing it ends the
 * process, at once. Not thread-safe.
 */
public final class Peer implements AutoCloseable {

    private static final String END = "\u0000end";

    private final String name;
    private final Process process;
    private final Writer input;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Peer(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a program.
     *
     * @param name what it is called in messages and in the name of its log
     * @param logs where its standard error goes
     * @param environment variables set on top of ours; ours that begin with {@code IICP_} are not passed on
     * @param command the program and its arguments
     * @throws IOException if it cannot be started
     */
    public static Peer start(String name, Path logs, Map<String, String> environment, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("IICP_"));
        builder.environment().putAll(environment);
        File log = Files.createTempFile(logs, name, ".log").toFile();
        builder.redirectError(log);
        return new Peer(name, builder.start());
    }

    /**
     * Starts a role of this jar.
     *
     * @param logs where its standard error goes
     * @param heapMib its largest heap, MiB
     * @param role the role and its options
     */
    public static Peer role(Path logs, int heapMib, String... role) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMib + "m",
                "-cp",
                System.getProperty("java.class.path"),
                Benchmarks.class.getName()));
        command.addAll(List.of(role));
        return start(role[0], logs, Map.of(), command);
    }

    private void read() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("the output of " + name + " broke off: " + e.getMessage());
        } finally {
            lines.add(END);
        }
    }

    /**
     * Waits for the next line that is a JSON object; others are passed over.
     *
     * @throws IOException if the process ends or is silent before
     */
    public JsonObject answer(Duration limit) throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null || line.equals(END)) {
                throw new IOException("%s %s; see its log".formatted(name, line == null ? "is silent" : "has ended"));
            }
            if (line.startsWith("{")) {
                return JsonObject.of(Json.parseObject(line, JsonLimits.DEFAULT));
            }
        }
    }

    /** Sends a line and waits for the answer to it. */
    public JsonObject ask(String line, Duration limit) throws IOException, InterruptedException {
        input.write(line + "\n");
        input.flush();
        return answer(limit);
    }

    /** Returns what a role of this jar has used so far. */
    public ProcessFacts facts(boolean afterCollection) throws IOException, InterruptedException {
        return ProcessFacts.of(ask(afterCollection ? "collect" : "facts", Duration.ofSeconds(30)));
    }

    /** Returns the time of the processors that the process has used, its children not included. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns the memory the process holds, as Linux counts it, in KiB; -1 where that is not known. */
    public long residentKib() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> line.replaceAll("\\D", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(-1);
    }

    /** Returns whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends the process at once, as with SIGKILL, and waits until it is gone. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Returns a port of the loopback address that is free now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
