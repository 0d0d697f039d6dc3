package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfidentialityKeysTest {

    private static final Duration LIFE = Duration.ofDays(30);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ManualClock time = new ManualClock();

    @TempDir
    private Path folder;

    private ConfidentialityKeys inFile() {
        return ConfidentialityKeys.in(folder.resolve("key.json"), LIFE, time, RANDOM);
    }

    /** The file was written by the clock of this machine; the test has its own. */
    private void writtenNow() throws IOException {
        Files.setLastModifiedTime(folder.resolve("key.json"), FileTime.from(time.instant()));
    }

    private static List<String> ids(ConfidentialityKeys keys) {
        return keys.opening().stream().map(ConfidentialityKeyPair::keyId).toList();
    }

    private static String announced(ConfidentialityKeys keys) {
        return keys.announced().map(ConfidentialityKey::keyId).orElseThrow();
    }

    @Test
    void a_key_serves_its_time_and_opens_another_day_beside_the_next_one() {
        ConfidentialityKeys keys = ConfidentialityKeys.inMemory(LIFE, time, RANDOM);
        String first = announced(keys);
        time.advance(LIFE.minusSeconds(1));
        keys.renew();
        assertThat(announced(keys)).isEqualTo(first);

        time.advance(Duration.ofSeconds(1));
        keys.renew();

        String second = announced(keys);
        assertThat(ids(keys)).containsExactly(second, first);
        time.advance(ConfidentialityKeys.OVERLAP);
        assertThat(ids(keys)).containsExactly(second, first);
        time.advance(Duration.ofSeconds(1));
        assertThat(ids(keys)).containsExactly(second);
    }

    @Test
    void the_age_of_a_key_survives_a_restart() throws IOException {
        String first = announced(inFile());
        writtenNow();
        time.advance(LIFE);
        ConfidentialityKeys restarted = inFile();

        restarted.renew();

        assertThat(ids(restarted)).hasSize(2).last().isEqualTo(first);
        assertThat(announced(inFile())).isEqualTo(announced(restarted));
    }

    @Test
    void a_key_that_cannot_be_stored_is_not_used_and_tried_again() throws IOException {
        ConfidentialityKeys keys = inFile();
        writtenNow();
        keys = inFile();
        String first = announced(keys);
        time.advance(LIFE);
        Path file = folder.resolve("key.json");
        byte[] content = Files.readAllBytes(file);
        Files.delete(file);
        Files.createDirectory(file);

        keys.renew();
        keys.renew();

        assertThat(ids(keys)).containsExactly(first);
        Files.delete(file);
        Files.write(file, content);
        keys.renew();
        assertThat(ids(keys)).hasSize(2).last().isEqualTo(first);
    }

    @Test
    void a_clock_that_jumps_back_renews_nothing() {
        ConfidentialityKeys keys = ConfidentialityKeys.inMemory(LIFE, time, RANDOM);
        String first = announced(keys);
        time.advance(Duration.ofDays(-400));

        keys.renew();

        assertThat(ids(keys)).containsExactly(first);
    }

    @Test
    void a_key_made_while_the_clock_was_ahead_serves_no_longer_than_others() {
        ConfidentialityKeys keys = ConfidentialityKeys.inMemory(LIFE, time, RANDOM);
        String first = announced(keys);
        time.advance(Duration.ofDays(400));
        keys.renew();
        String second = announced(keys);
        time.advance(Duration.ofDays(-400));
        keys.renew();

        assertThat(ids(keys)).as("tasks for either are opened").containsExactly(second, first);
        time.advance(ConfidentialityKeys.OVERLAP.plusSeconds(1));
        assertThat(ids(keys)).containsExactly(second);
        time.advance(LIFE);
        keys.renew();
        assertThat(announced(keys)).isNotEqualTo(second);
    }

    @Test
    void a_node_without_confidentiality_has_none() {
        ConfidentialityKeys none = ConfidentialityKeys.none();
        none.renew();

        assertThat(none.announced()).isEmpty();
        assertThat(none.opening()).isEmpty();
    }

    @Test
    void a_folder_that_cannot_be_written_is_a_matter_of_configuration() throws IOException {
        Path noFolder = Files.createFile(folder.resolve("a-file"));

        assertThatThrownBy(() -> ConfidentialityKeys.in(noFolder.resolve("key.json"), LIFE, time, RANDOM))
                .isInstanceOf(ConfigurationException.class);
    }
}
