package network.iicp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.IicpClient;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams that are cut at random bytes, by a close, a stall or garbage: no character is delivered twice, and none is missing from an answer
 * that counts as complete. {@code -Diicp.cutStreams=10000} runs more of them; the seed is in the message of a failure.
 */
@Timeout(600)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CutStreamsFaultIT {

    private static final long SEED = 20_260_501L;
    private static final int STREAMS = Integer.getInteger("iicp.cutStreams", 400);
    private static final int AT_ONCE = 16;

    private final FakeMesh mesh = new FakeMesh();
    private final Map<String, Told> told = new ConcurrentHashMap<>();

    /** What a node has to say about one task, and how many connections it has used for that. */
    private record Told(long seed, List<byte[]> frames, AtomicInteger connections) {}

    @AfterEach
    void close() {
        mesh.close();
    }

    @ParameterizedTest(name = "continued elsewhere: {0}")
    @ValueSource(booleans = {false, true})
    void no_character_comes_twice_and_none_is_missing_from_a_complete_answer(boolean continues) throws Exception {
        for (int i = 0; i < 3; i++) {
            FakeNode node = mesh.node(this::answer).streaming();
            node.onAttach(this::attach);
        }
        IicpClient client = mesh.client(builder -> builder.continueInterrupted(continues)
                .timeLimits(TimeLimits.DEFAULT
                        .withFirstEvent(Duration.ofSeconds(2))
                        .withIdle(Duration.ofMillis(500))
                        .withTotal(Duration.ofSeconds(60))));
        AtomicInteger complete = new AtomicInteger();
        AtomicInteger interrupted = new AtomicInteger();
        Semaphore places = new Semaphore(AT_ONCE);
        List<StreamProbe> probes = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            assertThat(places.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
            StreamProbe probe = StreamProbe.of(
                    client.chatStream(ChatRequest.of("seed " + (SEED + i))), Long.MAX_VALUE, event -> {});
            probe.whenDone(places::release);
            probes.add(probe);
        }
        for (int i = 0; i < STREAMS; i++) {
            check(SEED + i, probes.get(i).await(), complete, interrupted);
        }
        assertThat(complete.get()).as("complete").isGreaterThan(STREAMS / 10);
        assertThat(interrupted.get()).as("interrupted").isGreaterThan(STREAMS / 50);
    }

    private static void check(long seed, StreamProbe stream, AtomicInteger complete, AtomicInteger interrupted) {
        String whole = String.join("", pieces(seed));
        assertThat(stream.terminals()).as("seed %d", seed).isEqualTo(1);
        if (stream.failure() == null) {
            assertThat(stream.text()).as("seed %d", seed).isEqualTo(whole);
            assertThat(stream.completed().text()).as("seed %d", seed).isEqualTo(whole);
            complete.incrementAndGet();
        } else if (stream.failure() instanceof StreamInterruptedException cut) {
            assertThat(whole).as("seed %d", seed).startsWith(stream.text());
            assertThat(cut.textSoFar()).as("seed %d", seed).isEqualTo(stream.text());
            interrupted.incrementAndGet();
        } else {
            assertThat(stream.failure()).as("seed %d", seed).isInstanceOf(IicpException.class);
            assertThat(stream.events()).as("seed %d", seed).noneMatch(ChatEvent.TextDelta.class::isInstance);
        }
    }

    private static List<String> pieces(long seed) {
        Random random = new Random(seed);
        List<String> pieces = new ArrayList<>();
        String letters = "ab \n\r\"\\{}:\u00e9\u4e2d";
        for (int i = random.nextInt(1, 60); i > 0; i--) {
            StringBuilder piece = new StringBuilder();
            for (int j = random.nextInt(1, 12); j > 0; j--) {
                piece.append(letters.charAt(random.nextInt(letters.length())));
            }
            pieces.add(piece + (random.nextInt(8) == 0 ? "\ud83d\ude80" : ""));
        }
        return pieces;
    }

    private void answer(FakeNode.Job job) throws Exception {
        List<?> messages = (List<?>) job.payload().get("messages");
        long seed = Long.parseLong(content(messages.get(0)).substring("seed ".length()));
        String said = messages.size() > 1 ? content(messages.get(1)) : "";
        List<byte[]> frames = new ArrayList<>();
        frames.add(job.acceptFrame().getBytes(UTF_8));
        int position = 0;
        for (String piece : pieces(seed)) {
            int skipped = Math.max(0, Math.min(piece.length(), said.length() - position));
            position += piece.length();
            if (skipped < piece.length()) {
                frames.add(job.deltaFrame(piece.substring(skipped)).getBytes(UTF_8));
            }
        }
        frames.add(job.endFrame().getBytes(UTF_8));
        Told all = new Told(seed * 31 + said.length(), frames, new AtomicInteger());
        told.put(job.taskId(), all);
        send(all, -1, job.line());
    }

    private static String content(Object message) {
        return (String) ((Map<?, ?>) message).get("content");
    }

    private void attach(RawServer.Request request, RawServer.Line line) throws Exception {
        Told known = told.get(request.path().split("/")[3]);
        send(known, Long.parseLong(request.path().split("=")[1]), line);
    }

    /** Sends what comes after an event, and mostly not all of it. */
    private static void send(Told task, long after, RawServer.Line line) throws Exception {
        Random random = new Random(task.seed() * 17 + task.connections().getAndIncrement());
        line.startEvents();
        int length = task.frames().stream()
                .skip(after + 1)
                .mapToInt(frame -> frame.length)
                .sum();
        byte[] bytes = new byte[length];
        int filled = 0;
        for (byte[] frame : task.frames().subList((int) after + 1, task.frames().size())) {
            System.arraycopy(frame, 0, bytes, filled, frame.length);
            filled += frame.length;
        }
        if (random.nextInt(5) == 0) {
            line.write(bytes);
            line.close();
            return;
        }
        line.write(Arrays.copyOf(bytes, random.nextInt(length + 1)));
        switch (random.nextInt(8)) {
            case 0 -> line.peerClosed();
            case 1, 2, 3 -> {
                byte[] garbage = new byte[random.nextInt(1, 200)];
                random.nextBytes(garbage);
                line.write(garbage);
                line.write(random.nextBoolean() ? "\n\n" : "");
                line.close();
            }
            default -> line.close();
        }
    }
}
