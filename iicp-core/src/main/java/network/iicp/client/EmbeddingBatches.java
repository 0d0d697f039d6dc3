package network.iicp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import network.iicp.protocol.wire.EmbeddingCodec;
import org.jspecify.annotations.Nullable;

/**
 * One embedding request as tasks: the texts in batches, one after the other, and their vectors as one result. The first batch
 * settles the model: the others ask for it, and a node that answers with another model or another length of vectors counts as
 * failed, so that vectors that cannot be compared are never mixed.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class EmbeddingBatches {

    /** Most characters in one batch of several texts, so that bodies stay below what the strictest nodes take. */
    static final int MOST_CHARACTERS = 200_000;

    /** Sends one batch. */
    @FunctionalInterface
    interface Sender {
        CompletableFuture<EmbeddingResult> send(EmbeddingRequest batch, Function<TaskResult, EmbeddingResult> reader);
    }

    private final EmbeddingRequest request;
    private final List<List<String>> batches;
    private final Sender sender;
    private final List<EmbeddingResult> done = new ArrayList<>();
    private final CompletableFuture<EmbeddingResult> all = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable CompletableFuture<EmbeddingResult> running;

    private EmbeddingBatches(EmbeddingRequest request, int size, Sender sender) {
        this.request = request;
        this.batches = cut(request.input(), size);
        this.sender = sender;
    }

    /**
     * Makes the calls. Cancelling the future cancels the one that is running.
     *
     * @param size most texts of a batch
     */
    static CompletableFuture<EmbeddingResult> run(EmbeddingRequest request, int size, Sender sender) {
        EmbeddingBatches run = new EmbeddingBatches(request, size, sender);
        run.all.whenComplete((result, fault) -> {
            if (run.all.isCancelled()) {
                run.abort();
            }
        });
        run.next();
        return run.all;
    }

    /** Cuts texts into batches of at most {@code size} texts and, unless one text alone is larger, {@link #MOST_CHARACTERS}. */
    static List<List<String>> cut(List<String> texts, int size) {
        List<List<String>> batches = new ArrayList<>();
        int from = 0;
        long characters = 0;
        for (int i = 0; i < texts.size(); i++) {
            int more = texts.get(i).length();
            if (i > from && (i - from == size || characters + more > MOST_CHARACTERS)) {
                batches.add(texts.subList(from, i));
                from = i;
                characters = 0;
            }
            characters += more;
        }
        batches.add(texts.subList(from, texts.size()));
        return batches;
    }

    private void next() {
        if (done.size() == batches.size()) {
            all.complete(together());
            return;
        }
        List<String> texts = batches.get(done.size());
        EmbeddingRequest batch = request.withInput(texts).withModel(model());
        CompletableFuture<EmbeddingResult> call = sender.send(batch, answer -> read(answer, texts.size()));
        begin(call);
        if (all.isDone()) {
            abort();
        }
        call.whenComplete((result, fault) -> {
            if (fault != null) {
                all.completeExceptionally(Faults.typed(fault));
            } else if (!all.isDone()) {
                done.add(result);
                next();
            }
        });
    }

    /** The model that the caller named, else the one that answered the first batch. */
    private @Nullable String model() {
        return request.model() != null || done.isEmpty()
                ? request.model()
                : done.get(0).model();
    }

    private EmbeddingResult read(TaskResult answer, int texts) {
        EmbeddingResult result = EmbeddingCodec.decodeResult(answer, texts);
        Integer wanted = request.dimensions();
        if (wanted != null && result.dimensions() != wanted) {
            throw different(
                    "vectors of length %d were asked for, the node made some of length %d"
                            .formatted(wanted, result.dimensions()),
                    answer);
        }
        if (!done.isEmpty()) {
            requireComparable(done.get(0), result, answer);
        }
        return result;
    }

    private static void requireComparable(EmbeddingResult first, EmbeddingResult other, TaskResult answer) {
        if (other.dimensions() != first.dimensions()) {
            throw different(
                    "the vectors of one request have lengths %d and %d"
                            .formatted(first.dimensions(), other.dimensions()),
                    answer);
        }
        if (first.model() != null && other.model() != null && !first.model().equals(other.model())) {
            throw different(
                    "the vectors of one request are of different models, %s and %s"
                            .formatted(first.model(), other.model()),
                    answer);
        }
    }

    private static ProtocolViolationException different(String problem, TaskResult answer) {
        return new ProtocolViolationException(IicpError.of(
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorComponent.NODE,
                        problem + "; they cannot be compared, name a model")
                .withTaskId(answer.taskId())
                .withNode(answer.provenance().node()));
    }

    private EmbeddingResult together() {
        if (done.size() == 1) {
            return done.get(0);
        }
        List<float[]> vectors = new ArrayList<>();
        List<Provenance> provenances = new ArrayList<>();
        for (EmbeddingResult result : done) {
            vectors.addAll(result.vectors());
            provenances.addAll(result.provenances());
        }
        Usage usage = new Usage(
                sum(counted -> counted.promptTokens()),
                sum(counted -> counted.completionTokens()),
                sum(counted -> counted.totalTokens()));
        return new EmbeddingResult(vectors, done.get(0).model(), usage, provenances);
    }

    /** Returns the sum of a count; {@code null} when a batch was not counted, or the sum is beyond any count. */
    private @Nullable Integer sum(Function<Usage, @Nullable Integer> count) {
        long sum = 0;
        for (EmbeddingResult result : done) {
            Integer part = count.apply(result.usage());
            if (part == null) {
                return null;
            }
            sum += part;
        }
        return sum == (int) sum ? (int) sum : null;
    }

    private void begin(CompletableFuture<EmbeddingResult> call) {
        lock.lock();
        try {
            running = call;
        } finally {
            lock.unlock();
        }
    }

    private void abort() {
        CompletableFuture<EmbeddingResult> call;
        lock.lock();
        try {
            call = running;
        } finally {
            lock.unlock();
        }
        if (call != null) {
            call.cancel(true);
        }
    }
}
