package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import network.iicp.node.ReplyCache.Claim;
import network.iicp.node.ReplyCache.Entry;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ReplyCacheTest {

    private static final Duration LIFE = Duration.ofSeconds(300);

    private final ManualClock time = new ManualClock();
    private final ReplyCache cache = new ReplyCache(3, 10_000, LIFE, time);

    private static Digest digest(String body) {
        return Digest.of("/v1/task", body.getBytes(UTF_8));
    }

    private static StoredReply.Whole reply(int bytes) {
        return new StoredReply.Whole(200, Map.of(), new byte[bytes]);
    }

    private Entry fresh(String id, String body) {
        Claim claim = cache.claim(id, digest(body));
        assertThat(claim).isInstanceOf(Claim.Fresh.class);
        return ((Claim.Fresh) claim).entry();
    }

    private CompletableFuture<StoredReply> known(String id, String body) {
        Claim claim = cache.claim(id, digest(body));
        assertThat(claim).isInstanceOf(Claim.Known.class);
        return ((Claim.Known) claim).answer();
    }

    private void done(String id, String body, int bytes) {
        Entry entry = fresh(id, body);
        entry.answer(reply(bytes));
        entry.keep();
    }

    @Nested
    class While_a_task_runs {

        @Test
        void the_same_request_waits_for_its_answer() {
            Entry entry = fresh("a", "x");

            CompletableFuture<StoredReply> answer = known("a", "x");

            assertThat(answer).isNotDone();
            assertThat(entry.isAwaited()).isTrue();
            StoredReply.Whole reply = reply(1);
            entry.answer(reply);
            assertThat(answer).isCompletedWithValue(reply);
        }

        @Test
        void another_request_is_a_conflict() {
            fresh("a", "x");

            assertThat(cache.claim("a", digest("y"))).isEqualTo(new Claim.Conflict(false));
        }

        @Test
        void the_same_body_sent_to_another_path_is_another_request() {
            fresh("a", "x");

            assertThat(cache.claim("a", Digest.of("/v1/task/events", "x".getBytes(UTF_8))))
                    .isEqualTo(new Claim.Conflict(false));
        }

        @Test
        void only_so_many_may_wait() {
            fresh("a", "x");
            for (int i = 0; i < 16; i++) {
                assertThat(known("a", "x")).isNotDone();
            }

            assertThat(cache.claim("a", digest("x"))).isEqualTo(new Claim.Conflict(true));
        }

        @Test
        void one_who_waits_cannot_answer_for_the_others() {
            Entry entry = fresh("a", "x");
            known("a", "x").complete(reply(1));

            CompletableFuture<StoredReply> second = known("a", "x");

            assertThat(second).isNotDone();
            entry.answer(reply(2));
            assertThat(second).isDone();
        }
    }

    @Nested
    class After_a_task_ended {

        @Test
        void a_kept_answer_is_repeated_until_it_expires() {
            done("a", "x", 1);

            assertThat(known("a", "x")).isDone();
            time.advance(LIFE.minusNanos(1));
            assertThat(known("a", "x")).isDone();
            time.advance(Duration.ofNanos(1));
            fresh("a", "x");
        }

        @Test
        void a_kept_id_cannot_be_used_for_something_else() {
            done("a", "x", 1);

            assertThat(cache.claim("a", digest("y"))).isEqualTo(new Claim.Conflict(false));
        }

        @Test
        void a_forgotten_task_is_executed_again_and_its_waiters_are_answered() {
            Entry entry = fresh("a", "x");
            CompletableFuture<StoredReply> waiting = known("a", "x");

            entry.forget();
            entry.answer(reply(1));

            assertThat(waiting).isDone();
            fresh("a", "y");
        }

        @Test
        void forgetting_late_does_not_hit_the_next_one() {
            Entry first = fresh("a", "x");
            first.forget();
            fresh("a", "x");

            first.forget();
            first.keep();

            assertThat(cache.running()).isEqualTo(1);
            assertThat(cache.size()).isZero();
        }
    }

    @Nested
    class Its_memory {

        @Test
        void is_bounded_in_number_the_oldest_go_first() {
            for (int i = 0; i < 5; i++) {
                done("t" + i, "x", 1);
            }

            assertThat(cache.size()).isEqualTo(3);
            fresh("t1", "x");
            assertThat(known("t2", "x")).isDone();
        }

        @Test
        void is_bounded_in_bytes() {
            done("a", "x", 4000);
            done("b", "x", 4000);
            done("c", "x", 4000);

            assertThat(cache.bytes()).isLessThanOrEqualTo(10_000);
            assertThat(cache.size()).isEqualTo(2);
        }

        @Test
        void does_not_keep_an_answer_larger_than_all_of_it() {
            done("a", "x", 20_000);

            assertThat(cache.size()).isZero();
            assertThat(cache.bytes()).isZero();
            fresh("a", "x");
        }
    }

    @Test
    void racing_claims_find_one_fresh() throws Exception {
        int threads = 8;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 200; round++) {
                String id = "race" + round;
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Claim>> claims = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    claims.add(executor.submit(() -> {
                        start.await();
                        return cache.claim(id, digest("x"));
                    }));
                }
                start.countDown();
                int fresh = 0;
                for (Future<Claim> claim : claims) {
                    if (claim.get() instanceof Claim.Fresh one) {
                        fresh++;
                        one.entry().answer(reply(1));
                        one.entry().keep();
                    }
                }
                assertThat(fresh).isEqualTo(1);
            }
            assertThat(cache.running()).isZero();
        } finally {
            executor.shutdownNow();
        }
    }
}
