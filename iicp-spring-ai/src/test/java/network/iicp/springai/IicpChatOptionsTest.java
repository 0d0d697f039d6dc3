package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.ToolChoice;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.test.options.AbstractChatOptionsTests;
import org.springframework.ai.tool.ToolCallback;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpChatOptionsTest {

    private static final ToolCallback GET_TIME = Tools.named("getTime");

    static IicpChatOptions full() {
        return IicpChatOptions.builder()
                .model("llama3")
                .temperature(0.5)
                .topP(0.9)
                .topK(40)
                .maxTokens(100)
                .frequencyPenalty(0.1)
                .presencePenalty(0.2)
                .stopSequences(List.of("END"))
                .toolCallbacks(List.of(GET_TIME))
                .toolContext(Map.of("tenant", "acme"))
                .region("eu-central")
                .minReputation(0.7)
                .qos(Qos.INTERACTIVE)
                .priority(Priority.HIGH)
                .node("node-1")
                .maxAttempts(2)
                .totalTimeout(Duration.ofSeconds(20))
                .firstEventTimeout(Duration.ofSeconds(4))
                .seed(42L)
                .responseFormat(new ResponseFormat.JsonObject())
                .toolChoice(ToolChoice.REQUIRED)
                .parallelToolCalls(false)
                .user("u-1")
                .build();
    }

    @Nested
    class The_contract_of_Spring_AI extends AbstractChatOptionsTests<IicpChatOptions, IicpChatOptions.Builder> {
        @Override
        protected Class<IicpChatOptions> getConcreteOptionsClass() {
            return IicpChatOptions.class;
        }

        @Override
        protected IicpChatOptions.Builder readyToBuildBuilder() {
            return full().mutate();
        }
    }

    @Nested
    class When_mutated {
        @Test
        void everything_is_carried_over() {
            assertThat(full().mutate().build()).isEqualTo(full()).hasSameHashCodeAs(full());
        }

        @Test
        void the_original_does_not_change() {
            IicpChatOptions original = full();
            original.mutate()
                    .region("us-east")
                    .stopSequences(List.of())
                    .seed(null)
                    .build();

            assertThat(original).isEqualTo(full());
        }

        @Test
        void a_value_can_be_taken_back() {
            IicpChatOptions changed =
                    full().mutate().region(null).model(null).seed(null).build();

            assertThat(changed.getRegion()).isNull();
            assertThat(changed.getModel()).isNull();
            assertThat(changed.getSeed()).isNull();
        }
    }

    @Nested
    class When_combined {
        static final List<IicpChatOptions.Builder> ONE_OWN_FIELD = List.of(
                IicpChatOptions.builder().region("us-east"),
                IicpChatOptions.builder().minReputation(0.1),
                IicpChatOptions.builder().qos(Qos.BATCH),
                IicpChatOptions.builder().priority(Priority.LOW),
                IicpChatOptions.builder().node("node-2"),
                IicpChatOptions.builder().maxAttempts(1),
                IicpChatOptions.builder().totalTimeout(Duration.ofSeconds(1)),
                IicpChatOptions.builder().firstEventTimeout(Duration.ofSeconds(1)),
                IicpChatOptions.builder().seed(7L),
                IicpChatOptions.builder().responseFormat(new ResponseFormat.Text()),
                IicpChatOptions.builder().toolChoice(ToolChoice.NONE),
                IicpChatOptions.builder().parallelToolCalls(true),
                IicpChatOptions.builder().user("u-2"),
                IicpChatOptions.builder().model("qwen"));

        @ParameterizedTest
        @FieldSource("ONE_OWN_FIELD")
        void what_the_other_sets_wins_and_the_rest_stays(IicpChatOptions.Builder one) {
            IicpChatOptions alone = one.clone().build();
            IicpChatOptions combined = full().mutate().combineWith(one).build();

            assertThat(differences(combined, full())).isEqualTo(1);
            assertThat(differences(combined, alone)).isEqualTo(differences(full(), alone) - 1);
        }

        @Test
        void everything_of_ours_reaches_an_empty_builder() {
            assertThat(IicpChatOptions.builder().combineWith(full().mutate()).build())
                    .isEqualTo(full());
        }

        @Test
        void the_portable_part_of_a_generic_builder_is_taken() {
            IicpChatOptions combined = full().mutate()
                    .combineWith(ChatOptions.builder().temperature(0.0).model("other"))
                    .build();

            assertThat(combined.getTemperature()).isZero();
            assertThat(combined.getModel()).isEqualTo("other");
            assertThat(combined.getRegion()).isEqualTo("eu-central");
        }

        @Test
        void tools_of_another_builder_are_added() {
            IicpChatOptions combined = full().mutate()
                    .combineWith(ToolCallingChatOptions.builder().toolCallbacks(Tools.named("getWeather")))
                    .build();

            assertThat(combined.getToolCallbacks())
                    .extracting(tool -> tool.getToolDefinition().name())
                    .containsExactly("getTime", "getWeather");
        }

        @Test
        void the_schema_of_another_builder_is_taken() {
            IicpChatOptions combined = full().mutate()
                    .combineWith(StructuredOutputChatOptions.builder().outputSchema("{\"type\":\"object\"}"))
                    .build();

            assertThat(combined.getOutputSchema()).isEqualTo("{\"type\":\"object\"}");
        }

        @Test
        void a_builder_that_is_cloned_goes_its_own_way() {
            IicpChatOptions.Builder builder = full().mutate();
            IicpChatOptions.Builder clone = builder.clone().region("us-east").stopSequences(List.of("x"));

            assertThat(builder.build()).isEqualTo(full());
            assertThat(clone.build().getRegion()).isEqualTo("us-east");
        }

        private static long differences(IicpChatOptions one, IicpChatOptions other) {
            return getters()
                    .filter(getter -> !java.util.Objects.equals(getter.apply(one), getter.apply(other)))
                    .count();
        }

        private static Stream<java.util.function.Function<IicpChatOptions, Object>> getters() {
            return Stream.of(
                    IicpChatOptions::getModel,
                    IicpChatOptions::getRegion,
                    IicpChatOptions::getMinReputation,
                    IicpChatOptions::getQos,
                    IicpChatOptions::getPriority,
                    IicpChatOptions::getNode,
                    IicpChatOptions::getMaxAttempts,
                    IicpChatOptions::getTotalTimeout,
                    IicpChatOptions::getFirstEventTimeout,
                    IicpChatOptions::getSeed,
                    IicpChatOptions::getResponseFormat,
                    IicpChatOptions::getToolChoice,
                    IicpChatOptions::getParallelToolCalls,
                    IicpChatOptions::getUser,
                    IicpChatOptions::getTemperature,
                    IicpChatOptions::getTopP);
        }
    }

    @Nested
    class When_a_value_is_wrong {
        private final IicpChatOptions.Builder builder = IicpChatOptions.builder();

        @Test
        void it_is_refused_at_once_with_its_range() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.minReputation(1.5))
                    .withMessageContaining("between 0 and 1, was 1.5");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.maxAttempts(0))
                    .withMessageContaining("at least 1, was 0");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.totalTimeout(Duration.ofMinutes(3)))
                    .withMessageContaining("between 100 ms and 120000 ms, was 180000 ms");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.totalTimeout(Duration.ofMillis(99)))
                    .withMessageContaining("was 99 ms");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.firstEventTimeout(Duration.ZERO))
                    .withMessageContaining("positive");
        }

        @Test
        void a_schema_that_is_not_an_object_is_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.outputSchema("[1]"))
                    .withMessageStartingWith("the output schema is not a JSON object");
            assertThatIllegalArgumentException().isThrownBy(() -> builder.outputSchema("{"));
        }
    }

    @Nested
    class The_output_schema {
        @Test
        void is_a_strict_response_format() {
            IicpChatOptions options = IicpChatOptions.builder()
                    .outputSchema("{ \"type\": \"object\" }")
                    .build();

            assertThat(options.getResponseFormat())
                    .isEqualTo(new ResponseFormat.JsonSchema("response", Map.of("type", "object"), true));
            assertThat(options.getOutputSchema()).isEqualTo("{\"type\":\"object\"}");
        }

        @Test
        void is_none_for_other_formats() {
            assertThat(full().getOutputSchema()).isNull();
            assertThat(IicpChatOptions.builder().build().getOutputSchema()).isNull();
        }

        @Test
        void can_be_taken_back() {
            IicpChatOptions options = IicpChatOptions.builder()
                    .outputSchema("{}")
                    .outputSchema(null)
                    .build();

            assertThat(options.getResponseFormat()).isNull();
        }
    }

    @Test
    void the_text_form_shows_no_user_and_no_tool_context() {
        assertThat(full()).hasToString("IicpChatOptions[model llama3]");
    }
}
