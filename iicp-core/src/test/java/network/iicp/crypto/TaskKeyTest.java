package network.iicp.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TaskKeyTest {

    private static final String SECRET = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";

    @Test
    void the_key_is_the_hash_of_the_secret_bytes() {
        TaskKey key = TaskKey.generate(new FixedRandom(FixedRandom.counting(1, 32)));

        assertThat(key.secret()).isEqualTo(SECRET);
        assertThat(key.key()).isEqualTo(JdkConfidentiality.text(Hashes.sha256(FixedRandom.counting(1, 32))));
    }

    @Test
    void only_the_own_secret_matches() {
        SecureRandom random = new SecureRandom();
        TaskKey mine = TaskKey.generate(random);
        TaskKey other = TaskKey.generate(random);

        assertThat(TaskKey.matches(mine.key(), mine.secret())).isTrue();
        assertThat(TaskKey.matches(mine.key() + "=", mine.secret() + "=")).isTrue();
        assertThat(TaskKey.matches(mine.key(), other.secret())).isFalse();
        assertThat(TaskKey.matches(mine.key(), mine.key())).isFalse();
        assertThat(TaskKey.matches(mine.secret(), mine.secret())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "AAAA", "not base64!", "\ud83d\ude80", SECRET + "A", SECRET + "==", "=" + SECRET})
    void garbage_matches_nothing(String garbage) {
        TaskKey key = TaskKey.generate(new SecureRandom());

        assertThat(TaskKey.isWellFormed(garbage)).isFalse();
        assertThat(TaskKey.matches(key.key(), garbage)).isFalse();
        assertThat(TaskKey.matches(garbage, key.secret())).isFalse();
        assertThat(TaskKey.matches(garbage, garbage)).isFalse();
    }

    @Test
    void a_key_is_well_formed() {
        assertThat(TaskKey.isWellFormed(TaskKey.generate(new SecureRandom()).key()))
                .isTrue();
    }
}
