package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.IicpClient;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.json.Json;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A second node while the first is working, and several nodes at once. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HedgingIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");
    private static final Duration SOON = Duration.ofMillis(100);

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private final AtomicInteger connectionsClosed = new AtomicInteger();

    /** Says nothing until its consumer has gone. */
    private FakeNode.Behaviour silent() {
        return job -> {
            if (job.line().peerClosed()) {
                connectionsClosed.incrementAndGet();
            }
        };
    }

    private IicpClient client() {
        return mesh.client(b -> b.routingStrategy(RoutingStrategy.DETERMINISTIC));
    }

    @Test
    void a_slow_node_is_overtaken_and_told_to_stop() {
        FakeNode slow = mesh.node(silent()).streaming();
        FakeNode fast = mesh.node(job -> job.say("fast"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(SOON)));
        assertThat(result.text()).isEqualTo("fast");
        assertThat(result.provenance().node()).isEqualTo("00000002");
        assertThat(result.provenance().attempts())
                .extracting(Attempt::reason, Attempt::outcome)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("first_choice", "task_cancelled"),
                        org.assertj.core.groups.Tuple.tuple("hedge", "success"));
        await().until(() -> slow.cancelled().size() == 1 && connectionsClosed.get() == 1);
        assertThat(fast.payloads()).hasSize(1);
    }

    @Test
    void a_fast_node_is_not_hedged() {
        mesh.node(job -> job.say("fast"));
        FakeNode other = mesh.node(job -> job.say("never asked"));
        ChatResult result =
                client().chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(Duration.ofSeconds(30))));
        assertThat(result.text()).isEqualTo("fast");
        assertThat(other.payloads()).isEmpty();
    }

    @Test
    void the_first_node_may_still_win() {
        CountDownLatch hedged = new CountDownLatch(1);
        mesh.node(job -> {
            hedged.await();
            job.say("first after all");
        });
        FakeNode second = mesh.node(job -> {
                    hedged.countDown();
                    job.line().peerClosed();
                })
                .streaming();
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(SOON)));
        assertThat(result.text()).isEqualTo("first after all");
        await().until(() -> second.cancelled().size() == 1);
    }

    @Test
    void when_one_of_two_fails_the_other_is_waited_for() {
        mesh.node(job -> {
            await().until(() -> mesh.events().stream().anyMatch(RoutingEvent.AttemptFailed.class::isInstance));
            job.say("slow but well");
        });
        mesh.node(job -> job.line().json(502, "{\"error\":{\"code\":\"backend_error\"}}"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(SOON)));
        assertThat(result.text()).isEqualTo("slow but well");
        assertThat(result.provenance().attempts())
                .extracting(Attempt::outcome)
                .containsExactly("backend_error", "success");
    }

    @Test
    void when_both_fail_the_call_goes_on() {
        CountDownLatch hedged = new CountDownLatch(1);
        mesh.node(job -> {
            hedged.await();
            job.line().json(502, "{\"error\":{\"code\":\"backend_error\"}}");
        });
        mesh.node(job -> {
            job.line().json(502, "{\"error\":{\"code\":\"backend_error\"}}");
            hedged.countDown();
        });
        mesh.node(job -> job.say("third"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(SOON)));
        assertThat(result.text()).isEqualTo("third");
        assertThat(result.provenance().attempts()).hasSize(3);
    }

    @Test
    void a_second_send_counts_among_the_attempts() {
        FakeNode slow = mesh.node(silent());
        FakeNode never = mesh.node(job -> job.say("never asked"));
        CallOptions options = CallOptions.DEFAULT
                .withHedging(Hedging.after(SOON))
                .withMaxAttempts(1)
                .withTotal(Duration.ofMillis(1_500));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client().chat(HELLO, options));
        assertThat(failure.code()).isEqualTo("task_timeout");
        assertThat(slow.payloads()).hasSize(1);
        assertThat(never.payloads()).isEmpty();
    }

    @Test
    void what_must_not_run_twice_and_what_is_strict_is_not_hedged() {
        mesh.node(silent());
        FakeNode never = mesh.node(job -> job.say("never asked"));
        CallOptions hedging =
                CallOptions.DEFAULT.withHedging(Hedging.after(SOON)).withTotal(Duration.ofMillis(1_200));
        for (CallOptions options : List.of(hedging.withIdempotent(false), hedging.withStrict(true))) {
            IicpException failure = catchThrowableOfType(IicpException.class, () -> client().chat(HELLO, options));
            assertThat(failure.code()).isEqualTo("task_timeout");
        }
        assertThat(never.payloads()).isEmpty();
    }

    @Test
    void the_slow_ones_are_known_after_twenty_answers() {
        AtomicInteger calls = new AtomicInteger();
        mesh.node(job -> {
            if (calls.incrementAndGet() > 25) {
                job.line().peerClosed();
            } else {
                job.say("one");
            }
        });
        mesh.node(job -> job.say("two"));
        IicpClient client = client();
        CallOptions hedging = CallOptions.DEFAULT.withHedging(Hedging.afterP95());
        for (int i = 0; i < 25; i++) {
            client.chat(HELLO);
        }
        assertThat(client.chat(HELLO, hedging).text()).isEqualTo("two");
    }

    @Test
    void a_delay_that_is_none_is_refused() {
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> Hedging.after(Duration.ZERO)))
                .isNotNull();
        assertThat(Hedging.OFF.isOn()).isFalse();
        assertThat(Hedging.after(SOON)).isEqualTo(Hedging.after(SOON)).isNotEqualTo(Hedging.afterP95());
    }

    @Test
    void cancelling_a_hedged_call_stops_both() {
        FakeNode one = mesh.node(silent()).streaming();
        FakeNode two = mesh.node(silent()).streaming();
        CompletableFuture<ChatResult> answer =
                client().chatAsync(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(SOON)));
        await().until(() -> one.payloads().size() == 1 && two.payloads().size() == 1);
        answer.cancel(true);
        await().until(() -> one.cancelled().size() == 1 && two.cancelled().size() == 1);
        await().until(() -> connectionsClosed.get() == 2);
    }

    // ---- several at once

    @Test
    void the_first_of_several_wins_and_the_others_are_told_to_stop() {
        CountDownLatch asked = new CountDownLatch(1);
        FakeNode slow = mesh.node(job -> {
                    asked.countDown();
                    silent().execute(job);
                })
                .streaming();
        mesh.node(job -> {
            asked.await();
            job.say("fast");
        });
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.firstOf(2)));
        assertThat(result.text()).isEqualTo("fast");
        await().until(() -> slow.cancelled().size() == 1 && connectionsClosed.get() == 1);
    }

    @Test
    void each_node_gets_a_task_of_its_own_and_none_gets_two() {
        CountDownLatch all = new CountDownLatch(3); // two answers decide, and the third would not be asked any more
        FakeNode.Behaviour together = job -> {
            all.countDown();
            all.await();
            job.say("Paris");
        };
        List<FakeNode> nodes = List.of(mesh.node(together), mesh.node(together), mesh.node(together));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));
        assertThat(result.text()).isEqualTo("Paris");
        assertThat(nodes).allSatisfy(node -> assertThat(node.payloads()).hasSize(1));
        assertThat(nodes.stream()
                        .map(node -> Json.parseObject(
                                        node.server().requests().get(0).body(), network.iicp.json.JsonLimits.DEFAULT)
                                .get("task_id"))
                        .distinct())
                .hasSize(3);
        assertThat(nodes).allSatisfy(node -> assertThat(
                        new String(node.server().requests().get(0).body(), java.nio.charset.StandardCharsets.UTF_8))
                .doesNotContain("consensus"));
    }

    @Test
    void two_of_three_decide_whatever_the_third_says() {
        mesh.node(job -> job.say("London"));
        mesh.node(job -> job.say("  Paris\n"));
        mesh.node(job -> job.say("Paris"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));
        assertThat(result.text().strip()).isEqualTo("Paris");
    }

    @Test
    void two_of_three_decide_when_the_third_fails() {
        mesh.node(job -> job.line().json(422, "{\"error\":{\"code\":\"validation_error\"}}"));
        mesh.node(job -> job.say("{\"b\":1,\"a\":2}"));
        mesh.node(job -> job.say("{\"a\": 2, \"b\": 1}"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));
        assertThat(result.text()).contains("\"a\"");
    }

    @Test
    void answers_that_do_not_agree_are_no_answer() {
        mesh.node(job -> job.say("London"));
        mesh.node(job -> job.say("Paris"));
        mesh.node(job -> job.say("Rome"));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client().chat(
                        HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3())));
        assertThat(failure).isInstanceOf(BackendException.class);
        assertThat(failure.code()).isEqualTo("no_consensus");
        assertThat(failure.attempts()).hasSize(3);
    }

    @Test
    void an_equality_of_the_application_decides() {
        mesh.node(job -> job.say("yes, certainly"));
        mesh.node(job -> job.say("YES"));
        mesh.node(job -> job.say("no"));
        Consensus byFirstLetter = Consensus.majorityOf3().withEquality((a, b) -> letter(a) == letter(b));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(byFirstLetter));
        assertThat(result.text()).containsIgnoringCase("yes");
    }

    private static char letter(network.iicp.protocol.TaskResult answer) {
        Object choice = ((List<?>) answer.resultMap().orElseThrow().get("choices")).get(0);
        return Character.toLowerCase(network.iicp.client.cooperation.FirstChoice.text((Map<?, ?>) choice)
                .charAt(0));
    }

    @Test
    void too_few_nodes_are_told_before_anything_is_sent() {
        FakeNode one = mesh.node(job -> job.say("one"));
        mesh.node(job -> job.say("two")).withoutKey();
        mesh.node(job -> job.say("three"));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client().chat(
                        HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3())));
        assertThat(failure).isInstanceOf(NoProviderException.class);
        assertThat(failure.iicpCode()).contains("IICP-E022");
        assertThat(failure.leftOut()).extracting("reason").containsExactly("missing_encryption_key");
        assertThat(one.server().requests()).isEmpty();
    }

    @Test
    void a_failed_node_is_replaced_by_one_that_nobody_has() {
        mesh.node(job -> job.line().json(502, "{}"));
        mesh.node(job -> job.say("same"));
        mesh.node(job -> job.say("other"));
        FakeNode fourth = mesh.node(job -> job.say("same"));
        ChatResult result = client().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));
        assertThat(result.text()).isEqualTo("same");
        assertThat(fourth.payloads()).hasSize(1);
    }

    @Test
    void cancelling_stops_every_node() {
        List<FakeNode> nodes = List.of(
                mesh.node(silent()).streaming(),
                mesh.node(silent()).streaming(),
                mesh.node(silent()).streaming());
        CompletableFuture<ChatResult> answer =
                client().chatAsync(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));
        await().until(() -> nodes.stream().allMatch(node -> node.payloads().size() == 1));
        answer.cancel(true);
        await().until(() -> nodes.stream().allMatch(node -> node.cancelled().size() == 1));
    }
}
