package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(30)
class WorkerThreadsTest {

    @Test
    void virtual_threads_are_used_where_they_are() {
        assertThat(WorkerThreads.virtual()).isEqualTo(Runtime.version().feature() >= 21);
    }

    @Test
    void threads_have_the_name_and_never_keep_the_JVM_alive() throws Exception {
        ExecutorService workers = WorkerThreads.perTask("test-worker-");
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        workers.execute(() -> thread.complete(Thread.currentThread()));
        assertThat(thread.get(5, TimeUnit.SECONDS).getName()).startsWith("test-worker-");
        assertThat(thread.get().isDaemon()).isTrue();
        workers.shutdown();
        assertThat(workers.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void many_blocking_tasks_run_at_once() throws Exception {
        ExecutorService workers = WorkerThreads.perTask("test-worker-");
        CountDownLatch together = new CountDownLatch(300);
        for (int i = 0; i < 300; i++) {
            workers.execute(() -> {
                together.countDown();
                try {
                    together.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        assertThat(together.await(20, TimeUnit.SECONDS)).isTrue();
        workers.shutdown();
    }

    @Test
    void platform_threads_are_bounded_and_the_next_task_is_rejected() throws Exception {
        assumeFalse(WorkerThreads.virtual(), "virtual threads are not bounded");
        ExecutorService workers = WorkerThreads.perTask("test-worker-", 2);
        CountDownLatch end = new CountDownLatch(1);
        Runnable blocks = () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        workers.execute(blocks);
        workers.execute(blocks);
        assertThatThrownBy(() -> workers.execute(blocks)).isInstanceOf(RejectedExecutionException.class);
        end.countDown();
        workers.shutdown();
        assertThat(workers.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_bound_below_one_is_refused() {
        assertThatThrownBy(() -> WorkerThreads.perTask("x", 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
