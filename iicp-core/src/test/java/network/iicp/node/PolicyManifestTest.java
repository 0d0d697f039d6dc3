package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PolicyManifestTest {

    @TempDir
    private Path folder;

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("policy.json"), content);
    }

    @Test
    void it_is_passed_on_whole_with_its_signature_and_read_anew_each_time() throws Exception {
        Path file = file("{\"jurisdiction\":\"EU\",\"retention\":{\"task_payload\":\"none\",\"logs_days\":3650},"
                + "\"signature\":{\"algorithm\":\"Ed25519\"},\"of_ours\":1}");
        PolicyManifest manifest = new PolicyManifest(file);
        assertThat(manifest.get()).containsOnlyKeys("policy_manifest");
        assertThat(manifest.get().get("policy_manifest"))
                .asString()
                .contains("jurisdiction=EU", "algorithm=Ed25519", "of_ours=1");

        file("{\"jurisdiction\":\"CH\"}");

        assertThat(manifest.get()).isEqualTo(Map.of("policy_manifest", Map.of("jurisdiction", "CH")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]| is not what directories read",
                "{\"a\":| is not what directories read",
                "{\"training_use\":\"sometimes\"}| training_use",
                "{\"training_use\":7}| training_use",
                "{\"retention\":{\"task_payload\":\"forever\"}}| task_payload",
                "{\"retention\":{\"logs_days\":3651}}| 3651",
                "{\"retention\":{\"logs_days\":-1}}| -1",
                "{\"retention\":[]}| retention"
            })
    void what_directories_would_refuse_is_said_at_once(String content, String named) throws Exception {
        Path file = file(content);

        assertThatThrownBy(() -> new PolicyManifest(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("policy.json", named.strip())
                .hasMessageNotContaining(folder.toString());
    }

    @Test
    void a_file_that_is_absent_or_too_large_is_named() throws Exception {
        assertThatThrownBy(() -> new PolicyManifest(folder.resolve("absent.json")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("absent.json");
        Path large = file("{\"text\":\"" + "x".repeat(PolicyManifest.LARGEST_FILE) + "\"}");
        assertThatThrownBy(() -> new PolicyManifest(large))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("64 KiB");
    }

    @Test
    void a_node_that_runs_is_not_registered_with_a_file_that_has_become_unusable() throws Exception {
        PolicyManifest manifest = new PolicyManifest(file("{}"));
        file("no longer");

        assertThatThrownBy(manifest::get).isInstanceOf(ConfigurationException.class);
    }
}
