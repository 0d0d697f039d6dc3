package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.audio.AudioTranscriptionRequest;
import dev.langchain4j.model.audio.TextToSpeechRequest;
import dev.langchain4j.model.moderation.ModerationRequest;
import dev.langchain4j.model.moderation.ModerationResponse;
import dev.langchain4j.model.moderation.listener.ModerationModelErrorContext;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import dev.langchain4j.model.moderation.listener.ModerationModelResponseContext;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.request.ScoringRequest;
import dev.langchain4j.model.scoring.request.ScoringRequestParameters;
import dev.langchain4j.model.scoring.response.ScoringResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoReply;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import network.iicp.protocol.Usage;
import network.iicp.protocol.moderation.Verdict;
import network.iicp.protocol.reranking.RerankResult;
import network.iicp.protocol.reranking.RerankResult.Ranked;
import network.iicp.protocol.speech.SpeechFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Moderation, scoring, transcription and speech, through a directory and a node on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LangChain4jOtherModelsIT {

    private static final CallOptions ROUTING = CallOptions.builder()
            .qos(Qos.BATCH)
            .priority(Priority.LOW)
            .total(Duration.ofSeconds(20))
            .build();

    private static RecordingEngine engine;
    private static LocalMesh mesh;
    private static IicpClient emulating;

    @BeforeAll
    static void start() {
        DemoReply ranking = DemoReply.text(
                "{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0,\"relevance_score\":0.2}]}");
        engine = new RecordingEngine(DemoBackend.builder()
                .models("demo-a", "demo-b")
                .answer(prompt -> prompt.userText().contains("candidates"), ranking)
                .build());
        mesh = LocalMesh.start(setup -> setup.node(engine));
        emulating = IicpClient.builder()
                .directoryUrl(mesh.directoryUrl())
                .emulation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        emulating.close();
        mesh.close();
    }

    private static void was_routed(Task task) {
        assertThat(task.constraints().qos()).isEqualTo(Qos.BATCH);
        assertThat(task.constraints().priority()).isEqualTo(Priority.LOW);
        assertThat(task.constraints().timeout()).isLessThanOrEqualTo(Duration.ofSeconds(20));
    }

    private static LocalMesh overloaded() {
        return LocalMesh.start(setup -> setup.node(new RecordingEngine()
                .failWith(new CapacityException(
                        IicpError.of(ErrorCode.CAPACITY_EXCEEDED, ErrorComponent.NODE, "the engine is full")))));
    }

    @Nested
    class Moderations {

        private IicpModerationModel.Builder builder() {
            return IicpModerationModel.builder().client(mesh.client());
        }

        @Test
        void report_the_first_text_that_is_flagged_and_keep_all_verdicts() {
            ModerationResponse response = builder()
                    .build()
                    .moderate(ModerationRequest.builder()
                            .texts(List.of("a fine day", "I hate it", "attack"))
                            .build());

            assertThat(response.moderation().flagged()).isTrue();
            assertThat(response.moderation().flaggedText()).isEqualTo("I hate it");
            assertThat((List<?>) response.metadata().get(IicpModerationModel.VERDICTS))
                    .extracting(verdict -> ((Verdict) verdict).flagged())
                    .containsExactly(false, true, true);
            assertThat(((Provenance) response.metadata().get(IicpModerationModel.PROVENANCE)).encrypted())
                    .isTrue();
        }

        @Test
        void leave_harmless_messages_alone() {
            assertThat(builder()
                            .build()
                            .moderate(UserMessage.from("a fine day"))
                            .content()
                            .flagged())
                    .isFalse();
        }

        @Test
        void take_model_and_routing_along() {
            IicpModerationModel model =
                    builder().modelName("demo-b").routing(ROUTING).build();

            model.moderate("x");
            assertThat(engine.lastTask().intent()).isEqualTo(Intent.SAFETY_MODERATE);
            assertThat(Json.text(engine.lastTask().payload())).contains("\"model\":\"demo-b\"");
            was_routed(engine.lastTask());

            model.moderate(ModerationRequest.builder()
                    .texts(List.of("x"))
                    .modelName("demo-a")
                    .build());
            assertThat(Json.text(engine.lastTask().payload())).contains("\"model\":\"demo-a\"");
        }

        @Test
        void tell_their_listeners_of_responses_and_errors() {
            List<String> heard = new CopyOnWriteArrayList<>();
            ModerationModelListener listener = new ModerationModelListener() {
                @Override
                public void onResponse(ModerationModelResponseContext context) {
                    heard.add("response");
                }

                @Override
                public void onError(ModerationModelErrorContext context) {
                    heard.add(context.error().getClass().getSimpleName());
                }
            };

            builder().listeners(List.of(listener)).build().moderate("x");
            assertThatThrownBy(() -> builder()
                            .listeners(List.of(listener))
                            .modelName("unheard-of")
                            .build()
                            .moderate("x"))
                    .isInstanceOf(ModelNotFoundException.class)
                    .hasCauseInstanceOf(IicpException.class);

            assertThat(heard).containsExactly("response", "ModelNotFoundException");
        }

        @Test
        void fail_as_chats_do_when_the_node_is_full() {
            try (LocalMesh full = overloaded();
                    IicpModerationModel model = IicpModerationModel.builder()
                            .directoryUrl(full.directoryUrl().toString())
                            .routing(CallOptions.DEFAULT.withMaxAttempts(1))
                            .build()) {
                assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> model.moderate("x"));
            }
        }
    }

    @Nested
    class Scores {

        private IicpScoringModel.Builder builder() {
            return IicpScoringModel.builder().client(emulating);
        }

        @Test
        void come_in_the_order_of_the_texts_and_the_emulation_is_told() {
            Response<List<Double>> response = builder()
                    .routing(ROUTING)
                    .build()
                    .scoreAll(List.of(TextSegment.from("a"), TextSegment.from("b")), "which?");

            assertThat(response.content()).containsExactly(0.2, 0.9);
            assertThat(response.tokenUsage().totalTokenCount()).isPositive();
            assertThat(((Provenance) response.metadata().get(IicpScoringModel.PROVENANCE)).emulated())
                    .isTrue();
            was_routed(engine.lastTask());
        }

        @Test
        void come_without_blocking_too() throws Exception {
            ScoringResponse response = builder()
                    .modelName("demo-b")
                    .build()
                    .scoreAsync(ScoringRequest.builder()
                            .documents(List.of("a", "b"))
                            .query("which?")
                            .build())
                    .get(30, TimeUnit.SECONDS);

            assertThat(response.scores()).containsExactly(0.2, 0.9);
            assertThat(response.modelName()).isEqualTo("demo-b");
            assertThat(response.tokenUsage().totalTokenCount()).isPositive();
        }

        @Test
        void fail_through_the_future() {
            ScoringRequest unheardOf = ScoringRequest.builder()
                    .documents(List.of("a"))
                    .query("which?")
                    .parameters(ScoringRequestParameters.builder()
                            .modelName("unheard-of")
                            .build())
                    .build();

            assertThatThrownBy(() -> builder().build().scoreAsync(unheardOf).join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(ModelNotFoundException.class);
        }

        @Test
        void need_a_query() {
            assertThatThrownBy(() -> builder().build().score("a", " ")).isInstanceOf(InvalidRequestException.class);
        }

        @Test
        void are_refused_where_nobody_serves_them_and_nothing_is_emulated() {
            assertThatThrownBy(() -> IicpScoringModel.builder()
                            .client(mesh.client())
                            .build()
                            .score("a", "which?"))
                    .hasCauseInstanceOf(IicpException.class);
        }

        @Test
        void follow_the_place_where_a_node_gives_none() {
            RerankResult result = new RerankResult(
                    List.of(new Ranked(2, null), new Ranked(0, null), new Ranked(1, null)),
                    "m",
                    Usage.UNKNOWN,
                    Streams.PROVENANCE);
            RerankResult single =
                    new RerankResult(List.of(new Ranked(0, null)), "m", Usage.UNKNOWN, Streams.PROVENANCE);

            assertThat(IicpScoringModel.scores(result)).containsExactly(0.5, 0.0, 1.0);
            assertThat(IicpScoringModel.scores(single)).containsExactly(1.0);
        }
    }

    @Nested
    class Sound {

        private final IicpAudioTranscriptionModel transcription =
                IicpAudioTranscriptionModel.builder().client(mesh.client()).build();

        @Test
        void that_is_spoken_is_written_down_again() {
            Audio spoken = IicpTextToSpeechModel.builder()
                    .client(mesh.client())
                    .format(SpeechFormat.WAV)
                    .build()
                    .synthesize("good morning")
                    .audio();

            assertThat(spoken.mimeType()).isEqualTo("audio/wav");
            assertThat(transcription.transcribeToText(spoken)).isEqualTo("good morning");
            String base64 = Base64.getEncoder().encodeToString(spoken.binaryData());
            assertThat(transcription.transcribeToText(
                            Audio.builder().base64Data(base64).build()))
                    .isEqualTo("good morning");
        }

        @Test
        void is_spoken_as_the_model_and_the_request_say() {
            IicpTextToSpeechModel model = IicpTextToSpeechModel.builder()
                    .client(mesh.client())
                    .modelName("demo-b")
                    .voice("nova")
                    .speed(1.5)
                    .format(SpeechFormat.WAV)
                    .routing(ROUTING)
                    .build();

            model.synthesize("x");
            assertThat(Json.text(engine.lastTask().payload()))
                    .contains(
                            "\"model\":\"demo-b\"",
                            "\"voice\":\"nova\"",
                            "\"speed\":1.5",
                            "\"response_format\":\"wav\"");
            was_routed(engine.lastTask());

            model.synthesize(TextToSpeechRequest.builder("x").voice("echo").build());
            assertThat(Json.text(engine.lastTask().payload())).contains("\"voice\":\"echo\"");
        }

        @Test
        void is_written_down_as_the_model_and_the_request_say() {
            Audio recording = Audio.builder()
                    .binaryData(new byte[] {1, 2, 3})
                    .mimeType("audio/mpeg")
                    .build();
            IicpAudioTranscriptionModel.builder()
                    .client(mesh.client())
                    .modelName("demo-b")
                    .routing(ROUTING)
                    .build()
                    .transcribe(AudioTranscriptionRequest.builder(recording)
                            .language("de")
                            .prompt("names")
                            .temperature(0.5)
                            .build());

            assertThat(Json.text(engine.lastTask().payload()))
                    .contains(
                            "\"model\":\"demo-b\"",
                            "\"language\":\"de\"",
                            "\"prompt\":\"names\"",
                            "\"temperature\":0.5",
                            "audio.mp3");
            was_routed(engine.lastTask());
        }

        @Test
        void that_cannot_be_sent_is_refused() {
            int before = engine.tasks().size();

            assertThatThrownBy(() -> transcription.transcribeToText(
                            Audio.builder().url("https://example.org/a.wav").build()))
                    .isInstanceOf(UnsupportedFeatureException.class);
            assertThatThrownBy(() -> transcription.transcribe(AudioTranscriptionRequest.builder(
                                    Audio.builder().binaryData(new byte[] {1}).build())
                            .temperature(3.0)
                            .build()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("3.0");

            assertThat(engine.tasks()).hasSize(before);
        }

        @Test
        void fails_as_chats_do_when_nobody_has_the_model() {
            assertThatThrownBy(() -> IicpTextToSpeechModel.builder()
                            .client(mesh.client())
                            .modelName("unheard-of")
                            .build()
                            .synthesize("x"))
                    .isInstanceOf(ModelNotFoundException.class)
                    .hasCauseInstanceOf(IicpException.class);
        }
    }
}
