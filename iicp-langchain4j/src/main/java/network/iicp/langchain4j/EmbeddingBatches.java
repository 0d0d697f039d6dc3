package network.iicp.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import network.iicp.client.CallOptions;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.jspecify.annotations.Nullable;

/**
 * One embedding request of LangChain4j as calls of the mesh: the inputs in batches, one after the other, and their answers as one.
 *
 * @param batches the calls, in order
 * @param options how they are routed
 * @param model the model asked for by name, or {@code null}
 */
record EmbeddingBatches(
        List<EmbeddingRequest> batches,
        CallOptions options,
        @Nullable String model) {

    /**
     * Cuts a request.
     *
     * @param request a request with the defaults of the model already applied
     * @param size most inputs of a batch
     * @throws InvalidRequestException if a value is out of range
     */
    static EmbeddingBatches of(dev.langchain4j.model.embedding.request.EmbeddingRequest request, int size) {
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        String model = request.modelName();
        try {
            List<EmbeddingRequest> batches = new ArrayList<>();
            for (int from = 0; from < texts.size(); from += size) {
                List<String> batch = texts.subList(from, Math.min(texts.size(), from + size));
                batches.add(new EmbeddingRequest(batch, model, request.dimensions(), Map.of()));
            }
            return new EmbeddingBatches(batches, IicpEmbeddingRequestParameters.routing(request.parameters()), model);
        } catch (IllegalArgumentException e) {
            throw MeshErrors.translate(e, model);
        }
    }

    /** Makes the calls one after the other and waits for each. */
    List<EmbeddingResult> run(Function<EmbeddingRequest, EmbeddingResult> call) {
        return batches.stream().map(call).toList();
    }

    /** Makes the calls one after the other without blocking. Cancelling the future cancels the call that is running. */
    CompletableFuture<List<EmbeddingResult>> runAsync(
            Function<EmbeddingRequest, CompletableFuture<EmbeddingResult>> call) {
        CompletableFuture<List<EmbeddingResult>> all = new CompletableFuture<>();
        AtomicReference<CompletableFuture<EmbeddingResult>> running = new AtomicReference<>();
        var unused = all.whenComplete((results, fault) -> {
            CompletableFuture<EmbeddingResult> current = running.get();
            if (all.isCancelled() && current != null) {
                current.cancel(true);
            }
        });
        next(call, new ArrayList<>(), running, all);
        return all;
    }

    private void next(
            Function<EmbeddingRequest, CompletableFuture<EmbeddingResult>> call,
            List<EmbeddingResult> results,
            AtomicReference<CompletableFuture<EmbeddingResult>> running,
            CompletableFuture<List<EmbeddingResult>> all) {
        if (results.size() == batches.size()) {
            all.complete(List.copyOf(results));
            return;
        }
        CompletableFuture<EmbeddingResult> current = call.apply(batches.get(results.size()));
        running.set(current);
        if (all.isDone()) {
            current.cancel(true);
            return;
        }
        var unused = current.whenComplete((result, fault) -> {
            if (fault != null) {
                all.completeExceptionally(fault);
            } else {
                results.add(result);
                next(call, results, running, all);
            }
        });
    }

    /**
     * Puts the answers together.
     *
     * @throws InvalidRequestException if they are of different models or lengths, and so cannot be compared
     */
    EmbeddingResponse response(List<EmbeddingResult> results) {
        List<Embedding> embeddings = new ArrayList<>();
        Set<String> models = new LinkedHashSet<>();
        Set<Integer> lengths = new LinkedHashSet<>();
        for (EmbeddingResult result : results) {
            result.vectors().forEach(vector -> {
                embeddings.add(Embedding.from(vector));
                lengths.add(vector.length);
            });
            if (result.model() != null) {
                models.add(result.model());
            }
        }
        if (models.size() > 1 || lengths.size() > 1) {
            throw new InvalidRequestException(
                    "batches of one request were embedded by different models %s with vectors of lengths %s; set modelName"
                            .formatted(models, lengths));
        }
        return EmbeddingResponse.builder()
                .embeddings(embeddings)
                .metadata(IicpEmbeddingResponseMetadata.builder()
                        .modelName(models.stream().findFirst().orElse(null))
                        .tokenUsage(usage(results))
                        .provenances(results.stream()
                                .map(EmbeddingResult::provenance)
                                .toList())
                        .build())
                .build();
    }

    /** Returns the sum, {@code null} when some batch was not counted. */
    private static @Nullable TokenUsage usage(List<EmbeddingResult> results) {
        Integer tokens = sum(results, result -> result.usage().promptTokens());
        Integer total = sum(results, result -> result.usage().totalTokens());
        return tokens == null && total == null ? null : new TokenUsage(tokens, null, total);
    }

    private static @Nullable Integer sum(
            List<EmbeddingResult> results, Function<EmbeddingResult, @Nullable Integer> count) {
        int sum = 0;
        for (EmbeddingResult result : results) {
            Integer part = count.apply(result);
            if (part == null) {
                return null;
            }
            sum = Math.addExact(sum, part);
        }
        return sum;
    }
}
