package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.URI;
import network.iicp.protocol.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineUrlTest {

    @ParameterizedTest
    @CsvSource({
        "http://localhost:11434, http://localhost:11434, http://localhost:11434/v1",
        "http://localhost:11434/, http://localhost:11434, http://localhost:11434/v1",
        "http://localhost:11434/v1, http://localhost:11434, http://localhost:11434/v1",
        "http://localhost:11434/v1/, http://localhost:11434, http://localhost:11434/v1",
        "http://[::1]:8000, http://[::1]:8000, http://[::1]:8000/v1",
        "https://host/openai, https://host/openai, https://host/openai/v1",
        "https://openrouter.ai/api/v1, https://openrouter.ai/api, https://openrouter.ai/api/v1",
        "https://host/api/paas/v4, https://host/api/paas, https://host/api/paas/v4",
        "https://host/v1beta/openai, https://host, https://host/v1beta/openai",
        "https://host/vllm, https://host/vllm, https://host/vllm/v1",
    })
    void the_version_is_added_where_it_is_missing(URI given, String root, String api) {
        assertThat(EngineUrl.of(given)).isEqualTo(new EngineUrl(root, api));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:11434",
                "ftp://host",
                "/v1",
                "http:///v1",
                "http://user:secret@host",
                "http://host/v1?key=secret",
                "http://host/#secret"
            })
    void other_addresses_are_refused_without_repeating_them(URI given) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> EngineUrl.of(given))
                .withMessageContaining("base URL")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }
}
