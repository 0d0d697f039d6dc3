package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.node.Execution.Ending;
import network.iicp.node.Execution.Outcome;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ExecutionTest {

    private final Execution execution =
            new Execution(Task.of(Intent.LLM_CHAT, Map.of()), Deadline.after(Duration.ofMinutes(1)), "00-trace", null);

    private static IicpException reason() {
        return Refusal.of(ErrorCode.TASK_CANCELLED, "test");
    }

    private Outcome run(TaskHandler handler) {
        Outcome produced = execution.call(handler);
        execution.settle(produced);
        return execution.outcome().join();
    }

    @Test
    void what_the_handler_returns_is_the_outcome() {
        assertThat(run(context -> "done")).isEqualTo(new Outcome.Result("done"));
        assertThat(execution.isCancelled()).isFalse();
        assertThat(execution.end(Ending.CANCELLED, reason())).isFalse();
    }

    @Test
    void what_it_throws_is_the_outcome_too_even_an_error() {
        StackOverflowError error = new StackOverflowError();
        assertThat(run(context -> {
                    throw error;
                }))
                .isEqualTo(new Outcome.Failed(error));
    }

    @Test
    void ending_it_interrupts_the_handler_and_runs_its_actions_once() throws Exception {
        List<String> ran = new CopyOnWriteArrayList<>();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread handler = new Thread(() -> execution.settle(execution.call(context -> {
            context.onCancel(() -> ran.add("first"));
            context.onCancel(() -> {
                throw new IllegalStateException("does no harm");
            });
            context.onCancel(() -> ran.add("third"));
            busy.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return "too late";
        })));
        handler.start();
        busy.await();

        assertThat(execution.end(Ending.TIMED_OUT, reason())).isTrue();
        assertThat(execution.end(Ending.CANCELLED, reason())).isFalse();

        interrupted.await();
        handler.join();
        assertThat(ran).containsExactly("first", "third");
        assertThat(execution.isCancelled()).isTrue();
        assertThat(execution.outcome().join())
                .isInstanceOfSatisfying(Outcome.EndedEarly.class, early -> assertThat(early.how())
                        .isEqualTo(Ending.TIMED_OUT));
    }

    @Test
    void an_action_that_comes_after_the_end_runs_at_once() {
        execution.end(Ending.CANCELLED, reason());
        AtomicInteger ran = new AtomicInteger();

        execution.onCancel(ran::incrementAndGet);

        assertThat(ran).hasValue(1);
    }

    @Test
    void an_action_of_a_task_that_finished_never_runs() {
        AtomicInteger ran = new AtomicInteger();
        run(context -> {
            context.onCancel(ran::incrementAndGet);
            return "done";
        });
        execution.onCancel(ran::incrementAndGet);
        execution.end(Ending.CANCELLED, reason());

        assertThat(ran).hasValue(0);
    }

    @Test
    void a_handler_that_had_not_begun_is_not_called() {
        execution.end(Ending.CANCELLED, reason());
        AtomicInteger calls = new AtomicInteger();

        Outcome produced = execution.call(context -> calls.incrementAndGet());

        assertThat(produced).isInstanceOf(Outcome.Failed.class);
        assertThat(calls).hasValue(0);
    }

    @Test
    void no_interrupt_is_left_on_the_thread() {
        execution.call(context -> {
            execution.end(Ending.CANCELLED, reason());
            return "ignored the interrupt";
        });

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void parts_of_a_whole_answer_are_a_mistake_of_the_handler() {
        assertThat(execution.isStreaming()).isFalse();
        assertThatThrownBy(() -> execution.emit(Map.of())).isInstanceOf(IllegalStateException.class);
    }
}
