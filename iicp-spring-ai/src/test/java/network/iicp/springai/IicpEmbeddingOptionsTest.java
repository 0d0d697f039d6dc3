package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpEmbeddingOptionsTest {

    static IicpEmbeddingOptions full() {
        return IicpEmbeddingOptions.builder()
                .model("nomic-embed-text")
                .dimensions(256)
                .region("eu-central")
                .minReputation(0.7)
                .qos(Qos.BATCH)
                .priority(Priority.LOW)
                .node("node-1")
                .maxAttempts(2)
                .totalTimeout(Duration.ofSeconds(20))
                .build();
    }

    @Test
    void mutating_carries_everything_over() {
        assertThat(full().mutate().build()).isEqualTo(full()).hasSameHashCodeAs(full());
    }

    @Test
    void values_are_as_set() {
        assertThat(full().getModel()).isEqualTo("nomic-embed-text");
        assertThat(full().getDimensions()).isEqualTo(256);
        assertThat(full().getRegion()).isEqualTo("eu-central");
        assertThat(full().getMinReputation()).isEqualTo(0.7);
        assertThat(full().getQos()).isEqualTo(Qos.BATCH);
        assertThat(full().getPriority()).isEqualTo(Priority.LOW);
        assertThat(full().getNode()).isEqualTo("node-1");
        assertThat(full().getMaxAttempts()).isEqualTo(2);
        assertThat(full().getTotalTimeout()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void wrong_values_are_refused_at_once() {
        IicpEmbeddingOptions.Builder builder = IicpEmbeddingOptions.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.dimensions(0))
                .withMessage("dimensions must be at least 1, was 0");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.totalTimeout(Duration.ofMinutes(5)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.minReputation(-1.0));
    }
}
