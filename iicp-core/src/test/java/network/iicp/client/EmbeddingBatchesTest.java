package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.TaskTimeoutException;
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

    /** A task that was sent, and how its answer will be read. */
    private record Sent(
            EmbeddingRequest batch,
            Function<TaskResult, EmbeddingResult> reader,
            CompletableFuture<EmbeddingResult> future) {

        void answer(String model, Usage usage, List<List<Double>> vectors) {
            try {
                future.complete(read(model, usage, vectors));
            } catch (IicpException e) {
                future.completeExceptionally(e);
            }
        }

        EmbeddingResult read(String model, Usage usage, List<List<Double>> vectors) {
            List<Map<String, Object>> data = vectors.stream()
                    .map(vector -> Map.<String, Object>of("embedding", vector))
                    .toList();
            Provenance provenance = new Provenance(
                    "550e8400-e29b-41d4-a716-446655440000",
                    "node-" + batch.input().get(0),
                    null,
                    model,
                    true,
                    false,
                    "t",
                    List.of());
            return reader.apply(
                    new TaskResult(provenance.taskId(), Map.of("data", data), usage, model, Map.of(), provenance));
        }
    }

    private final List<Sent> sent = new ArrayList<>();

    private CompletableFuture<EmbeddingResult> run(EmbeddingRequest request, int size) {
        return EmbeddingBatches.run(request, size, (batch, reader) -> {
            Sent task = new Sent(batch, reader, new CompletableFuture<>());
            sent.add(task);
            return task.future();
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 1", "3, 3, 1", "4, 3, 2", "7, 3, 3", "7, 1, 7"})
    void texts_are_cut_into_batches_without_losing_any(int count, int size, int batches) {
        List<String> texts = texts(count);
        List<List<String>> cut = EmbeddingBatches.cut(texts, size);
        assertThat(cut).hasSize(batches).allMatch(batch -> !batch.isEmpty() && batch.size() <= size);
        assertThat(cut.stream().flatMap(List::stream)).isEqualTo(texts);
    }

    @Test
    void long_texts_make_smaller_batches_and_one_that_is_too_long_goes_alone() {
        String half = "x".repeat(EmbeddingBatches.MOST_CHARACTERS / 2);
        String huge = "y".repeat(EmbeddingBatches.MOST_CHARACTERS + 1);
        List<List<String>> cut = EmbeddingBatches.cut(List.of(half, half, "z", huge, "z"), 100);
        assertThat(cut).extracting(List::size).containsExactly(2, 1, 1, 1);
    }

    @Test
    void batches_go_one_after_the_other_and_come_back_in_order_with_their_tokens_added() {
        CompletableFuture<EmbeddingResult> all = run(EmbeddingRequest.of("a", "b", "c"), 2);
        assertThat(sent).hasSize(1);
        sent.get(0).answer("m", new Usage(5, null, 5), List.of(List.of(1.0), List.of(2.0)));
        assertThat(sent).hasSize(2);
        sent.get(1).answer("m", new Usage(3, null, 3), List.of(List.of(3.0)));

        EmbeddingResult result = all.join();
        assertThat(result.vectors()).containsExactly(new float[] {1}, new float[] {2}, new float[] {3});
        assertThat(result.usage()).isEqualTo(new Usage(8, null, 8));
        assertThat(result.model()).isEqualTo("m");
        assertThat(result.provenances()).extracting(Provenance::node).containsExactly("node-a", "node-c");
        assertThat(result.provenance().node()).isEqualTo("node-a");
    }

    @Test
    void tokens_that_one_batch_did_not_count_are_unknown() {
        CompletableFuture<EmbeddingResult> all = run(EmbeddingRequest.of("a", "b"), 1);
        sent.get(0).answer("m", new Usage(5, null, 5), List.of(List.of(1.0)));
        sent.get(1).answer("m", Usage.UNKNOWN, List.of(List.of(2.0)));
        assertThat(all.join().usage()).isEqualTo(Usage.UNKNOWN);
    }

    @Test
    void the_model_that_answered_first_is_asked_for_in_the_other_batches() {
        run(EmbeddingRequest.of("a", "b"), 1);
        assertThat(sent.get(0).batch().model()).isNull();
        sent.get(0).answer("m", Usage.UNKNOWN, List.of(List.of(1.0)));
        assertThat(sent.get(1).batch().model()).isEqualTo("m");
    }

    @Test
    void the_model_that_the_caller_named_stays_whatever_name_it_answers_with() {
        CompletableFuture<EmbeddingResult> all =
                run(EmbeddingRequest.of("a", "b").withModel("m"), 1);
        sent.get(0).answer("m:latest", Usage.UNKNOWN, List.of(List.of(1.0)));
        assertThat(sent.get(1).batch().model()).isEqualTo("m");
        sent.get(1).answer("m:latest", Usage.UNKNOWN, List.of(List.of(2.0)));
        assertThat(all).isCompletedWithValueMatching(result -> result.vectors().size() == 2);
    }

    @Test
    void vectors_of_another_model_or_length_are_a_failure_of_the_node_that_made_them() {
        run(EmbeddingRequest.of("a", "b"), 1);
        sent.get(0).answer("m", Usage.UNKNOWN, List.of(List.of(1.0)));
        assertThatThrownBy(() -> sent.get(1).read("n", Usage.UNKNOWN, List.of(List.of(1.0))))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("different models, m and n");
        assertThatThrownBy(() -> sent.get(1).read("m", Usage.UNKNOWN, List.of(List.of(1.0, 2.0))))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("lengths 1 and 2");
        assertThat(sent.get(1).read("m", Usage.UNKNOWN, List.of(List.of(2.0))).vector())
                .containsExactly(2);
    }

    @Test
    void vectors_of_another_length_than_asked_for_are_a_failure() {
        run(EmbeddingRequest.of("a").withDimensions(2), 1);
        assertThatThrownBy(() -> sent.get(0).read("m", Usage.UNKNOWN, List.of(List.of(1.0))))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("length 2 were asked for");
        assertThat(sent.get(0)
                        .read("m", Usage.UNKNOWN, List.of(List.of(1.0, 2.0)))
                        .dimensions())
                .isEqualTo(2);
    }

    @Test
    void cancelling_aborts_the_running_batch_and_starts_no_other() {
        CompletableFuture<EmbeddingResult> all = run(EmbeddingRequest.of("a", "b", "c"), 1);
        sent.get(0).answer("m", Usage.UNKNOWN, List.of(List.of(1.0)));
        all.cancel(true);
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).future()).isCancelled();
    }

    @Test
    void a_batch_that_fails_ends_the_request() {
        CompletableFuture<EmbeddingResult> all = run(EmbeddingRequest.of("a", "b", "c"), 1);
        sent.get(0).future().completeExceptionally(Faults.timeout("too slow"));
        assertThatThrownBy(all::join).hasCauseInstanceOf(TaskTimeoutException.class);
        assertThat(((IicpException) all.handle((result, fault) -> fault).join()).code())
                .isEqualTo(ErrorCode.TASK_TIMEOUT.slug());
        assertThat(sent).hasSize(1);
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "text " + i).toList();
    }
}
