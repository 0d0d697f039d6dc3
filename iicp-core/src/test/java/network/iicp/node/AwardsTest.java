package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AwardsTest {

    private final ManualClock time = new ManualClock();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final List<Map<String, Object>> asked = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<Void>> answers = new CopyOnWriteArrayList<>();
    private final List<String> outcomes = new CopyOnWriteArrayList<>();
    private final Awards awards = new Awards(
            body -> {
                asked.add(body);
                CompletableFuture<Void> answer = new CompletableFuture<>();
                answers.add(answer);
                return answer;
            },
            timer,
            time,
            outcomes::add);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    private void ask(String id) {
        awards.ask(id, Map.of("task_id", id), time.instant().plusSeconds(300));
    }

    @Test
    void a_few_are_under_way_and_the_others_follow_in_order() throws Exception {
        for (int i = 0; i < 6; i++) {
            ask("t" + i);
        }
        assertThat(asked).hasSize(4);
        assertThat(awards.outstanding()).isEqualTo(6);

        answers.get(2).complete(null);
        assertThat(asked).hasSize(5).last().isEqualTo(Map.of("task_id", "t4"));
        new ArrayList<>(answers).forEach(answer -> answer.complete(null));
        answers.forEach(answer -> answer.complete(null));

        assertThat(awards.awaitSettled(Duration.ofSeconds(10))).isTrue();
        assertThat(asked).hasSize(6);
        assertThat(outcomes).hasSize(6).containsOnly("awarded");
    }

    @Test
    void one_that_is_refused_is_not_sent_again() throws Exception {
        ask("t");
        answers.get(0).completeExceptionally(Refusal.of(ErrorCode.VALIDATION_ERROR, "IICP-E027"));

        assertThat(awards.awaitSettled(Duration.ZERO)).isTrue();
        assertThat(asked).hasSize(1);
        assertThat(outcomes).containsExactly("refused");
    }

    @Test
    void one_that_is_lost_is_sent_again_unchanged_three_times_in_all() throws Exception {
        ask("t");
        for (int i = 0; i < 3; i++) {
            int sent = i + 1;
            await().atMost(Duration.ofSeconds(20)).until(() -> answers.size() == sent);
            answers.get(i).completeExceptionally(Refusal.of(ErrorCode.NETWORK_ERROR, "connection refused"));
        }

        assertThat(awards.awaitSettled(Duration.ofSeconds(10))).isTrue();
        assertThat(asked).hasSize(3).allMatch(Map.of("task_id", "t")::equals);
        assertThat(outcomes).as("one word for all its tries").containsExactly("lost");
    }

    @Test
    void one_that_expires_before_the_next_try_is_given_up() throws Exception {
        awards.ask("t", Map.of(), Instant.EPOCH);
        answers.get(0).completeExceptionally(Refusal.of(ErrorCode.NETWORK_ERROR, "connection refused"));

        assertThat(awards.awaitSettled(Duration.ZERO)).isTrue();
    }

    @Test
    void what_does_not_fit_is_dropped() throws Exception {
        for (int i = 0; i < Awards.MOST_WAITING + 50; i++) {
            ask("t" + i);
        }

        assertThat(awards.outstanding()).isEqualTo(Awards.MOST_WAITING);
        assertThat(awards.awaitSettled(Duration.ofMillis(5))).isFalse();
        assertThat(outcomes).hasSize(50).containsOnly("dropped");
    }

    @Test
    void answers_that_come_at_once_do_not_pile_up_on_the_stack() throws Exception {
        Awards quick = new Awards(body -> CompletableFuture.completedFuture(null), timer, time, outcomes::add);
        CompletableFuture<Void> first = new CompletableFuture<>();
        List<Integer> count = new CopyOnWriteArrayList<>();
        Awards blocked = new Awards(
                body -> {
                    count.add(1);
                    return count.size() <= 4 ? first : CompletableFuture.completedFuture(null);
                },
                timer,
                time,
                outcomes::add);
        for (int i = 0; i < Awards.MOST_WAITING; i++) {
            blocked.ask("t", Map.of(), Instant.MAX);
            quick.ask("t", Map.of(), Instant.MAX);
        }

        first.complete(null);

        assertThat(blocked.awaitSettled(Duration.ofSeconds(10))).isTrue();
        assertThat(quick.outstanding()).isZero();
    }

    @Test
    void a_desk_that_throws_is_not_asked_again() throws Exception {
        Awards broken = new Awards(
                body -> {
                    throw new IllegalStateException("a bug");
                },
                timer,
                time,
                outcomes::add);
        broken.ask("t", Map.of(), Instant.MAX);

        assertThat(broken.awaitSettled(Duration.ZERO)).isTrue();
        assertThat(outcomes).containsExactly("lost");
    }
}
