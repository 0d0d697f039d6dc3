package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.crypto.CxExample.INTENT;
import static network.iicp.crypto.CxExample.PAYLOAD;
import static network.iicp.crypto.CxExample.TASK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KeyFilesTest {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String PRIVATE = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
    private static final String PUBLIC = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw";

    /** As an official node writes it. */
    private static final String OFFICIAL = """
            {
              "algorithm": "X25519",
              "private_key": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
              "public_key": {
                "algorithm": "X25519",
                "encoding": "base64url",
                "key": "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw",
                "key_id": "cx-aaa8fff703b50b22"
              },
              "version": 1
            }""";

    @TempDir
    private Path directory;

    static Stream<String> damagedKeyFiles() {
        return Stream.of(
                "",
                " ",
                "{",
                "[]",
                "null",
                PRIVATE,
                OFFICIAL.substring(0, OFFICIAL.length() - 3),
                OFFICIAL + OFFICIAL,
                OFFICIAL.replace("\"version\": 1", "\"version\": 2"),
                OFFICIAL.replace("\"version\": 1", "\"version\": \"1\""),
                OFFICIAL.replace(",\n  \"version\": 1", ""),
                OFFICIAL.replaceFirst("X25519", "X448"),
                OFFICIAL.replace("\"private_key\"", "\"private\""),
                OFFICIAL.replace("\"" + PRIVATE + "\"", "null"),
                OFFICIAL.replace("\"" + PRIVATE + "\"", "[1,2,3]"),
                OFFICIAL.replace(PRIVATE, PRIVATE.substring(1)),
                OFFICIAL.replace(PRIVATE, PRIVATE + "AAAA"),
                OFFICIAL.replace(PRIVATE, "!" + PRIVATE.substring(1)),
                OFFICIAL.replace(PUBLIC, PUBLIC.replace('B', 'C')),
                OFFICIAL.replace("\"" + PUBLIC + "\"", "7"),
                OFFICIAL.replace("\"version\"", "\"previous\": \"" + PRIVATE + "\", \"version\""),
                OFFICIAL.replace("\"version\"", "\"previous\": [1], \"version\""),
                OFFICIAL.replace("\"version\"", "\"previous\": [" + "0,".repeat(20) + "0], \"version\""));
    }

    @Nested
    class A_confidentiality_key {

        private Path file;

        @BeforeEach
        void name_the_file() {
            file = directory.resolve("cx/0123456789abcdef01234567.json");
        }

        @Test
        void is_made_once_and_found_again() {
            List<ConfidentialityKeyPair> made = ConfidentialityKeyFile.loadOrCreate(file, RANDOM);
            List<ConfidentialityKeyPair> found = ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom());

            assertThat(made).hasSize(1);
            assertThat(ids(found)).isEqualTo(ids(made));
            assertThat(found.get(0).privateKey()).isEqualTo(made.get(0).privateKey());
        }

        @Test
        @DisabledOnOs(OS.WINDOWS)
        void is_readable_by_its_owner_only() throws IOException {
            ConfidentialityKeyFile.loadOrCreate(file, RANDOM);

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                    .isEqualTo("rwx------");
        }

        @Test
        void is_written_as_official_nodes_write_it() throws IOException {
            ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom(FixedRandom.counting(1, 32)));

            assertThat(Json.canonical(Json.parseObject(Files.readAllBytes(file), JsonLimits.DEFAULT)))
                    .isEqualTo(Json.canonical(Json.parseObject(OFFICIAL, JsonLimits.DEFAULT)));
            assertThat(file).content().endsWith("}\n");
        }

        @Test
        void of_an_official_node_is_read() throws IOException {
            write(OFFICIAL);

            assertThat(ids(ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom())))
                    .containsExactly("cx-aaa8fff703b50b22");
        }

        @Test
        void without_its_public_half_or_with_unknown_members_is_read() throws IOException {
            write("{\"version\":1,\"algorithm\":\"X25519\",\"private_key\":\"" + PRIVATE + "=\",\"note\":[null]}");

            assertThat(ids(ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom())))
                    .containsExactly("cx-aaa8fff703b50b22");
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.KeyFilesTest#damagedKeyFiles")
        void in_a_damaged_file_is_refused_and_never_replaced(String damaged) throws IOException {
            write(damaged);

            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> ConfidentialityKeyFile.loadOrCreate(file, RANDOM))
                    .satisfies(KeyFilesTest.this::assertHelpful);
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> ConfidentialityKeyFile.rotate(file, RANDOM))
                    .satisfies(KeyFilesTest.this::assertHelpful);
            assertThat(file).hasContent(damaged);
        }

        @Test
        void for_threads_that_start_together_is_one() throws Exception {
            assertThat(inParallel(() -> ids(ConfidentialityKeyFile.loadOrCreate(file, RANDOM))))
                    .hasSize(1);
        }

        @Test
        void is_rotated_and_the_one_before_still_opens() {
            ConfidentialityKeyPair first =
                    ConfidentialityKeyFile.loadOrCreate(file, RANDOM).get(0);
            ConfidentialRequest request = ConfidentialRequest.seal(first.publicKey(), TASK, INTENT, PAYLOAD, RANDOM);

            List<ConfidentialityKeyPair> rotated = ConfidentialityKeyFile.rotate(file, RANDOM);

            assertThat(rotated).hasSize(2);
            assertThat(rotated.get(0).keyId()).isNotEqualTo(first.keyId());
            assertThat(rotated.get(1).keyId()).isEqualTo(first.keyId());
            assertThat(ids(ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom())))
                    .isEqualTo(ids(rotated));
            assertThat(ConfidentialSession.open(rotated, TASK, INTENT, request.envelope())
                            .payload())
                    .isEqualTo(PAYLOAD);
        }

        @Test
        void rotated_twice_drops_the_oldest() {
            String first =
                    ids(ConfidentialityKeyFile.loadOrCreate(file, RANDOM)).get(0);
            ConfidentialityKeyFile.rotate(file, RANDOM);

            assertThat(ids(ConfidentialityKeyFile.rotate(file, RANDOM)))
                    .hasSize(1 + ConfidentialityKeyFile.PREVIOUS_KEYS)
                    .doesNotContain(first);
        }

        @Test
        void can_be_rotated_before_there_is_one() {
            assertThat(ids(ConfidentialityKeyFile.rotate(file, RANDOM)))
                    .hasSize(1)
                    .isEqualTo(ids(ConfidentialityKeyFile.loadOrCreate(file, new FixedRandom())));
        }

        private void write(String content) throws IOException {
            OwnerOnlyFile.write(file, content.getBytes(UTF_8));
        }
    }

    @Nested
    class A_signing_key {

        private Path file;

        @BeforeEach
        void name_the_file() {
            file = directory.resolve("directory.json");
        }

        @Test
        void is_made_once_and_found_again() throws IOException {
            Ed25519KeyPair made = SigningKeyFile.loadOrCreate(file, RANDOM);
            Ed25519KeyPair found = SigningKeyFile.loadOrCreate(file, new FixedRandom());

            assertThat(found.publicKey()).isEqualTo(made.publicKey());
            assertThat(found.seed()).isEqualTo(made.seed());
            assertThat(Json.parseObject(Files.readAllBytes(file), JsonLimits.DEFAULT))
                    .containsOnlyKeys("version", "algorithm", "private_key", "public_key")
                    .containsEntry("algorithm", "Ed25519");
        }

        @Test
        void for_threads_that_start_together_is_one() throws Exception {
            assertThat(inParallel(() -> Hashes.sha256Hex(
                            SigningKeyFile.loadOrCreate(file, RANDOM).publicKey())))
                    .hasSize(1);
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.KeyFilesTest#damagedKeyFiles")
        void in_a_damaged_file_or_of_another_kind_is_refused(String damaged) throws IOException {
            OwnerOnlyFile.write(file, damaged.getBytes(UTF_8));

            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> SigningKeyFile.loadOrCreate(file, RANDOM))
                    .satisfies(KeyFilesTest.this::assertHelpful);
            assertThat(file).hasContent(damaged);
        }

        @Test
        void whose_public_half_belongs_to_another_is_refused() {
            OwnerOnlyFile.write(
                    file,
                    Json.bytes(Map.of(
                            "version", 1, "algorithm", "Ed25519", "private_key", PRIVATE, "public_key", PUBLIC)));

            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> SigningKeyFile.loadOrCreate(file, RANDOM))
                    .withMessageContaining("does not belong");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_link_that_leads_nowhere_is_named() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("key.json"), directory.resolve("nowhere"));

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> SigningKeyFile.loadOrCreate(link, RANDOM))
                .withMessageContaining("link")
                .withMessageContaining("key.json");
    }

    private void assertHelpful(ConfigurationException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG.slug());
        assertThat(e.getMessage())
                .contains(".json\"", "cannot be used", "restore it from a backup")
                .doesNotContain(directory.toString(), PRIVATE.substring(1, 9), PUBLIC.substring(1, 9));
        assertThat(e.getCause()).isNull();
    }

    private static List<String> ids(List<ConfidentialityKeyPair> keys) {
        return keys.stream().map(ConfidentialityKeyPair::keyId).toList();
    }

    private static <T> Set<T> inParallel(Callable<T> work) throws Exception {
        int count = 16;
        ExecutorService threads = Executors.newFixedThreadPool(count);
        CyclicBarrier start = new CyclicBarrier(count);
        try {
            List<Future<T>> results = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                results.add(threads.submit(() -> {
                    start.await();
                    return work.call();
                }));
            }
            List<T> values = new ArrayList<>();
            for (Future<T> result : results) {
                values.add(result.get());
            }
            return values.stream().collect(Collectors.toSet());
        } finally {
            threads.shutdownNow();
        }
    }
}
