package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import network.iicp.IicpClient;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.metrics.MetricsText;
import network.iicp.micrometer.MicrometerCalls;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.summarization.SummaryRequest;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.TraceSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of calls that go to several nodes at once, or another way than asked for: each is one call. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ObservedSeveralIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final FakeMesh mesh = new FakeMesh();
    private final TestObservationRegistry registry = TestObservationRegistry.create();

    @AfterEach
    void close() {
        mesh.close();
    }

    private <T extends RoutingEvent> List<T> events(Class<T> type) {
        return mesh.events().stream().filter(type::isInstance).map(type::cast).toList();
    }

    private RoutingEvent.Ended ended() {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !events(RoutingEvent.Ended.class).isEmpty());
        assertThat(events(RoutingEvent.Started.class)).hasSize(1);
        assertThat(events(RoutingEvent.Ended.class)).hasSize(1);
        return events(RoutingEvent.Ended.class).get(0);
    }

    private IicpClient observed() {
        MicrometerCalls calls = new MicrometerCalls(registry);
        TraceSource source = task -> new TraceSource.Headers(TRACEPARENT, null);
        return mesh.client(builder -> builder.listener(calls).traceSource(source));
    }

    @Test
    void a_vote_is_one_call_whose_sends_are_told_below_it_and_continue_its_trace() {
        CountDownLatch all = new CountDownLatch(3); // two answers decide, and the third would not be asked any more
        FakeNode.Behaviour together = job -> {
            all.countDown();
            all.await();
            job.say("Paris");
        };
        List<FakeNode> nodes = List.of(mesh.node(together), mesh.node(together), mesh.node(together));

        observed().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3()));

        assertThat(ended().outcome()).isEqualTo("success");
        assertThat(ended().attempts()).isBetween(2, 3);
        assertThat(ended().model()).isEqualTo("m1");
        String call = ended().taskId();
        assertThat(events(RoutingEvent.PartStarted.class))
                .hasSize(3)
                .allSatisfy(part -> assertThat(part.taskId()).isEqualTo(call).isNotEqualTo(part.part()));
        assertThat(nodes).allSatisfy(node -> assertThat(node.server().requests())
                .allSatisfy(request -> assertThat(request.header("traceparent")).isEqualTo(TRACEPARENT)));
        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasNumberOfObservationsWithNameEqualTo(MicrometerCalls.CALL, 1)
                .hasNumberOfObservationsWithNameEqualTo(MicrometerCalls.ATTEMPT, 3);
    }

    @Test
    void a_vote_without_agreement_ends_with_its_code_and_all_its_sends() {
        mesh.node(job -> job.say("Paris"));
        mesh.node(job -> job.say("London"));
        mesh.node(job -> job.say("Rome"));

        assertThatThrownBy(() -> observed().chat(HELLO, CallOptions.DEFAULT.withConsensus(Consensus.majorityOf3())))
                .isInstanceOf(IicpException.class);

        assertThat(ended().outcome()).isEqualTo("no_consensus");
        assertThat(ended().attempts()).isEqualTo(3);
    }

    @Test
    void cooperation_that_finds_no_workers_ends_with_the_code_of_its_outcome() {
        mesh.node(job -> job.say("alone"));
        CooperationSettings settings = CooperationSettings.builder()
                .enabled(true)
                .strategy(CooperationSettings.Strategy.REMOTE_FIRST)
                .build();
        Task task = Task.of(Intent.LLM_CHAT, Map.of("messages", List.of(Map.of("role", "user", "content", "where?"))));

        CooperationOutcome outcome = mesh.client(builder -> builder.cooperation(settings))
                .cooperate(task, CooperationRequest.majorityOf(3), CallOptions.DEFAULT);

        assertThat(outcome.succeeded()).isFalse();
        assertThat(ended().outcome()).isEqualTo("not_enough_workers");
        assertThat(ended().taskId()).isEqualTo(task.id());
    }

    @Test
    void the_node_that_was_overtaken_is_told_as_given_up_and_counted_as_cancelled() {
        MetricsText metrics = new MetricsText();
        mesh.node(job -> job.line().peerClosed());
        mesh.node(job -> job.say("fast"));
        IicpClient client =
                mesh.client(builder -> builder.metrics(metrics).routingStrategy(RoutingStrategy.DETERMINISTIC));

        client.chat(HELLO, CallOptions.DEFAULT.withHedging(Hedging.after(Duration.ofMillis(100))));

        assertThat(events(RoutingEvent.GaveUp.class)).singleElement().satisfies(gone -> {
            assertThat(gone.node()).isEqualTo("00000001");
            assertThat(gone.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        });
        assertThat(metrics.text())
                .contains(
                        "iicp_client_attempts_total{outcome=\"cancelled\"} 1\n",
                        "iicp_client_attempts_total{outcome=\"success\"} 1\n",
                        "iicp_client_choices_total{reason=\"hedge\"} 1\n");
    }

    @Test
    void a_chat_model_that_stands_in_is_told_as_a_fallback_of_the_task_it_gets() {
        MetricsText metrics = new MetricsText();
        mesh.node(job -> job.say("{\"summary\":\"short\"}"));
        mesh.chatsOnly();
        IicpClient client = mesh.client(builder -> builder.metrics(metrics).emulation(true));

        client.summarize(SummaryRequest.of("a long text"));

        RoutingEvent.Started chat = events(RoutingEvent.Started.class).stream()
                .filter(call -> call.intent().equals(Intent.LLM_CHAT))
                .findFirst()
                .orElseThrow();
        assertThat(events(RoutingEvent.FellBack.class)).singleElement().satisfies(fell -> {
            assertThat(fell.to()).isEqualTo("emulated");
            assertThat(fell.node()).isNull();
            assertThat(fell.taskId()).isEqualTo(chat.taskId());
        });
        assertThat(metrics.text()).contains("iicp_client_fallbacks_total{to=\"emulated\"} 1\n");
    }
}
