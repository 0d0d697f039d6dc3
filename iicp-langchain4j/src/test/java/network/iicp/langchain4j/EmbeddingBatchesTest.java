package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import network.iicp.client.CallOptions;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Usage;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EmbeddingBatchesTest {

    @ParameterizedTest
    @CsvSource({"1, 3, 1", "3, 3, 1", "4, 3, 2", "7, 3, 3", "7, 1, 7"})
    void inputs_are_cut_into_batches_without_losing_any(int inputs, int size, int batches) {
        List<String> texts = texts(inputs);

        EmbeddingBatches cut = EmbeddingBatches.of(request(texts).build(), size);

        assertThat(cut.batches())
                .hasSize(batches)
                .allMatch(batch -> batch.input().size() <= size);
        assertThat(cut.batches().stream().flatMap(batch -> batch.input().stream()))
                .isEqualTo(texts);
    }

    @Test
    void model_dimensions_and_routing_go_along() {
        EmbeddingBatches cut = EmbeddingBatches.of(
                request(texts(2))
                        .parameters(IicpEmbeddingRequestParameters.builder()
                                .modelName("bge-m3")
                                .dimensions(256)
                                .region("eu-central")
                                .qos(Qos.BATCH)
                                .node("3f2a91c0")
                                .build())
                        .build(),
                1);

        assertThat(cut.model()).isEqualTo("bge-m3");
        assertThat(cut.batches())
                .extracting(EmbeddingRequest::model, EmbeddingRequest::dimensions)
                .containsOnly(tuple("bge-m3", 256));
        assertThat(cut.options())
                .isEqualTo(CallOptions.DEFAULT
                        .withRegion("eu-central")
                        .withQos(Qos.BATCH)
                        .withNode("3f2a91c0"));
    }

    @Test
    void a_value_out_of_range_is_an_invalid_request() {
        assertThatThrownBy(() ->
                        EmbeddingBatches.of(request(texts(1)).dimensions(0).build(), 5))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("dimensions must be at least 1");
    }

    @Test
    void answers_are_put_together_in_order_and_their_tokens_added() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(3)).build(), 2);

        EmbeddingResponse response = cut.response(List.of(
                result("m", new Usage(5, null, 5), new float[] {1}, new float[] {2}),
                result("m", new Usage(3, null, 3), new float[] {3})));

        assertThat(response.embeddings())
                .containsExactly(
                        Embedding.from(new float[] {1}), Embedding.from(new float[] {2}), Embedding.from(new float[] {3
                        }));
        assertThat(response.metadata())
                .isEqualTo(IicpEmbeddingResponseMetadata.builder()
                        .modelName("m")
                        .tokenUsage(new TokenUsage(8, null, 8))
                        .provenances(List.of(Streams.PROVENANCE, Streams.PROVENANCE))
                        .build());
    }

    @Test
    void tokens_that_one_batch_did_not_count_are_unknown() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(2)).build(), 1);

        EmbeddingResponse response = cut.response(List.of(
                result("m", new Usage(5, null, 5), new float[] {1}), result("m", Usage.UNKNOWN, new float[] {2})));

        assertThat(response.tokenUsage()).isNull();
    }

    @Test
    void vectors_of_different_models_are_not_mixed() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(2)).build(), 1);

        assertThatThrownBy(() -> cut.response(List.of(
                        result("m", Usage.UNKNOWN, new float[] {1}), result("n", Usage.UNKNOWN, new float[] {2}))))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("[m, n]")
                .hasMessageContaining("set modelName");
        assertThatThrownBy(() -> cut.response(List.of(
                        result(null, Usage.UNKNOWN, new float[] {1}), result(null, Usage.UNKNOWN, new float[] {2, 3}))))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("lengths [1, 2]");
    }

    @Test
    void without_blocking_the_batches_go_one_after_the_other() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(3)).build(), 1);
        List<CompletableFuture<EmbeddingResult>> calls = new ArrayList<>();

        CompletableFuture<List<EmbeddingResult>> all = cut.runAsync(batch -> started(calls));
        assertThat(calls).hasSize(1);
        calls.get(0).complete(result("m", Usage.UNKNOWN, new float[] {1}));
        assertThat(calls).hasSize(2);
        calls.get(1).complete(result("m", Usage.UNKNOWN, new float[] {2}));
        calls.get(2).complete(result("m", Usage.UNKNOWN, new float[] {3}));

        assertThat(all).isCompletedWithValueMatching(results -> results.size() == 3);
    }

    @Test
    void cancelling_aborts_the_running_batch_and_starts_no_other() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(3)).build(), 1);
        List<CompletableFuture<EmbeddingResult>> calls = new ArrayList<>();
        CompletableFuture<EmbeddingResponse> all =
                Futures.mapped(cut.runAsync(batch -> started(calls)), cut::response, null);
        calls.get(0).complete(result("m", Usage.UNKNOWN, new float[] {1}));

        all.cancel(true);

        assertThat(calls).hasSize(2);
        assertThat(calls.get(1)).isCancelled();
    }

    @Test
    void a_batch_that_fails_ends_the_request() {
        EmbeddingBatches cut = EmbeddingBatches.of(request(texts(3)).build(), 1);
        List<CompletableFuture<EmbeddingResult>> calls = new ArrayList<>();
        CompletableFuture<EmbeddingResponse> all =
                Futures.mapped(cut.runAsync(batch -> started(calls)), cut::response, null);

        calls.get(0)
                .completeExceptionally(
                        IicpException.of(IicpError.of(ErrorCode.TASK_TIMEOUT, ErrorComponent.CLIENT, "too slow")));

        assertThat(all).isCompletedExceptionally();
        assertThatThrownBy(all::join).hasCauseExactlyInstanceOf(TimeoutException.class);
        assertThat(calls).hasSize(1);
    }

    private static CompletableFuture<EmbeddingResult> started(List<CompletableFuture<EmbeddingResult>> calls) {
        CompletableFuture<EmbeddingResult> call = new CompletableFuture<>();
        calls.add(call);
        return call;
    }

    private static dev.langchain4j.model.embedding.request.EmbeddingRequest.Builder request(List<String> texts) {
        return dev.langchain4j.model.embedding.request.EmbeddingRequest.builder()
                .inputs(texts.toArray(String[]::new));
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "text " + i).toList();
    }

    private static EmbeddingResult result(String model, Usage usage, float[]... vectors) {
        return new EmbeddingResult(List.of(vectors), model, usage, Streams.PROVENANCE);
    }
}
