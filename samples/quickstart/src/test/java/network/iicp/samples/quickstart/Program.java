package network.iicp.samples.quickstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A run of the quickstart as a process of its own, to its end.
 *
 * @param exitCode what it returned
 * @param output what it wrote to standard output, by line
 * @param errors what it wrote to standard error
 */
record Program(int exitCode, List<String> output, String errors) {

    private static final long LIMIT_SECONDS = 120;

    static Program run(Path folder, String... arguments) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                QuickstartApplication.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        // As a machine without settings has it: what the program prints must not depend on it.
        builder.environment().keySet().removeIf(name -> name.startsWith("IICP_") || name.startsWith("LC_"));
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the quickstart did not end within " + LIMIT_SECONDS + " s: " + read(output));
            }
        } finally {
            process.destroyForcibly();
        }
        return new Program(process.exitValue(), read(output).lines().toList(), read(errors));
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /** Returns the lines that tell of steps, without what differs from run to run. */
    List<String> steps() {
        return output.stream()
                .filter(line ->
                        line.matches(" {5}(leave out|(discover|select|submit|stream|fail|answer|\\(stop\\)) ) .*"))
                .map(line -> line.strip()
                        .replaceAll(" {2,}", " ")
                        .replaceAll("[0-9.]+ (ms|s)$", "N ms")
                        .replaceAll("[0-9.]+ (ms|s):", "N ms:"))
                .toList();
    }
}
