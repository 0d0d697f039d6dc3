package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import network.iicp.protocol.Modality;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ModelNamesTest {

    @ParameterizedTest
    @CsvSource({
        "llama3:8b, text",
        "qwen2.5-vl:7b, text+image",
        "qwen2.5vl:7b, text+image",
        "Qwen/Qwen2-VL-7B-Instruct, text+image",
        "internvl, text",
        "llama3.2-vision:11b, text+image",
        "llava:13b, text+image",
        "bakllava, text+image",
        "qwen2.5-omni, text+image+audio",
        "voxtral-mini, text+audio",
        "gpt-4o-audio-preview, text+audio",
        "vlad-7b, text",
    })
    void tell_what_a_model_takes(String name, String expected) {
        Set<Modality> modalities = EnumSet.noneOf(Modality.class);
        for (String word : expected.split("\\+", -1)) {
            modalities.add(Modality.valueOf(word.toUpperCase(Locale.ROOT)));
        }
        assertThat(ModelNames.modalities(name)).isEqualTo(modalities);
    }

    @Test
    void tell_who_makes_embeddings() {
        assertThat(ModelNames.isEmbedding("nomic-embed-text:latest")).isTrue();
        assertThat(ModelNames.isEmbedding("text-Embedding-3-small")).isTrue();
        assertThat(ModelNames.isEmbedding("llama3")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "/home/me/models/tiny.gguf, tiny.gguf",
        "./models/tiny.gguf, tiny.gguf",
        "../tiny.gguf, tiny.gguf",
        "~/tiny.gguf, tiny.gguf",
        "C:\\models\\tiny.gguf, tiny.gguf",
        "/srv/models/, models",
        "/, /",
        "meta-llama/Llama-3-8B, meta-llama/Llama-3-8B",
        "llama3:8b, llama3:8b",
    })
    void never_tell_where_the_file_is(String engineName, String published) {
        assertThat(ModelNames.published(engineName)).isEqualTo(published);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "a\u0000", "\uD800"})
    void must_be_usable(String name) {
        assertThat(ModelNames.isUsable(name)).isFalse();
        assertThat(ModelNames.isUsable("x".repeat(129))).isFalse();
        assertThat(ModelNames.isUsable("x".repeat(128))).isTrue();
    }
}
