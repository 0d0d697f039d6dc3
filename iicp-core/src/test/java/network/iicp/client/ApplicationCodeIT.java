package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the application does in its callbacks, blocking above all, must not hold up other calls. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ApplicationCodeIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");

    private final FakeMesh mesh = new FakeMesh();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void close() {
        release.countDown();
        mesh.close();
    }

    @Test
    void code_that_blocks_after_an_answer_holds_up_no_other_call() {
        mesh.node(job -> job.say("ok"));
        IicpClient client = mesh.client();
        AtomicInteger blocked = new AtomicInteger();
        List<CompletableFuture<Boolean>> stuck = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            stuck.add(client.chatAsync(HELLO).thenApply(answer -> {
                blocked.incrementAndGet();
                return released();
            }));
        }
        await().until(() -> blocked.get() == 16);
        for (int i = 0; i < 5; i++) {
            assertThat(soon(client.chatAsync(HELLO)).text()).isEqualTo("ok");
        }
        release.countDown();
        assertThat(stuck).allSatisfy(future -> assertThat(soon(future)).isTrue());
    }

    @Test
    void code_never_runs_in_the_common_pool() {
        mesh.node(job -> job.say("ok"));
        IicpClient client = mesh.client();
        List<Thread> threads = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 4; i++) {
            soon(client.chatAsync(HELLO).thenAccept(answer -> threads.add(Thread.currentThread())));
        }
        assertThat(threads).hasSize(4).noneMatch(ForkJoinWorkerThread.class::isInstance);
    }

    @Test
    void answers_arrive_while_the_common_pool_is_full() {
        mesh.node(job -> job.say("ok"));
        IicpClient client = mesh.client();
        int workers = Math.max(1, ForkJoinPool.getCommonPoolParallelism());
        for (int i = 0; i < workers; i++) {
            ForkJoinPool.commonPool().execute(this::released);
        }
        assertThat(soon(client.chatAsync(HELLO)).text()).isEqualTo("ok");
    }

    @Test
    void code_that_blocks_after_a_shared_failure_of_the_directory_holds_up_nobody() {
        CountDownLatch asked = new CountDownLatch(1);
        mesh.directory((request, line) -> {
            asked.await();
            line.json(500, "{\"error\":{\"code\":\"internal_error\"}}");
        });
        IicpClient client = mesh.client();
        List<CompletableFuture<Throwable>> failures = new ArrayList<>();
        AtomicInteger told = new AtomicInteger();
        for (int i = 0; i < 6; i++) {
            failures.add(client.chatAsync(HELLO).handle((answer, fault) -> {
                told.incrementAndGet();
                released();
                return fault;
            }));
        }
        asked.countDown();
        await().until(() -> told.get() == 6);
        release.countDown();
        assertThat(failures).allSatisfy(f -> assertThat(soon(f)).isNotNull());
    }

    @Test
    void code_that_blocks_after_a_time_out_does_not_stop_the_clock_of_others() {
        mesh.node(job -> job.line().peerClosed());
        IicpClient client =
                mesh.client(builder -> builder.timeLimits(TimeLimits.DEFAULT.withTotal(Duration.ofMillis(200))));
        CountDownLatch inCallback = new CountDownLatch(1);
        CompletableFuture<Boolean> stuck = client.chatAsync(HELLO).handle((answer, fault) -> {
            inCallback.countDown();
            return released();
        });
        assertThat(soon(inCallback)).isTrue();
        assertThat(catchThrowable(() -> soon(client.chatAsync(HELLO)))).isNotNull();
        release.countDown();
        assertThat(soon(stuck)).isTrue();
    }

    private boolean released() {
        return soon(release);
    }

    private static boolean soon(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T soon(CompletableFuture<T> future) {
        return future.orTimeout(10, TimeUnit.SECONDS).join();
    }
}
