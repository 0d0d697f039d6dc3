package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import network.iicp.protocol.moderation.Verdict;
import network.iicp.protocol.speech.SpeechFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.ai.audio.transcription.AudioTranscriptionPrompt;
import org.springframework.ai.audio.transcription.AudioTranscriptionResponse;
import org.springframework.ai.audio.tts.TextToSpeechOptions;
import org.springframework.ai.audio.tts.TextToSpeechPrompt;
import org.springframework.ai.audio.tts.TextToSpeechResponse;
import org.springframework.ai.moderation.ModerationOptionsBuilder;
import org.springframework.ai.moderation.ModerationPrompt;
import org.springframework.ai.moderation.ModerationResponse;
import org.springframework.ai.moderation.ModerationResult;
import org.springframework.core.io.AbstractResource;
import org.springframework.core.io.ByteArrayResource;
import reactor.core.Disposable;

/** Moderation, transcription and speech, through a directory and a node on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpringAiOtherModelsIT {

    private static final CallOptions ROUTING = CallOptions.builder()
            .qos(Qos.BATCH)
            .priority(Priority.LOW)
            .total(Duration.ofSeconds(20))
            .build();

    private static ScriptedEngine engine;
    private static LocalMesh mesh;

    @BeforeAll
    static void start() {
        engine = ScriptedEngine.like(
                DemoBackend.builder().models("demo-a", "demo-b").build());
        mesh = LocalMesh.start(setup -> setup.node(engine));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static String payload() {
        return Json.text(engine.lastTask().payload());
    }

    private static void was_routed(Priority rank) {
        Task task = engine.lastTask();
        assertThat(task.constraints().qos()).isEqualTo(Qos.BATCH);
        assertThat(task.constraints().priority()).isEqualTo(rank);
        assertThat(task.constraints().timeout()).isLessThanOrEqualTo(Duration.ofSeconds(20));
    }

    @Nested
    class Moderations {

        private IicpModerationModel model() {
            return IicpModerationModel.builder().client(mesh.client()).build();
        }

        @Test
        void have_the_categories_of_spring_ai_and_all_others_in_the_metadata() {
            ModerationResponse response = model().call(new ModerationPrompt("I hate that casino"));

            ModerationResult result =
                    response.getResult().getOutput().getResults().get(0);
            assertThat(result.isFlagged()).isTrue();
            assertThat(result.getCategories().isHate()).isTrue();
            assertThat(result.getCategories().isViolence()).isFalse();
            assertThat(result.getCategoryScores().getHate()).isEqualTo(1);
            Verdict verdict = response.getMetadata().get(IicpModerationModel.VERDICT);
            assertThat(verdict.has("spam")).isTrue();
            assertThat(IicpMetadata.provenance(response).orElseThrow().encrypted())
                    .isTrue();
        }

        @Test
        void leave_harmless_texts_alone() {
            assertThat(model().call(new ModerationPrompt("a fine day"))
                            .getResult()
                            .getOutput()
                            .getResults()
                            .get(0)
                            .isFlagged())
                    .isFalse();
        }

        @Test
        void take_options_of_the_call_over_those_of_the_model() {
            IicpModerationModel model = IicpModerationModel.builder()
                    .client(mesh.client())
                    .options(IicpModerationOptions.builder()
                            .model("demo-b")
                            .routing(ROUTING)
                            .build())
                    .build();

            model.call(new ModerationPrompt("x"));
            assertThat(payload()).contains("\"model\":\"demo-b\"");
            was_routed(Priority.LOW);

            model.call(new ModerationPrompt(
                    "x", ModerationOptionsBuilder.builder().model("demo-a").build()));
            assertThat(payload()).contains("\"model\":\"demo-a\"");
            was_routed(Priority.LOW);

            model.call(new ModerationPrompt(
                    "x",
                    IicpModerationOptions.builder()
                            .routing(CallOptions.DEFAULT.withPriority(Priority.HIGH))
                            .build()));
            assertThat(payload()).contains("\"model\":\"demo-b\"");
            was_routed(Priority.HIGH);
        }

        @Test
        void of_a_model_nobody_has_are_a_typed_error() {
            assertThatExceptionOfType(NoProviderException.class).isThrownBy(() -> model().call(new ModerationPrompt(
                    "x", IicpModerationOptions.builder().model("unheard-of").build())));
        }

        @Test
        void of_unknown_categories_and_without_scores_are_kept_as_they_are() {
            try (LocalMesh other = LocalMesh.start(setup -> setup.node(ScriptedEngine.of(
                    Intent.SAFETY_MODERATE,
                    context -> Map.of(
                            "results",
                            List.of(Map.of("flagged", true, "categories", Map.of("weather", true, "pii", true)))))))) {
                ModerationResponse response = IicpModerationModel.builder()
                        .client(other.client())
                        .build()
                        .call(new ModerationPrompt("x"));

                assertThat(response.getResult()
                                .getOutput()
                                .getResults()
                                .get(0)
                                .getCategories()
                                .isPii())
                        .isTrue();
                assertThat(response.getMetadata()
                                .<Verdict>get(IicpModerationModel.VERDICT)
                                .has("weather"))
                        .isTrue();
            }
        }
    }

    @Nested
    class Sound {

        private final IicpTextToSpeechModel speech =
                IicpTextToSpeechModel.builder().client(mesh.client()).build();
        private final IicpTranscriptionModel transcription =
                IicpTranscriptionModel.builder().client(mesh.client()).build();

        @Test
        void that_is_spoken_is_written_down_again() {
            TextToSpeechResponse spoken = speech.call(new TextToSpeechPrompt(
                    "good morning", TextToSpeechOptions.builder().format("wav").build()));
            assertThat(spoken.getMetadata().<String>get(IicpTextToSpeechModel.CONTENT_TYPE))
                    .isEqualTo("audio/wav");
            assertThat(IicpMetadata.provenance(spoken)).isPresent();
            ByteArrayResource sound = new ByteArrayResource(spoken.getResult().getOutput());

            AudioTranscriptionResponse heard = transcription.call(new AudioTranscriptionPrompt(sound));
            assertThat(heard.getResult().getOutput()).isEqualTo("good morning");
            assertThat(heard.getMetadata().<String>get(IicpMetadata.NODE)).hasSize(8);
            assertThat(transcription.transcribe(sound)).isEqualTo("good morning");
        }

        @Test
        void is_spoken_as_the_options_of_the_call_and_of_the_model_say() {
            IicpTextToSpeechModel model = IicpTextToSpeechModel.builder()
                    .client(mesh.client())
                    .options(IicpTextToSpeechOptions.builder()
                            .model("demo-b")
                            .voice("nova")
                            .format(SpeechFormat.WAV)
                            .speed(1.5)
                            .routing(ROUTING)
                            .build())
                    .build();

            model.call("x");
            assertThat(payload())
                    .contains(
                            "\"model\":\"demo-b\"",
                            "\"voice\":\"nova\"",
                            "\"response_format\":\"wav\"",
                            "\"speed\":1.5");
            was_routed(Priority.LOW);

            model.call(new TextToSpeechPrompt(
                    "x",
                    TextToSpeechOptions.builder()
                            .model("demo-a")
                            .voice("echo")
                            .speed(0.5)
                            .build()));
            assertThat(payload())
                    .contains(
                            "\"model\":\"demo-a\"",
                            "\"voice\":\"echo\"",
                            "\"response_format\":\"wav\"",
                            "\"speed\":0.5");
            was_routed(Priority.LOW);
        }

        @Test
        void is_written_down_as_the_options_of_the_call_and_of_the_model_say() {
            IicpTranscriptionModel model = IicpTranscriptionModel.builder()
                    .client(mesh.client())
                    .options(IicpTranscriptionOptions.builder()
                            .model("demo-b")
                            .language("de")
                            .prompt("names")
                            .temperature(0.5)
                            .routing(ROUTING)
                            .build())
                    .build();
            ByteArrayResource recording = new ByteArrayResource(new byte[] {1, 2, 3}) {
                @Override
                public String getFilename() {
                    return "talk.mp3";
                }
            };

            model.call(new AudioTranscriptionPrompt(recording));
            assertThat(payload())
                    .contains(
                            "\"model\":\"demo-b\"",
                            "\"language\":\"de\"",
                            "\"prompt\":\"names\"",
                            "\"temperature\":0.5",
                            "talk.mp3");
            was_routed(Priority.LOW);

            model.call(new AudioTranscriptionPrompt(
                    recording,
                    IicpTranscriptionOptions.builder()
                            .language("fr")
                            .temperature(0.0)
                            .build()));
            assertThat(payload())
                    .contains(
                            "\"model\":\"demo-b\"",
                            "\"language\":\"fr\"",
                            "\"prompt\":\"names\"",
                            "\"temperature\":0.0");

            model.call(new AudioTranscriptionPrompt(recording, () -> "demo-a"));
            assertThat(payload()).contains("\"model\":\"demo-a\"", "\"language\":\"de\"");
        }

        @Test
        void streams_as_one_whole_part() {
            byte[] sound = speech.call("good morning");

            assertThat(speech.stream("good morning").collectList().block())
                    .singleElement()
                    .isEqualTo(sound);
            assertThat(transcription
                            .streamTranscribe(new ByteArrayResource(sound))
                            .collectList()
                            .block())
                    .containsExactly("good morning");
        }

        @Test
        void that_is_no_longer_wanted_is_stopped_at_the_node() throws Exception {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch stopped = new CountDownLatch(1);
            try (LocalMesh slow =
                    LocalMesh.start(setup -> setup.node(ScriptedEngine.of(Intent.AUDIO_SPEECH, context -> {
                        context.onCancel(stopped::countDown);
                        begun.countDown();
                        stopped.await();
                        return Map.of();
                    })))) {
                Disposable call = IicpTextToSpeechModel.builder().client(slow.client()).build().stream(
                                new TextToSpeechPrompt("x"))
                        .subscribe();
                assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

                call.dispose();

                assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
            }
        }

        @Test
        void that_cannot_be_sent_is_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> speech.call(new TextToSpeechPrompt(
                            "x", TextToSpeechOptions.builder().format("midi").build())))
                    .withMessageContaining("midi");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> speech.stream(new TextToSpeechPrompt(
                                    "x",
                                    TextToSpeechOptions.builder().speed(9.0).build()))
                            .blockLast())
                    .withMessageContaining("9.0");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> transcription.transcribe(new ByteArrayResource(new byte[0])))
                    .withMessageContaining("needs a recording");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> transcription.transcribe(
                            new ByteArrayResource(new byte[IicpTranscriptionModel.MAX_RECORDING_BYTES + 1])))
                    .withMessageContaining("larger than");
        }

        @Test
        void that_cannot_be_read_is_told() {
            AbstractResource unreadable = new AbstractResource() {
                @Override
                public String getDescription() {
                    return "nothing";
                }

                @Override
                public InputStream getInputStream() throws IOException {
                    throw new IOException("gone");
                }
            };
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> transcription.transcribe(unreadable))
                    .withMessageContaining("cannot be read");
        }
    }

    @Test
    void models_need_a_client() {
        assertThatIllegalStateException()
                .isThrownBy(() -> IicpModerationModel.builder().build())
                .withMessageContaining("IicpModerationModel.builder().client(...)");
        assertThatIllegalStateException()
                .isThrownBy(() -> IicpTextToSpeechModel.builder().build())
                .withMessageContaining("IicpTextToSpeechModel.builder().client(...)");
        assertThatIllegalStateException()
                .isThrownBy(() -> IicpTranscriptionModel.builder().build())
                .withMessageContaining("IicpTranscriptionModel.builder().client(...)");
    }
}
