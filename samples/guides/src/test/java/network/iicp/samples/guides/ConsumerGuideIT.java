package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.completion.CompletionEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConsumerGuideIT {

    private static LocalMesh mesh;

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()).handlers(node -> node.handler(
                        Intent.parse("urn:iicp:intent:x.acme:invoice-classify:v1"),
                        task -> Map.of("category", "hardware"))
                .authentication(NodeAuthentication.OPEN)));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Test
    void a_client_is_built_without_a_network() {
        try (IicpClient client = ConsumerExamples.client("http://127.0.0.1:1/api")) {
            assertThat(client.settings().region()).isEqualTo("eu-central");
            assertThat(client.settings().limits().total()).isEqualTo(Duration.ofSeconds(60));
        }
    }

    @Test
    void directories_are_asked_in_the_order_they_are_named() {
        String key = "557a59f8820da4ad8a684fdc8a00355d30149b5ec22231ae331a62daa8dcf869";
        try (IicpClient client = ConsumerExamples.directories(key)) {
            assertThat(client.settings().directories())
                    .extracting(directory -> directory.url().getHost())
                    .containsExactly("mesh.example.org", "mesh.example.net");
        }
    }

    @Test
    void a_node_with_another_key_than_the_pinned_one_is_left_out() {
        try (IicpClient client = ConsumerExamples.pinned("http://127.0.0.1:1/api")) {
            assertThat(client.settings().pinnedKeys()).containsValue("cx-aaa8fff703b50b22");
        }
    }

    @Test
    void the_plain_example_of_the_readme_prints_answer_and_origin() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Hello.main(new String[] {mesh.directoryUrl().toString()});
        } finally {
            System.setOut(before);
        }

        assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("Hello from IICP!", "model iicp-demo", "encrypted");
    }

    @Test
    void calls_answer() {
        IicpClient client = mesh.client();

        assertThat(ConsumerExamples.chat(client).text()).contains("What is a mesh network?");
        assertThat(ConsumerExamples.identity(client).text()).contains("Which model are you?");
        assertThat(ConsumerExamples.options(client).provenance().attempts()).hasSize(1);
        assertThat(ConsumerExamples.embed(client).vectors()).hasSize(2);
        assertThat(ConsumerExamples.moderate(client).flagged()).isFalse();
        assertThat(ConsumerExamples.speech(client).text()).isEqualTo("Good morning.");
        assertThat(ConsumerExamples.submit(client).result()).isEqualTo(Map.of("category", "hardware"));
        assertThat(ConsumerExamples.discover(client)).hasSize(1);
        assertThat(ConsumerExamples.errors(client)).contains("demo");
    }

    @Test
    void intents_that_nobody_serves_are_emulated() {
        try (IicpClient client = IicpClient.builder()
                .directoryUrl(mesh.directoryUrl())
                .emulation(true)
                .build()) {
            assertThat(ConsumerExamples.emulated(client).provenance().emulated())
                    .isTrue();
        }
    }

    @Test
    void who_may_see_a_task_and_who_would_be_asked_can_be_said() {
        IicpClient client = mesh.client();

        assertThat(ConsumerExamples.explain(client).candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.rank()).isEqualTo(1));
        assertThatThrownBy(() -> ConsumerExamples.policy(client))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining("region_not_allowed");
        Task invoice = Task.of(Intent.parse("urn:iicp:intent:x.acme:invoice-classify:v1"), Map.of("text", "paper"));
        assertThat(ConsumerExamples.once(client, invoice).result()).isEqualTo(Map.of("category", "hardware"));
        try (IicpClient ranking = ConsumerExamples.ranking(mesh.directoryUrl().toString())) {
            assertThat(ranking.chat(ChatRequest.of("Hello")).text()).contains("Hello");
        }
    }

    @Test
    void more_than_one_node_can_be_asked_where_there_are_enough() {
        IicpClient client = mesh.client();

        assertThat(ConsumerExamples.hedging()).allSatisfy(options -> assertThat(
                        client.chat(ChatRequest.of("Hello"), options).text())
                .contains("Hello"));
        assertThatThrownBy(() -> ConsumerExamples.vote(client))
                .isInstanceOf(NoProviderException.class)
                .hasMessageContaining("needs 3 nodes");
    }

    @Test
    void workers_are_asked_only_where_there_are_enough() {
        Task question = Task.of(Intent.LLM_CHAT, Map.of("messages", java.util.List.of()));
        try (IicpClient client =
                ConsumerExamples.cooperating(mesh.directoryUrl().toString())) {
            assertThatThrownBy(() -> ConsumerExamples.cooperate(client, question))
                    .isInstanceOf(NoProviderException.class)
                    .hasMessageContaining("3 workers are needed");
        }
    }

    @Test
    void streams_arrive_and_calls_can_be_cancelled() {
        IicpClient client = mesh.client();

        assertThat(ConsumerExamples.stream(client).text()).contains("Tell me a story.");
        assertThat(ConsumerExamples.continued(client).provenance().continued()).isFalse();
        ConsumerExamples.cancel(client);
        assertThat(ConsumerExamples.errors(client)).contains("demo");
    }

    @Test
    void completions_stream_too() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        List<CompletionEvent> events = new CopyOnWriteArrayList<>();
        ConsumerExamples.completions(mesh.client(), new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(CompletionEvent event) {
                events.add(event);
            }

            @Override
            public void onError(Throwable failure) {
                ended.countDown();
            }

            @Override
            public void onComplete() {
                ended.countDown();
            }
        });
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(events).hasSizeGreaterThan(2);
        assertThat(events.get(events.size() - 1)).isInstanceOf(CompletionEvent.Completed.class);
    }

    @Test
    void a_stream_that_was_cut_off_gives_the_text_so_far() {
        ConsumerExamples.Printer printer = new ConsumerExamples.Printer();
        IicpError error = IicpError.of(ErrorCode.STREAM_INTERRUPTED, ErrorComponent.NODE, "cut off");
        printer.onError(new StreamInterruptedException(error, "once upon", null));
        assertThat(ConsumerExamples.interrupted(printer)).isEqualTo("once upon …");
    }

    @Test
    void failures_say_who_failed() {
        try (IicpClient client = ConsumerExamples.listening("http://127.0.0.1:1/api")) {
            assertThat(ConsumerExamples.errors(client)).contains("network_error", "DIRECTORY", "127.0.0.1:1");
        }
    }

    @Test
    void calls_are_observed_and_measured() {
        ObservationRegistry observations = ObservationRegistry.create();
        List<String> seen = new CopyOnWriteArrayList<>();
        observations.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                seen.add(context.getName());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        MeterRegistry registry = new SimpleMeterRegistry();
        try (IicpClient client = ConsumerExamples.observed(mesh.directoryUrl().toString(), observations, registry)) {
            client.chat(ChatRequest.of("Hello"));

            assertThat(seen).containsExactly("iicp.client.attempt", "iicp.client.call");
            assertThat(registry.get("iicp.client.calls")
                            .tag("outcome", "success")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }
    }
}
