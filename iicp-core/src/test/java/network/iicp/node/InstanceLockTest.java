package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InstanceLockTest {

    private static final String OWN = Long.toString(ProcessHandle.current().pid());

    @TempDir
    private Path folder;

    private Path pid(String node) {
        return folder.resolve(node + ".pid");
    }

    @Test
    void a_lock_names_its_process_and_is_given_back() throws Exception {
        try (InstanceLock lock = InstanceLock.take(folder, "node-1", false)) {
            assertThat(lock).isNotNull();
            assertThat(Files.readString(pid("node-1"))).isEqualTo(OWN);
        }

        assertThat(pid("node-1")).doesNotExist();
        InstanceLock.take(folder, "node-1", false).close();
    }

    @Test
    void a_second_node_of_the_same_process_is_refused_and_another_one_is_not() {
        try (InstanceLock lock = InstanceLock.take(folder, "node-1", false);
                InstanceLock other = InstanceLock.take(folder, "node-2", false)) {
            assertThat(lock).isNotSameAs(other);
            assertThatThrownBy(() -> InstanceLock.take(folder, "node-1", false))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("node-1")
                    .hasMessageContaining("another node of this process");
        }
    }

    @Test
    void a_living_process_that_has_no_lock_of_ours_is_respected_and_can_be_taken_over_from() throws Exception {
        Process official = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx16m",
                        "-version")
                .redirectErrorStream(true)
                .start();
        // The process waits at the full pipe of nobody, or ends: what counts is the one that surely lives, our parent's
        // child.
        assertThat(official.waitFor(60, TimeUnit.SECONDS)).isTrue();
        Files.writeString(pid("node-1"), Long.toString(official.pid()));
        InstanceLock.take(folder, "node-1", false).close();
        assertThat(pid("node-1"))
                .as("the file of a process that has ended is replaced")
                .doesNotExist();

        long living = ProcessHandle.current().parent().map(ProcessHandle::pid).orElseThrow();
        Files.writeString(pid("node-1"), living + "\n");
        assertThatThrownBy(() -> InstanceLock.take(folder, "node-1", false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("process " + living)
                .hasMessageContaining("force");

        try (InstanceLock forced = InstanceLock.take(folder, "node-1", true)) {
            assertThat(forced).isNotNull();
            assertThat(Files.readString(pid("node-1"))).isEqualTo(OWN);
        }
    }

    @Test
    void a_file_of_another_owner_is_not_removed() throws Exception {
        InstanceLock lock = InstanceLock.take(folder, "node-1", false);
        Files.writeString(pid("node-1"), "1");

        lock.close();

        assertThat(Files.readString(pid("node-1"))).isEqualTo("1");
    }

    @Test
    void nonsense_in_the_file_is_no_process() throws Exception {
        for (String content : new String[] {"", "abc", "-5", "9".repeat(500)}) {
            Files.writeString(pid("node-1"), content);
            InstanceLock.take(folder, "node-1", false).close();
        }
        assertThat(pid("node-1")).doesNotExist();
    }

    @Test
    void a_folder_that_cannot_be_made_is_named_as_the_fault() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThatThrownBy(() -> InstanceLock.take(file.resolve("run"), "node-1", false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("node-1");
    }
}
