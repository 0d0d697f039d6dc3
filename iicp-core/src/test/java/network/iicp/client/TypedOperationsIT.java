package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Task;
import network.iicp.protocol.Usage;
import network.iicp.protocol.classification.ClassificationRequest;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.reranking.RerankRequest;
import network.iicp.protocol.reranking.RerankResult;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import network.iicp.protocol.summarization.SummaryRequest;
import network.iicp.protocol.summarization.SummaryResult;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;
import network.iicp.protocol.translation.TranslationRequest;
import network.iicp.protocol.wire.TaskReplyCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TypedOperationsIT {

    private static final CallOptions ONCE = CallOptions.DEFAULT.withMaxAttempts(1);

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private static FakeNode.Behaviour result(Object result) {
        return job -> job.reply(TaskReplyCodec.success(job.taskId(), result, Usage.UNKNOWN, "m1", Map.of()));
    }

    @Test
    void texts_are_judged() throws Exception {
        FakeNode node = mesh.node(
                result(Map.of("results", List.of(Map.of("flagged", true, "categories", Map.of("hate", true))))));
        IicpClient client = mesh.client();
        ModerationRequest request = ModerationRequest.of("a text");
        ModerationResult result = client.moderate(request);
        assertThat(result.verdict().has("hate")).isTrue();
        assertThat(result.provenance().encrypted()).isTrue();
        assertThat(client.moderate(request, ONCE).flagged()).isTrue();
        assertThat(client.moderateAsync(request).get(30, TimeUnit.SECONDS).flagged())
                .isTrue();
        assertThat(node.payloads()).hasSize(3).containsOnly(Map.of("input", "a text"));
    }

    @Test
    void recordings_are_written_down() throws Exception {
        FakeNode node = mesh.node(result("good morning"));
        IicpClient client = mesh.client();
        TranscriptionRequest request = TranscriptionRequest.of(new byte[] {1, 2, 3}, "talk.mp3");
        TranscriptionResult result = client.transcribe(request);
        assertThat(result.text()).isEqualTo("good morning");
        assertThat(client.transcribe(request, ONCE).text()).isEqualTo("good morning");
        assertThat(client.transcribeAsync(request).get(30, TimeUnit.SECONDS).model())
                .isEqualTo("m1");
        assertThat(node.payloads()).hasSize(3).containsOnly(Map.of("audio", "AQID", "filename", "talk.mp3"));
    }

    @Test
    void texts_are_spoken() throws Exception {
        byte[] sound = "RIFF and so on".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        FakeNode node = mesh.node(result(Map.of(
                "audio", Base64.getEncoder().encodeToString(sound), "content_type", "audio/wav", "format", "wav")));
        IicpClient client = mesh.client();
        SpeechRequest request = SpeechRequest.of("good morning").withFormat(SpeechFormat.WAV);
        SpeechResult result = client.speak(request);
        assertThat(result.audio()).isEqualTo(sound);
        assertThat(client.speak(request, ONCE).contentType()).isEqualTo("audio/wav");
        assertThat(client.speakAsync(request).get(30, TimeUnit.SECONDS).format())
                .isEqualTo("wav");
        assertThat(node.payloads()).hasSize(3).containsOnly(Map.of("input", "good morning", "response_format", "wav"));
    }

    @Test
    void prompts_are_continued_with_options_too() throws Exception {
        mesh.node(result(Map.of("choices", List.of(Map.of("text", " upon", "finish_reason", "stop")))));
        IicpClient client = mesh.client();
        CompletionResult result = client.complete(CompletionRequest.of("once"), ONCE);
        assertThat(result.text()).isEqualTo(" upon");
        assertThat(client.completeAsync(CompletionRequest.of("once"))
                        .get(30, TimeUnit.SECONDS)
                        .text())
                .isEqualTo(" upon");
    }

    @Test
    void an_answer_that_cannot_be_read_is_asked_for_elsewhere() {
        mesh.node(result(Map.of("results", List.of())));
        mesh.node(result(Map.of("results", List.of(Map.of("flagged", false)))));
        ModerationResult result = mesh.client().moderate(ModerationRequest.of("a text"));
        assertThat(result.flagged()).isFalse();
        assertThat(result.provenance().attempts())
                .extracting(Attempt::outcome)
                .containsExactly(ErrorCode.PROTOCOL_ERROR.slug(), Attempt.SUCCESS);
    }

    @Test
    void payloads_are_checked_before_anything_is_sent_when_that_is_wanted() {
        FakeNode node = mesh.node(result(Map.of("results", List.of(Map.of("flagged", false)))));
        IicpClient checking = mesh.client(builder -> builder.validatePayloads(true));
        Task wrong = Task.of(Intent.SAFETY_MODERATE, Map.of("input", List.of()));
        assertThatThrownBy(() -> checking.submit(wrong))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("payload.input must have at least 1 element");
        assertThat(mesh.directory().requests()).isEmpty();
        assertThat(checking.moderate(ModerationRequest.of("fine")).flagged()).isFalse();
        assertThat(mesh.client().submit(wrong).resultMap()).isPresent();
        assertThat(node.payloads()).containsExactly(Map.of("input", "fine"), Map.of("input", List.of()));
    }

    @Test
    void a_node_that_serves_an_intent_of_the_registry_is_asked_itself() {
        FakeNode node = mesh.node(result(Map.of("summary", "short")));
        SummaryResult result = mesh.client(builder -> builder.emulation(true))
                .summarize(SummaryRequest.of("long").withModel("m1"));
        assertThat(result.text()).isEqualTo("short");
        assertThat(result.provenance().emulated()).isFalse();
        assertThat(node.payloads()).containsExactly(Map.of("text", "long"));
    }

    @Test
    void a_chat_model_stands_in_when_nobody_serves_the_intent_and_that_is_allowed() {
        FakeNode node = mesh.node(job -> {
            String instructions = Json.text(job.payload().get("messages"));
            job.say(
                    instructions.contains("Translate")
                            ? "{\"translation\":\"kurz\"}"
                            : instructions.contains("categories")
                                    ? "{\"labels\":[{\"category\":\"good\",\"score\":0.9}]}"
                                    : instructions.contains("candidates")
                                            ? "{\"results\":[{\"index\":1,\"relevance_score\":0.9},{\"index\":0,\"relevance_score\":0.1}]}"
                                            : "{\"summary\":\"short\"}");
        });
        mesh.chatsOnly();
        IicpClient client = mesh.client(builder -> builder.emulation(true));
        SummaryResult summary = client.summarize(SummaryRequest.of("long"));
        assertThat(summary.text()).isEqualTo("short");
        assertThat(summary.provenance().emulated()).isTrue();
        assertThat(client.translate(TranslationRequest.of("short", "de"), ONCE).text())
                .isEqualTo("kurz");
        assertThat(client.classify(ClassificationRequest.of("fine", "good", "bad"))
                        .categories())
                .containsExactly("good");
        assertThat(client.rerank(RerankRequest.of("q", List.of("a", "b"))).ranking())
                .extracting(RerankResult.Ranked::index)
                .containsExactly(1, 0);
        assertThat(node.payloads())
                .hasSize(4)
                .allMatch(payload -> payload.containsKey("response_format") && payload.containsKey("messages"));
    }

    @Test
    void nothing_is_emulated_unless_that_is_allowed() {
        FakeNode node = mesh.node(job -> job.say("{\"summary\":\"short\"}"));
        mesh.chatsOnly();
        assertThatThrownBy(() -> mesh.client().summarize(SummaryRequest.of("long")))
                .isInstanceOf(NoProviderException.class)
                .hasMessageContaining("nobody serves urn:iicp:intent:llm:summarize:v1")
                .hasMessageContaining("emulation");
        assertThat(node.payloads()).isEmpty();
    }

    @Test
    void a_directory_that_does_not_know_the_intent_is_no_obstacle_to_an_emulation() {
        mesh.node(job -> job.say("{\"translation\":\"kurz\"}"));
        mesh.directory((request, line) -> {
            if (request.path().contains("chat")) {
                line.json(200, Json.text(Map.of("nodes", mesh.describe(), "count", 1)));
            } else {
                line.json(422, "{\"error\":{\"code\":\"validation_error\",\"message\":\"intent\"}}");
            }
        });
        IicpClient client = mesh.client(builder -> builder.emulation(true));
        assertThat(client.translate(TranslationRequest.of("short", "de")).text())
                .isEqualTo("kurz");
    }

    @Test
    void a_node_that_fails_at_an_intent_is_not_papered_over_by_an_emulation() {
        mesh.node(job -> job.line().json(500, "{\"error\":{\"code\":\"internal_error\",\"message\":\"x\"}}"));
        IicpClient client = mesh.client(builder -> builder.emulation(true).maxAttempts(1));
        assertThatThrownBy(() -> client.summarize(SummaryRequest.of("long")))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.code())
                        .isEqualTo(ErrorCode.INTERNAL_ERROR.slug()));
    }

    @Test
    void cancelling_an_emulation_aborts_the_chat() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        mesh.node(job -> {
            reached.countDown();
            if (job.line().peerClosed()) {
                gone.countDown();
            }
        });
        mesh.chatsOnly();
        CompletableFuture<SummaryResult> call = mesh.client(builder -> builder.emulation(true))
                .summarizeAsync(SummaryRequest.of("long"), CallOptions.DEFAULT);
        assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
        call.cancel(true);
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nobody_who_serves_an_intent_is_a_typed_error() {
        assertThatThrownBy(() -> mesh.client().speak(SpeechRequest.of("x"))).isInstanceOf(NoProviderException.class);
    }

    @Test
    void cancelling_a_typed_call_aborts_the_exchange() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        mesh.node(job -> {
            reached.countDown();
            if (job.line().peerClosed()) {
                gone.countDown();
            }
        });
        CompletableFuture<TranscriptionResult> call =
                mesh.client().transcribeAsync(TranscriptionRequest.of(new byte[] {1}));
        assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
        call.cancel(true);
        assertThat(call).isCancelled();
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void the_batch_size_of_client_and_request_decide_how_many_texts_a_task_has() {
        FakeNode node = mesh.node(job -> {
            List<Map<String, Object>> data = new ArrayList<>();
            for (Object text : (List<?>) job.payload().get("input")) {
                data.add(Map.of(
                        "index",
                        data.size(),
                        "embedding",
                        List.of(text.toString().length(), 1)));
            }
            job.reply(TaskReplyCodec.success(job.taskId(), Map.of("data", data), Usage.of(1, 0), "m1", Map.of()));
        });
        IicpClient client = mesh.client(builder -> builder.embeddingBatchSize(2));
        EmbeddingRequest request = EmbeddingRequest.of("a", "bb", "ccc", "dddd", "eeeee");
        EmbeddingResult result = client.embed(request);
        assertThat(result.vectors()).extracting(vector -> vector[0]).containsExactly(1f, 2f, 3f, 4f, 5f);
        assertThat(result.usage().promptTokens()).isEqualTo(3);
        assertThat(result.provenances()).hasSize(3);
        assertThat(node.payloads())
                .containsExactly(
                        Map.of("input", List.of("a", "bb")),
                        Map.of("input", List.of("ccc", "dddd"), "model", "m1"),
                        Map.of("input", List.of("eeeee"), "model", "m1"));
        assertThat(client.embed(request.withBatchSize(5)).provenances()).hasSize(1);
    }

    @Test
    void a_node_that_would_mix_models_is_left_for_one_that_does_not() {
        FakeNode first = mesh.node(job -> {});
        FakeNode second = mesh.node(job -> {});
        first.behave(job -> job.reply(vector(job, first.payloads().size() == 1 ? "m1" : "other")));
        second.behave(job -> job.reply(vector(job, "m1")));
        EmbeddingResult result =
                mesh.client().embed(EmbeddingRequest.of("a", "b").withBatchSize(1));
        assertThat(result.model()).isEqualTo("m1");
        assertThat(result.provenances().get(1).attempts())
                .extracting(Attempt::outcome)
                .containsExactly(ErrorCode.PROTOCOL_ERROR.slug(), Attempt.SUCCESS);
    }

    private static Map<String, Object> vector(FakeNode.Job job, String model) {
        return TaskReplyCodec.success(
                job.taskId(),
                Map.of("data", List.of(Map.of("index", 0, "embedding", List.of(1, 2)))),
                Usage.UNKNOWN,
                model,
                Map.of());
    }

    @Test
    void a_batch_size_below_one_is_refused_at_once() {
        assertThatThrownBy(() -> IicpClient.builder().embeddingBatchSize(0))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("embedding-batch-size is 0");
        assertThatThrownBy(() -> EmbeddingRequest.of("a").withBatchSize(0)).hasMessageContaining("batchSize");
    }
}
