package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several Java processes that find no key file at the same time. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyFileProcessesIT {

    private static final int PROCESSES = 4;

    @Test
    void processes_that_start_together_get_the_same_keys(@TempDir Path directory) throws Exception {
        List<Process> processes = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                processes.add(start(directory));
            }
            for (Process process : processes) {
                // Everybody is up and waits for this line, so that the race is a real one.
                assertThat(process.inputReader(UTF_8).readLine()).isEqualTo("ready");
            }
            for (Process process : processes) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
            }
            Set<String> keys = new HashSet<>();
            for (Process process : processes) {
                keys.add(process.inputReader(UTF_8).readLine());
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            }
            assertThat(keys).hasSize(1).allMatch(line -> line.startsWith("cx-"));
        } finally {
            processes.forEach(Process::destroyForcibly);
        }

        try (Stream<Path> files = Files.list(directory.resolve("cx"))) {
            assertThat(files).hasSize(20);
        }
    }

    private static Process start(Path directory) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Racer.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Makes twenty keys, one after the other, and prints their names in one line. */
    static final class Racer {

        private Racer() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println("ready");
            if (System.in.read() != '\n') {
                return;
            }
            StringBuilder names = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                Path file = Path.of(arguments[0], "cx", i + ".json");
                names.append(ConfidentialityKeyFile.loadOrCreate(file, new SecureRandom())
                        .get(0)
                        .keyId());
            }
            System.out.println(names);
        }
    }
}
