package network.iicp.langchain4j;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Carries results and cancellation between futures of the mesh and futures of LangChain4j. */
final class Futures {

    private Futures() {}

    /**
     * Returns a future of the mapped value that fails with LangChain4j's exceptions. Cancelling it cancels the source, which a
     * dependent stage would not do.
     *
     * @param model the model asked for by name, or {@code null}
     */
    static <S, T> CompletableFuture<T> mapped(
            CompletableFuture<S> source, Function<S, T> mapping, @Nullable String model) {
        CompletableFuture<T> result = new CompletableFuture<>();
        var unusedSource = source.whenComplete((value, fault) -> {
            if (fault != null) {
                result.completeExceptionally(MeshErrors.translate(fault, model));
                return;
            }
            try {
                result.complete(mapping.apply(value));
            } catch (RuntimeException e) {
                result.completeExceptionally(MeshErrors.translate(e, model));
            }
        });
        var unusedResult = result.whenComplete((value, fault) -> {
            if (result.isCancelled()) {
                source.cancel(true);
            }
        });
        return result;
    }
}
