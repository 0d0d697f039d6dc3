package network.iicp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ModelNameTest {

    @ParameterizedTest
    @CsvSource({
        "llama3, llama3, true",
        "llama3, llama3:latest, true",
        "llama3:latest, llama3, true",
        "library/llama3, library/llama3:latest, true",
        "host:5000/llama3, host:5000/llama3:latest, true",
        "llama3, llama3:8b, false",
        "llama3:8b, llama3:8b:latest, false",
        "llama3:8b, llama3:latest, false",
        "llama3, Llama3:latest, false",
        "llama3, library/llama3, false",
        "llama3, llama3.1:latest, false",
        "llama3, llama3-latest, false"
    })
    void two_names_mean_the_same_model_only_if_they_differ_by_the_tag_latest(String one, String other, boolean same) {
        assertThat(ModelName.same(one, other)).isEqualTo(same);
        assertThat(ModelName.same(other, one)).isEqualTo(same);
    }

    @Test
    void the_very_same_name_is_found_before_one_that_means_the_same() {
        assertThat(ModelName.find("llama3", List.of("llama3:latest", "llama3"))).contains("llama3");
        assertThat(ModelName.find("llama3", List.of("llama3:8b", "llama3:latest")))
                .contains("llama3:latest");
        assertThat(ModelName.find("llama3", List.of("llama3:8b"))).isEmpty();
        assertThat(ModelName.find("llama3", List.of())).isEmpty();
    }
}
