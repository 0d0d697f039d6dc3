package network.iicp.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.spi.RoutingEvent;
import org.jspecify.annotations.Nullable;

/**
 * One question to several nodes at once, each in a call and a task of its own. Ends as soon as enough answers agree, or as soon as that has become
 * impossible; the calls that are then still running are cancelled.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class ConsensusCall<T> {

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final Task task;
    private final CallOptions options;
    private final Consensus consensus;
    private final Deadline deadline;
    private final Function<TaskResult, T> reader;
    private final SerialExecutor steps = new SerialExecutor();
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final List<CompletableFuture<?>> calls = new ArrayList<>();
    private final List<Answer<T>> answers = new ArrayList<>();
    private final List<IicpException> failures = new ArrayList<>();

    /** What one node said, as it came and as the caller wants it, and how many nodes say the same. */
    private static final class Answer<T> {
        private final TaskResult raw;
        private final T value;
        private int supporters = 1;

        Answer(TaskResult raw, T value) {
            this.raw = raw;
            this.value = value;
        }
    }

    ConsensusCall(
            ConsumerContext context,
            NodeExchange exchange,
            Task task,
            CallOptions options,
            Consensus consensus,
            Deadline deadline,
            Function<TaskResult, T> reader) {
        this.context = context;
        this.exchange = exchange;
        this.task = task;
        this.options = options;
        this.consensus = consensus;
        this.deadline = deadline;
        this.reader = reader;
    }

    CompletableFuture<T> start() {
        result.whenComplete((answer, fault) -> steps.execute(() -> calls.forEach(call -> call.cancel(true))));
        Selector selector = new Selector(context, task, options, node -> true);
        context.timer()
                .apart(context.routes().find(selector.query(false, true), deadline, context.trace(options)))
                .whenCompleteAsync(
                        (routes, fault) -> guarded(() -> {
                            if (fault != null) {
                                result.completeExceptionally(Faults.typed(fault));
                            } else {
                                askAll(selector, routes);
                            }
                        }),
                        steps);
        return result;
    }

    /** A defect in a callback must end the call, not leave its caller waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            result.completeExceptionally(Faults.typed(e));
        }
    }

    private void askAll(Selector selector, Routes routes) {
        if (result.isDone()) {
            return;
        }
        Selector.Selection selection = selector.select(routes, null, node -> null);
        int eligible = selection.ordered().size();
        if (eligible == 0) {
            throw selector.nobody(routes.nodes().size(), selection.leftOut());
        }
        if (eligible < consensus.nodes()) {
            IicpException few = Faults.error(
                    ErrorCode.NOT_ENOUGH_WORKERS,
                    "%s needs %d nodes at once, and %d of %d may be asked"
                            .formatted(
                                    consensus.mode(),
                                    consensus.nodes(),
                                    eligible,
                                    routes.nodes().size()));
            throw few.withError(few.error()
                    .withTaskId(task.id())
                    .withLeftOut(selection.leftOut().stream()
                            .map(Selector.Rejected::toLeftOut)
                            .toList()));
        }
        Lane first = Lane.of(node -> null, null);
        for (int i = 0; i < consensus.nodes(); i++) {
            ask(first.another());
        }
    }

    private void ask(Lane lane) {
        Task own = new Task(UUID.randomUUID().toString(), task.intent(), task.payload(), task.constraints());
        context.tell(new RoutingEvent.PartStarted(task.id(), own.id()));
        CompletableFuture<Answer<T>> call = new BufferedCall<>(
                        context,
                        exchange,
                        own,
                        options,
                        deadline,
                        lane,
                        (reply, answer) -> new Answer<>(answer, reader.apply(answer)))
                .start();
        calls.add(call);
        call.whenCompleteAsync((answer, fault) -> guarded(() -> ended(answer, fault)), steps);
    }

    private void ended(@Nullable Answer<T> answer, @Nullable Throwable fault) {
        if (result.isDone()) {
            return;
        }
        if (answer == null) {
            failures.add(Faults.typed(fault == null ? new IllegalStateException("no answer") : fault));
        } else {
            count(answer);
        }
        int quorum = consensus.mode().quorum();
        Answer<T> agreed = agreed(quorum);
        if (agreed != null) {
            calls.forEach(call -> call.cancel(true));
            result.complete(agreed.value);
            return;
        }
        int outstanding = consensus.nodes() - answers.size() - failures.size();
        if (largestGroup() + outstanding < quorum) {
            result.completeExceptionally(answers.isEmpty() ? failures.get(failures.size() - 1) : disagreement(quorum));
        }
    }

    private void count(Answer<T> answer) {
        for (Answer<T> other : answers) {
            if (consensus.equality().agree(other.raw, answer.raw)) {
                other.supporters++;
                answer.supporters++;
            }
        }
        answers.add(answer);
    }

    /** Returns the first answer of the first group that is large enough, or {@code null}. */
    private @Nullable Answer<T> agreed(int quorum) {
        return answers.stream()
                .filter(answer -> answer.supporters >= quorum)
                .findFirst()
                .orElse(null);
    }

    private int largestGroup() {
        return answers.stream().mapToInt(answer -> answer.supporters).max().orElse(0);
    }

    private IicpException disagreement(int quorum) {
        Map<String, Integer> outcomes = new HashMap<>();
        failures.forEach(failure -> outcomes.merge(failure.code(), 1, Integer::sum));
        List<Attempt> attempts = new ArrayList<>();
        answers.forEach(answer -> attempts.addAll(answer.raw.provenance().attempts()));
        failures.forEach(failure -> attempts.addAll(failure.attempts()));
        IicpException fault = Faults.error(
                ErrorCode.NO_CONSENSUS,
                "no %d of %d answers agree; %d nodes failed%s"
                        .formatted(quorum, answers.size(), failures.size(), outcomes.isEmpty() ? "" : ": " + outcomes));
        return fault.withError(fault.error().withTaskId(task.id()).withAttempts(attempts));
    }
}
