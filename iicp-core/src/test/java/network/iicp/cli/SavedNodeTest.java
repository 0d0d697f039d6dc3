package network.iicp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SavedNodeTest {

    @TempDir
    private Path home;

    @BeforeEach
    void make() throws Exception {
        Files.createDirectories(home.resolve("nodes"));
    }

    private void save(String name, String content) throws Exception {
        Files.writeString(home.resolve("nodes").resolve(name + ".json"), content);
    }

    @Test
    void a_file_of_the_official_command_line_is_read() throws Exception {
        save("default", """
                {"node_id":"6f2c1c1e-0000-4000-8000-000000000001","operator_id":"op","name":"default",
                 "backend_url":"http://localhost:11434","model":"qwen2.5:0.5b","intent":"urn:iicp:intent:llm:chat:v1",
                 "region":"unknown","directory_url":"https://iicp.network/api","max_concurrent":2,"port":8020,
                 "host":"0.0.0.0","public_endpoint":"","auto_detect_nat":false,"external_ip_probe_url":"",
                 "node_token":"s3cret","node_hmac_key":"k3y","created_at":"2026-01-01","something_new":[1]}
                """);

        SavedNode node = SavedNode.load(home, "default");

        assertThat(node.nodeId()).isEqualTo("6f2c1c1e-0000-4000-8000-000000000001");
        assertThat(node.backendUrl()).isEqualTo("http://localhost:11434");
        assertThat(node.model()).isEqualTo("qwen2.5:0.5b");
        assertThat(node.port()).isEqualTo(8020);
        assertThat(node.maxConcurrent()).isEqualTo(2);
        assertThat(node.region()).as("unknown is not set").isNull();
        assertThat(node.publicEndpoint()).as("an empty text is not set").isNull();
        assertThat(node.backendType()).isNull();
        assertThat(node.toString()).doesNotContain("s3cret", "k3y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../default", "Default", "", ".hidden", "a/b"})
    void a_name_that_is_none_is_refused(String name) {
        assertThatThrownBy(() -> SavedNode.load(home, name)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void a_node_that_is_not_there_and_a_file_that_is_broken_are_named_without_their_content() throws Exception {
        assertThatThrownBy(() -> SavedNode.load(home, "absent"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("absent")
                .hasMessageContaining("iicp-node list");
        save("broken", "{\"node_token\":\"s3cret\"");
        assertThatThrownBy(() -> SavedNode.load(home, "broken"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("broken")
                .hasMessageNotContaining("s3cret");
        save("large", " ".repeat(SavedNode.LARGEST_FILE + 1));
        assertThatThrownBy(() -> SavedNode.load(home, "large")).hasMessageContaining("large");
    }
}
