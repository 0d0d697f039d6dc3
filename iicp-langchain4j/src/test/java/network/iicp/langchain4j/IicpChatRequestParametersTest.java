package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.time.Duration;
import java.util.Map;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpChatRequestParametersTest {

    private static final IicpChatRequestParameters ALL = IicpChatRequestParameters.builder()
            .modelName("llama3:8b")
            .temperature(0.5)
            .region("eu-central")
            .minReputation(0.7)
            .qos(Qos.INTERACTIVE)
            .priority(Priority.LOW)
            .node("3f2a91c0")
            .timeout(Duration.ofSeconds(20))
            .firstEventTimeout(Duration.ofSeconds(3))
            .maxAttempts(2)
            .seed(7L)
            .parallelToolCalls(true)
            .user("u-1")
            .customParameters(Map.of("min_p", 0.05))
            .build();

    @Test
    void everything_set_can_be_read() {
        assertThat(ALL.region()).isEqualTo("eu-central");
        assertThat(ALL.minReputation()).isEqualTo(0.7);
        assertThat(ALL.qos()).isEqualTo(Qos.INTERACTIVE);
        assertThat(ALL.priority()).isEqualTo(Priority.LOW);
        assertThat(ALL.node()).isEqualTo("3f2a91c0");
        assertThat(ALL.timeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(ALL.firstEventTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(ALL.maxAttempts()).isEqualTo(2);
        assertThat(ALL.seed()).isEqualTo(7);
        assertThat(ALL.parallelToolCalls()).isTrue();
        assertThat(ALL.user()).isEqualTo("u-1");
        assertThat(ALL.customParameters()).isEqualTo(Map.of("min_p", 0.05));
    }

    @Test
    void plain_parameters_over_ours_keep_ours() {
        ChatRequestParameters merged = ALL.overrideWith(
                ChatRequestParameters.builder().temperature(1.0).build());

        assertThat(merged)
                .isEqualTo(IicpChatRequestParameters.builder()
                        .overrideWith(ALL)
                        .temperature(1.0)
                        .build());
    }

    @Test
    void ours_over_plain_parameters_keep_ours() {
        ChatRequestParameters plain =
                DefaultChatRequestParameters.builder().temperature(1.0).topK(3).build();

        assertThat(plain.overrideWith(ALL))
                .isEqualTo(IicpChatRequestParameters.builder()
                        .overrideWith(ALL)
                        .topK(3)
                        .build())
                .isEqualTo(ALL.defaultedBy(plain));
    }

    @Test
    void ours_over_ours_override_one_by_one() {
        IicpChatRequestParameters merged = ALL.overrideWith(
                IicpChatRequestParameters.builder().region("us-east").seed(8L).build());

        assertThat(merged)
                .isEqualTo(IicpChatRequestParameters.builder()
                        .overrideWith(ALL)
                        .region("us-east")
                        .seed(8L)
                        .build())
                .isNotEqualTo(ALL);
        assertThat(merged.node()).isEqualTo("3f2a91c0");
        assertThat(merged.customParameters()).isEqualTo(Map.of("min_p", 0.05));
    }

    @Test
    void equal_parameters_are_equal_and_others_are_not() {
        assertThat(IicpChatRequestParameters.builder().overrideWith(ALL).build())
                .isEqualTo(ALL)
                .hasSameHashCodeAs(ALL);
        assertThat(ALL)
                .isNotEqualTo(IicpChatRequestParameters.builder().build())
                .isNotEqualTo(IicpChatRequestParameters.builder()
                        .overrideWith(ALL)
                        .seed(1L)
                        .build())
                .isNotEqualTo(IicpChatRequestParameters.builder()
                        .overrideWith(ALL)
                        .modelName("other")
                        .build())
                .isNotEqualTo(DefaultChatRequestParameters.EMPTY);
    }

    @Test
    void what_is_shown_leaves_out_values_of_custom_parameters() {
        assertThat(ALL.toString()).contains("eu-central", "llama3:8b", "min_p").doesNotContain("0.05");
    }

    @Test
    void setters_check_at_once() {
        IicpChatRequestParameters.Builder builder = IicpChatRequestParameters.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.minReputation(1.1))
                .withMessageContaining("minReputation");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxAttempts(0))
                .withMessageContaining("maxAttempts");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.firstEventTimeout(Duration.ZERO))
                .withMessageContaining("firstEvent");
    }
}
