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
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    /** The limit of a process for its files does what a full disk does: the file can be made and not be written. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void a_disk_that_is_full_is_told_and_leaves_neither_half_a_key_nor_rubbish(@TempDir Path directory)
            throws Exception {
        Path existing = directory.resolve("cx").resolve("old.json");
        String kept = ConfidentialityKeyFile.loadOrCreate(existing, new SecureRandom())
                .get(0)
                .keyId();
        List<String> java = command(Rotator.class, "-XX:-UsePerfData", directory);
        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"));
        limited.addAll(java);
        Process process = new ProcessBuilder(limited)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            List<String> lines = process.inputReader(UTF_8).lines().toList();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("ConfigurationException"));
            assertThat(lines.get(0)).contains("new.json");
            assertThat(lines.get(1)).contains("old.json");
        } finally {
            process.destroyForcibly();
        }
        try (Stream<Path> files = Files.list(directory.resolve("cx"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly("old.json");
        }
        assertThat(ConfidentialityKeyFile.loadOrCreate(existing, new SecureRandom()))
                .singleElement()
                .satisfies(key -> assertThat(key.keyId()).isEqualTo(kept));
        assertThat(ConfidentialityKeyFile.loadOrCreate(directory.resolve("cx").resolve("new.json"), new SecureRandom()))
                .as("with room again")
                .hasSize(1);
    }

    private static List<String> command(Class<?> main, String option, Path directory) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                directory.toString());
    }

    private static Process start(Path directory) throws IOException {
        return new ProcessBuilder(command(Racer.class, "-Xmx64m", directory))
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

    /** Tries to make a key and to replace one, and prints what came of it in two lines. */
    static final class Rotator {

        private Rotator() {}

        public static void main(String[] arguments) {
            Path folder = Path.of(arguments[0], "cx");
            attempt(() -> ConfidentialityKeyFile.loadOrCreate(folder.resolve("new.json"), new SecureRandom()));
            attempt(() -> ConfidentialityKeyFile.rotate(folder.resolve("old.json"), new SecureRandom()));
        }

        private static void attempt(Runnable action) {
            try {
                action.run();
                System.out.println("done");
            } catch (RuntimeException e) {
                System.out.println(
                        e.getClass().getSimpleName() + " " + e.getMessage().replace('\n', ' '));
            }
        }
    }
}
