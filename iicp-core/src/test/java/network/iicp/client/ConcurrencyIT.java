package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.UsedHeap;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand calls at once, and what is left when they are over: no socket, no thread, no count of calls under way. */
@Timeout(300)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConcurrencyIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");
    private static final int CALLS = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void nothing_is_left_behind() {
        mesh.close();
        await().atMost(Duration.ofSeconds(30)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("iicp-client")));
    }

    @Test
    void a_thousand_calls_are_in_flight_on_platform_threads() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLS);
        try {
            allAtOnce(callers);
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void a_thousand_calls_are_in_flight_on_virtual_threads() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads need Java 21; this is " + Runtime.version());
        ExecutorService callers = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try {
            allAtOnce(callers);
        } finally {
            callers.shutdownNow();
        }
    }

    private void allAtOnce(ExecutorService callers) throws Exception {
        CountDownLatch everybodyIsThere = new CountDownLatch(CALLS);
        FakeNode node = mesh.node(job -> {
            everybodyIsThere.countDown();
            everybodyIsThere.await();
            job.say("hello");
        });
        IicpClient client = mesh.client();
        List<Callable<ChatResult>> calls = Collections.nCopies(CALLS, () -> client.chat(HELLO));
        List<Future<ChatResult>> answers = callers.invokeAll(calls, PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(mesh.events()).noneMatch(RoutingEvent.AttemptFailed.class::isInstance);
        for (Future<ChatResult> answer : answers) {
            assertThat(answer.get().text()).isEqualTo("hello");
        }
        assertThat(node.payloads()).hasSize(CALLS);
        // A list is renewed when it is older than 5 s, and starting a thousand threads may take longer.
        assertThat(mesh.directory().requests()).hasSizeLessThan(20);
        assertNothingIsUnderWay(client);
        client.close();
        await().atMost(PATIENCE).until(() -> node.server().openConnections() == 0);
    }

    @Test
    void a_storm_of_cancels_leaves_no_connection_and_no_count() throws Exception {
        Random random = new Random(11);
        FakeNode node = mesh.node(job -> {
                    if (job.taskId().charAt(0) < '8') {
                        job.say("hello");
                    } else {
                        job.line().peerClosed();
                    }
                })
                .streaming();
        IicpClient client = mesh.client();
        client.chatAsync(HELLO).cancel(true);
        List<CompletableFuture<ChatResult>> running = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            running.add(client.chatAsync(HELLO));
            if (random.nextInt(3) == 0) {
                running.get(random.nextInt(running.size())).cancel(true);
            }
        }
        ExecutorService cancellers = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> storm = new ArrayList<>();
            running.forEach(call -> storm.add(() -> call.cancel(true)));
            Collections.shuffle(storm, random);
            cancellers.invokeAll(storm, PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            cancellers.shutdownNow();
        }
        assertThat(running).allMatch(CompletableFuture::isDone);
        assertNothingIsUnderWay(client);
        node.behave(job -> job.say("still here"));
        assertThat(client.chat(HELLO).text()).isEqualTo("still here");
        client.close();
        await().atMost(PATIENCE).until(() -> node.server().openConnections() == 0);
    }

    @Test
    void a_storm_of_cancelled_streams_leaves_no_connection_and_no_count() throws Exception {
        Random random = new Random(12);
        FakeNode node = mesh.node(job -> {
                    job.accept();
                    for (int i = 0; i < job.taskId().charAt(0) % 8; i++) {
                        job.delta("word ");
                    }
                    job.line().peerClosed();
                })
                .streaming();
        IicpClient client = mesh.client();
        List<StreamProbe> streams = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            streams.add(StreamProbe.of(client, HELLO, random.nextInt(6)));
            if (random.nextInt(3) == 0) {
                streams.get(random.nextInt(streams.size())).cancel();
            }
        }
        ExecutorService cancellers = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> storm = new ArrayList<>();
            streams.forEach(stream -> storm.add(() -> {
                stream.cancel();
                return null;
            }));
            Collections.shuffle(storm, random);
            cancellers.invokeAll(storm, PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            cancellers.shutdownNow();
        }
        assertNothingIsUnderWay(client);
        assertThat(streams).allSatisfy(stream -> assertThat(stream.terminals()).isZero());
        node.behave(job -> job.accept().delta("still here").end());
        assertThat(StreamProbe.of(client, HELLO, Long.MAX_VALUE).await().text()).isEqualTo("still here");
        client.close();
        await().atMost(PATIENCE).until(() -> node.server().openConnections() == 0);
    }

    @Test
    void calls_that_answer_fail_or_are_cancelled_leave_no_memory() throws Exception {
        Random random = new Random(13);
        FakeNode node = mesh.node(job -> {
            switch (job.taskId().charAt(0) % 3) {
                case 0 -> job.say("y".repeat(100_000));
                case 1 -> job.line().json(422, "{\"error\":{\"code\":\"validation_error\"}}");
                default -> job.line().peerClosed();
            }
        });
        IicpClient client = mesh.client();
        ChatRequest large = ChatRequest.of("x".repeat(100_000));
        round(client, large, node, random);
        long before = usedHeap(node);
        for (int i = 0; i < 20; i++) {
            round(client, large, node, random);
        }
        assertThat(usedHeap(node) - before).as("bytes kept of 1 000 calls").isLessThan(10_000_000);
        assertNothingIsUnderWay(client);
    }

    private static void round(IicpClient client, ChatRequest request, FakeNode node, Random random) {
        List<CompletableFuture<ChatResult>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(client.chatAsync(request));
        }
        await().atMost(PATIENCE).until(() -> node.payloads().size() >= 40);
        Collections.shuffle(calls, random);
        calls.forEach(call -> call.cancel(true));
        node.payloads().clear();
        node.server().requests().clear();
    }

    /** What the test itself keeps of requests does not count. */
    private long usedHeap(FakeNode node) {
        await().atMost(PATIENCE).until(() -> node.server().openConnections() <= 50);
        node.payloads().clear();
        node.cancelled().clear();
        node.server().requests().clear();
        mesh.events().clear();
        return UsedHeap.bytes();
    }

    @Test
    void closing_a_busy_client_ends_every_call_with_a_failure_of_the_library() {
        FakeNode node = mesh.node(job -> job.line().peerClosed());
        IicpClient client = mesh.client();
        List<CompletableFuture<ChatResult>> running = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            running.add(client.chatAsync(HELLO));
        }
        await().atMost(PATIENCE).until(() -> !node.payloads().isEmpty());
        client.close();
        for (CompletableFuture<ChatResult> call : running) {
            Throwable failure = catchThrowable(() -> call.get(30, TimeUnit.SECONDS));
            assertThat(failure).hasCauseInstanceOf(IicpException.class);
        }
        await().atMost(PATIENCE).until(() -> node.server().openConnections() == 0);
    }

    private static void assertNothingIsUnderWay(IicpClient client) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        client.explain(HELLO).candidates())
                .allSatisfy(candidate -> assertThat(candidate.inFlight()).isZero()));
    }
}
