package network.iicp.backend;

import static network.iicp.backend.DemoAsking.WEATHER;
import static network.iicp.backend.DemoAsking.asMap;
import static network.iicp.backend.DemoAsking.ask;
import static network.iicp.backend.DemoAsking.chat;
import static network.iicp.backend.DemoAsking.choice;
import static network.iicp.backend.DemoAsking.content;
import static network.iicp.backend.DemoAsking.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoBackendTest {

    private final DemoBackend engine = DemoBackend.create();

    @Nested
    class Streams {

        @Test
        void bring_one_token_with_each_part_and_end_with_reason_and_usage() throws Exception {
            RecordingContext context =
                    RecordingContext.streaming(Intent.LLM_CHAT, "{" + user("Hello") + ",'stream':false}");

            JsonObject end = JsonObject.of(asMap(engine.handle(context)));

            String whole = content(chat(engine, user("Hello")));
            assertThat(context.text(0)).isEqualTo(whole);
            assertThat(context.parts()).hasSize(DemoBackend.countTokens(whole));
            assertThat(context.parts().get(0)).containsEntry("object", "chat.completion.chunk");
            assertThat(end.objects("choices")).hasSize(1);
            assertThat(choice(end).object("delta").asMap()).isEmpty();
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
            assertThat(end.object("usage").integer("completion_tokens"))
                    .isEqualTo(context.parts().size());
            assertThat(end.string("model")).isEqualTo("iicp-demo");
        }

        @Test
        void bring_tool_calls_in_fragments() throws Exception {
            RecordingContext context = RecordingContext.streaming(
                    Intent.LLM_CHAT, "{" + user("The weather in Munich") + ",'tools':[" + WEATHER + "]}");

            JsonObject end = JsonObject.of(asMap(engine.handle(context)));

            List<JsonObject> fragments = context.parts().stream()
                    .map(part -> choice(JsonObject.of(part))
                            .object("delta")
                            .objects("tool_calls")
                            .get(0))
                    .toList();
            assertThat(fragments.get(0).string("id")).isEqualTo("call_demo_1");
            assertThat(fragments.get(0).object("function").string("name")).isEqualTo("getWeather");
            StringBuilder arguments = new StringBuilder();
            fragments.forEach(
                    fragment -> arguments.append(fragment.object("function").string("arguments")));
            assertThat(arguments).hasToString("{\"city\":\"Munich\",\"unit\":\"celsius\"}");
            assertThat(fragments.subList(1, fragments.size())).noneMatch(fragment -> fragment.has("id"));
            assertThat(choice(end).string("finish_reason")).isEqualTo("tool_calls");
        }

        @Test
        void interleave_several_choices() throws Exception {
            RecordingContext context =
                    RecordingContext.streaming(Intent.LLM_CHAT, "{" + user("Hello") + ",'n':2,'max_tokens':4}");

            JsonObject end = JsonObject.of(asMap(engine.handle(context)));

            assertThat(context.text(0)).isEqualTo(context.text(1)).isNotEmpty();
            assertThat(context.parts()).hasSize(8);
            assertThat(end.objects("choices"))
                    .extracting(each -> each.string("finish_reason"))
                    .isEqualTo(List.of("length", "length"));
        }

        @Test
        void of_nothing_are_the_whole_result() throws Exception {
            DemoBackend silent = DemoBackend.builder().answer(".", "").build();
            RecordingContext context = RecordingContext.streaming(Intent.LLM_CHAT, "{" + user("Hello") + "}");

            JsonObject end = JsonObject.of(asMap(silent.handle(context)));

            assertThat(context.parts()).isEmpty();
            assertThat(content(end)).isEmpty();
        }

        @Test
        void stop_producing_when_they_are_cancelled() {
            RecordingContext context = RecordingContext.streaming(Intent.LLM_CHAT, "{" + user("Hello") + "}");
            context.onEmit(part -> {
                if (context.parts().size() == 3) {
                    context.cancel();
                }
            });

            assertThatThrownBy(() -> engine.handle(context)).isInstanceOf(InterruptedException.class);
            Thread.interrupted();

            assertThat(context.parts()).hasSize(3);
            assertThat(engine.tokensProduced()).isEqualTo(3);
        }

        @Test
        void take_the_time_they_are_told_to_take() throws Exception {
            List<Duration> pauses = new ArrayList<>();
            DemoBackend slow = DemoBackend.builder()
                    .tokenDelay(Duration.ofMillis(30))
                    .pause(pauses::add)
                    .build();
            ask(slow, Intent.LLM_CHAT, "{" + user("Hello") + ",'max_tokens':7}");
            assertThat(pauses).hasSize(7).containsOnly(Duration.ofMillis(30));
        }

        @Test
        void wake_up_from_their_pause_when_they_are_cancelled() {
            DemoBackend slow =
                    DemoBackend.builder().tokenDelay(Duration.ofHours(1)).build();
            RecordingContext context = RecordingContext.streaming(Intent.LLM_CHAT, "{" + user("Hello") + "}");
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> slow.handle(context)).isInstanceOf(InterruptedException.class);
            assertThat(slow.tokensProduced()).isZero();
        }
    }

    @Nested
    class Completions {

        @Test
        void continue_the_prompt_honestly() throws Exception {
            JsonObject result = ask(engine, Intent.LLM_COMPLETION, "{'prompt':'Once upon a time'}");

            assertThat(choice(result).string("text")).contains("demo engine", "\"Once upon a time\" (4 words so far)");
            assertThat(result.string("object")).isEqualTo("text_completion");
            assertThat(result.object("usage").integer("prompt_tokens")).isEqualTo(4);
        }

        @Test
        void take_several_prompts_and_echo_them_on_demand() throws Exception {
            JsonObject result =
                    ask(engine, Intent.LLM_COMPLETION, "{'prompt':['a','b'],'n':2,'echo':true,'max_tokens':3}");

            assertThat(result.objects("choices"))
                    .extracting(each -> each.string("text"))
                    .isEqualTo(List.of("a ..", "a ..", "b ..", "b .."));
        }

        @Test
        void stream() throws Exception {
            RecordingContext context = RecordingContext.streaming(Intent.LLM_COMPLETION, "{'prompt':'Once'}");

            JsonObject end = JsonObject.of(asMap(engine.handle(context)));

            assertThat(context.text(0))
                    .isEqualTo(choice(ask(engine, Intent.LLM_COMPLETION, "{'prompt':'Once'}"))
                            .string("text"));
            assertThat(choice(end).string("text")).isEmpty();
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
        }

        @ParameterizedTest
        @ValueSource(strings = {"{}", "{'prompt':[]}", "{'prompt':[[1,2]]}", "{'prompt':7}"})
        void need_a_prompt_of_text(String payload) {
            assertThatThrownBy(() -> ask(engine, Intent.LLM_COMPLETION, payload))
                    .isInstanceOf(IicpException.class)
                    .hasMessageContaining("$.prompt");
        }
    }

    @Nested
    class Embeddings {

        @Test
        void are_given_for_each_text() throws Exception {
            JsonObject result = ask(engine, Intent.LLM_EMBEDDING, "{'input':['a cat','a cat','dogs']}");

            List<JsonObject> data = result.objects("data");
            assertThat(data).extracting(item -> item.integer("index")).isEqualTo(List.of(0, 1, 2));
            assertThat(data.get(0).list("embedding"))
                    .hasSize(64)
                    .isEqualTo(data.get(1).list("embedding"));
            assertThat(data.get(2).list("embedding")).isNotEqualTo(data.get(0).list("embedding"));
            assertThat(result.object("usage").asMap()).hasSize(2);
            assertThat(result.object("usage").integer("total_tokens")).isEqualTo(5);
        }

        @Test
        void have_the_length_asked_for() throws Exception {
            JsonObject result = ask(engine, Intent.LLM_EMBEDDING, "{'input':'a','dimensions':5}");
            assertThat(result.objects("data").get(0).list("embedding")).hasSize(5);
        }

        @Test
        void come_as_base64_on_demand() throws Exception {
            JsonObject result =
                    ask(engine, Intent.LLM_EMBEDDING, "{'input':'a','dimensions':3,'encoding_format':'base64'}");
            byte[] bytes =
                    Base64.getDecoder().decode(result.objects("data").get(0).string("embedding"));
            float first = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat();
            assertThat(bytes).hasSize(12);
            assertThat((double) first).isEqualTo(DemoEmbedding.of("a", 3)[0], within(1e-6));
        }

        @Test
        void are_not_streamed() throws Exception {
            RecordingContext context = RecordingContext.streaming(Intent.LLM_EMBEDDING, "{'input':'a'}");
            assertThat(asMap(engine.handle(context))).containsKey("data");
            assertThat(context.parts()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{}",
                    "{'input':[]}",
                    "{'input':[[1]]}",
                    "{'input':'a','dimensions':0}",
                    "{'input':'a','dimensions':2049}",
                    "{'input':'a','encoding_format':'hex'}"
                })
        void of_bad_requests_are_refused(String payload) {
            assertThatThrownBy(() -> ask(engine, Intent.LLM_EMBEDDING, payload))
                    .isInstanceOfSatisfying(IicpException.class, e -> assertThat(e.code())
                            .isEqualTo(ErrorCode.VALIDATION_ERROR.slug()));
        }
    }

    @Nested
    class As_an_engine {

        @Test
        void it_says_what_it_serves() {
            List<Capability> capabilities = engine.capabilities();

            assertThat(capabilities)
                    .extracting(Capability::intent)
                    .isEqualTo(List.of(
                            Intent.LLM_CHAT,
                            Intent.LLM_COMPLETION,
                            Intent.LLM_EMBEDDING,
                            Intent.SAFETY_MODERATE,
                            Intent.AUDIO_TRANSCRIBE,
                            Intent.AUDIO_SPEECH));
            Capability chat = capabilities.get(0);
            assertThat(chat.models()).isEqualTo(List.of("iicp-demo"));
            assertThat(chat.streams()).isTrue();
            assertThat(chat.features()).contains("tool_calling");
            assertThat(chat.inputModalities()).contains(Modality.IMAGE, Modality.AUDIO);
            assertThat(capabilities.get(2).streams()).isFalse();
            assertThat(engine.type()).isEqualTo("custom");
        }

        @Test
        void it_serves_only_the_intents_it_was_told() {
            DemoBackend vectors =
                    DemoBackend.builder().intents(Intent.LLM_EMBEDDING).build();

            assertThat(vectors.capabilities()).hasSize(1);
            assertThatThrownBy(() -> ask(vectors, Intent.LLM_CHAT, "{" + user("Hi") + "}"))
                    .isInstanceOfSatisfying(
                            IicpException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_INTENT.slug()));
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> DemoBackend.builder().intents(Intent.LLM_RERANK));
        }

        @Test
        void it_serves_nothing_once_it_is_closed() {
            assertThat(engine.state()).isEqualTo(InferenceBackend.State.OK);
            engine.close();
            engine.close();

            assertThat(engine.state()).isEqualTo(InferenceBackend.State.UNAVAILABLE);
            assertThatThrownBy(() -> chat(engine, user("Hi"))).isInstanceOf(CapacityException.class);
        }

        @Test
        void it_refuses_settings_that_cannot_work() {
            DemoBackend.Builder builder = DemoBackend.builder();
            assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> builder.maxTokens(0));
            assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> builder.dimensions(0));
            assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> builder.models(List.of()));
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> builder.tokenDelay(Duration.ofMillis(-1)));
            assertThatExceptionOfType(PatternSyntaxException.class).isThrownBy(() -> builder.answer("(", "x"));
        }
    }
}
