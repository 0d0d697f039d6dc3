package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OwnerOnlyFileTest {

    private static final byte[] SECRET = "a secret".getBytes(UTF_8);
    private static final byte[] OTHER = "another secret".getBytes(UTF_8);
    private static final int THREADS = 16;

    @TempDir
    private Path directory;

    @Nested
    class Reading {

        @Test
        void a_file_that_is_not_there_gives_nothing() {
            assertThat(OwnerOnlyFile.read(directory.resolve("absent"))).isEmpty();
            assertThat(OwnerOnlyFile.read(directory.resolve("absent/absent"))).isEmpty();
        }

        @Test
        void gives_what_was_written() {
            Path file = directory.resolve("key");
            OwnerOnlyFile.write(file, SECRET);

            assertThat(OwnerOnlyFile.read(file)).contains(SECRET);
        }

        @Test
        void an_empty_file_gives_no_bytes() throws IOException {
            Path file = directory.resolve("key");
            OwnerOnlyFile.write(file, new byte[0]);

            assertThat(OwnerOnlyFile.read(file)).contains(new byte[0]);
        }

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void a_file_open_to_others_restricts_it_to_its_owner() throws IOException {
            for (String open : List.of("rw-r--r--", "rwxrwxrwx", "rw----rw-", "r--r-----")) {
                Path file = Files.write(directory.resolve("key"), SECRET);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));

                assertThat(OwnerOnlyFile.read(file)).contains(SECRET);
                assertThat(permissions(file)).isEqualTo(open.substring(0, 3) + "------");
                Files.delete(file);
            }
        }

        @Test
        @EnabledOnOs(OS.LINUX)
        void a_file_open_to_others_that_cannot_be_restricted_is_refused() {
            assertRefused(() -> OwnerOnlyFile.read(Path.of("/proc/self/status")), "\"status\"", "chmod 600");
        }

        @Test
        void a_secret_mounted_for_the_group_is_told_from_one_open_to_others() {
            assertThat(Stream.of("r--r-----", "rw-r-----").map(PosixFilePermissions::fromString))
                    .allMatch(OwnerAccess::isMountedSecret);
            assertThat(Stream.of("r--r--r--", "rw-rw----", "r-xr-x---", "rw----r--", "rw-------")
                            .map(PosixFilePermissions::fromString))
                    .noneMatch(OwnerAccess::isMountedSecret);
        }

        @Test
        void a_directory_or_an_endless_file_is_refused() throws IOException {
            Path large = directory.resolve("large");
            try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
                sparse.setLength(OwnerOnlyFile.MAX_BYTES + 1L);
            }

            assertRefused(() -> OwnerOnlyFile.read(directory), "regular file");
            assertRefused(() -> OwnerOnlyFile.read(large), "\"large\"", "1048576");
            if (Files.exists(Path.of("/dev/zero"))) {
                assertRefused(() -> OwnerOnlyFile.read(Path.of("/dev/zero")), "regular file");
            }
        }
    }

    @Nested
    class Writing {

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void makes_file_and_directories_for_the_owner_alone() throws IOException {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path file = directory.resolve("iicp/cx/key.json");
            OwnerOnlyFile.write(file, SECRET);

            assertThat(permissions(file)).isEqualTo("rw-------");
            assertThat(permissions(file.getParent())).isEqualTo("rwx------");
            assertThat(permissions(file.getParent().getParent())).isEqualTo("rwx------");
            assertThat(permissions(directory)).isEqualTo("rwxr-xr-x");
        }

        @Test
        void replaces_what_was_there_and_leaves_nothing_behind() throws IOException {
            Path file = directory.resolve("key");
            OwnerOnlyFile.write(file, SECRET);
            OwnerOnlyFile.write(file, OTHER);

            assertThat(OwnerOnlyFile.read(file)).contains(OTHER);
            assertThat(names()).containsExactly("key");
        }

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void closes_a_file_that_was_open_to_others() throws IOException {
            Path file = Files.write(directory.resolve("key"), SECRET);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
            OwnerOnlyFile.write(file, OTHER);

            assertThat(permissions(file)).isEqualTo("rw-------");
        }

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void goes_through_a_link() throws IOException {
            Path file = directory.resolve("key");
            OwnerOnlyFile.write(file, SECRET);
            Path link = Files.createSymbolicLink(directory.resolve("link"), file);
            OwnerOnlyFile.write(link, OTHER);

            assertThat(link).isSymbolicLink();
            assertThat(OwnerOnlyFile.read(file)).contains(OTHER);
        }

        @Test
        void where_it_is_impossible_says_so_and_leaves_nothing_behind() throws IOException {
            Path occupied = Files.createDirectory(directory.resolve("occupied"));
            Files.write(occupied.resolve("something"), SECRET);
            Path plainFile = Files.write(directory.resolve("file"), SECRET);

            assertRefused(() -> OwnerOnlyFile.write(occupied, OTHER), "\"occupied\"", "cannot write");
            assertRefused(() -> OwnerOnlyFile.write(plainFile.resolve("key"), OTHER), "\"key\"", "no directory");
            assertRefused(() -> OwnerOnlyFile.create(plainFile.resolve("a/key"), OTHER), "\"key\"");
            assertRefused(() -> OwnerOnlyFile.write(directory.getRoot(), OTHER), "cannot write");
            assertThat(names()).containsExactlyInAnyOrder("occupied", "file");
        }

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void into_a_directory_of_somebody_else_is_refused() throws IOException {
            assumeFalse("root".equals(System.getProperty("user.name")), "root may write anywhere");
            Path locked = Files.createDirectory(directory.resolve("locked"));
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-x------"));

            assertRefused(() -> OwnerOnlyFile.write(locked.resolve("key"), SECRET), "\"key\"", "access denied");
            assertRefused(() -> OwnerOnlyFile.create(locked.resolve("key"), SECRET), "\"key\"", "access denied");
        }

        @Test
        void too_much_is_refused() {
            byte[] large = new byte[OwnerOnlyFile.MAX_BYTES + 1];

            assertThatIllegalArgumentException().isThrownBy(() -> OwnerOnlyFile.write(directory.resolve("key"), large));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OwnerOnlyFile.create(directory.resolve("key"), large));
            assertThat(names()).isEmpty();
        }

        @Test
        void in_an_interrupted_thread_fails_in_our_terms_and_keeps_the_interrupt() {
            Path file = directory.resolve("key");
            OwnerOnlyFile.write(file, SECRET);
            Thread.currentThread().interrupt();
            try {
                assertRefused(() -> OwnerOnlyFile.write(file, OTHER), "\"key\"");
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }

            assertThat(OwnerOnlyFile.read(file)).contains(SECRET);
            assertThat(names()).containsExactly("key");
        }

        @Test
        void from_many_threads_leaves_one_whole_content() throws Exception {
            Path file = directory.resolve("key");
            List<byte[]> contents = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                contents.add(String.valueOf((char) ('a' + i)).repeat(100_000).getBytes(UTF_8));
            }
            inParallel(i -> {
                        OwnerOnlyFile.write(file, contents.get(i));
                        return OwnerOnlyFile.read(file).orElseThrow();
                    })
                    .forEach(seen -> assertThat(contents).anyMatch(content -> Arrays.equals(content, seen)));

            assertThat(names()).containsExactly("key");
        }
    }

    @Nested
    class Creating {

        @Test
        void succeeds_once() {
            Path file = directory.resolve("made/key");

            assertThat(OwnerOnlyFile.create(file, SECRET)).isTrue();
            assertThat(OwnerOnlyFile.create(file, OTHER)).isFalse();
            assertThat(OwnerOnlyFile.read(file)).contains(SECRET);
        }

        @Test
        void from_many_threads_succeeds_for_one_and_all_see_its_content() throws Exception {
            assertOneWins(Files::createLink);
            assertThat(names()).containsExactly("key");
        }

        @Test
        void without_hard_links_succeeds_for_one_too() throws Exception {
            assertOneWins((link, existing) -> {
                throw new FileSystemException(link.toString(), existing.toString(), "Operation not permitted");
            });
            assertThat(names()).containsExactlyInAnyOrder("key", ".key.lock");
        }

        @Test
        void without_the_notion_of_links_succeeds_for_one_too() throws Exception {
            assertOneWins((link, existing) -> {
                throw new UnsupportedOperationException("links");
            });
        }

        private void assertOneWins(OwnerOnlyFile.Linker linker) throws Exception {
            Path file = directory.resolve("key");
            List<String> seen = inParallel(i -> {
                boolean mine = OwnerOnlyFile.create(file, ("content " + i).getBytes(UTF_8), linker);
                String content = new String(OwnerOnlyFile.read(file).orElseThrow(), UTF_8);
                return content + (mine ? " mine " + i : "");
            });

            List<String> winners =
                    seen.stream().filter(text -> text.contains("mine")).toList();
            assertThat(winners).hasSize(1);
            String content = winners.get(0).substring(0, winners.get(0).indexOf(" mine"));
            assertThat(winners.get(0)).isEqualTo(content + content.replace("content", " mine"));
            assertThat(seen).allMatch(text -> text.startsWith(content));
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run(int number) throws Exception;
    }

    private static <T> List<T> inParallel(Work<T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        try {
            List<Callable<T>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                tasks.add(() -> {
                    start.await();
                    return work.run(number);
                });
            }
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(tasks)) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String permissions(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        return PosixFilePermissions.toString(permissions);
    }

    private void assertRefused(ThrowingCallable call, String... parts) {
        assertThatExceptionOfType(ConfigurationException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG.slug());
            assertThat(e.getMessage()).contains(parts).doesNotContain(directory.toString(), "secret");
        });
    }
}
