package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.LocalMesh;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.StreamInterruptedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** What Micrometer is told about chats through a mesh. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatObservationIT {

    private static final String NAME = "gen_ai.client.operation";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final ScriptedEngine ENGINE = ScriptedEngine.streaming(context -> {
        if (context.task().payload().toString().contains("break off")) {
            context.emit(ScriptedEngine.textDelta("half"));
            throw new BackendException(IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, "gone"));
        }
        return ScriptedEngine.saying("he", "llo").handle(context);
    });

    private static LocalMesh mesh;

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private IicpChatModel model;

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(ENGINE));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @BeforeEach
    void setUp() {
        model = IicpChatModel.builder()
                .client(mesh.client(client -> client.maxAttempts(1)))
                .options(IicpChatOptions.builder()
                        .model(ScriptedEngine.MODEL)
                        .temperature(0.5)
                        .build())
                .observationRegistry(registry)
                .build();
    }

    private TestObservationRegistryAssert.TestObservationRegistryAssertReturningObservationContextAssert observed() {
        return TestObservationRegistryAssert.assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo(NAME, 1)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasBeenStarted()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("gen_ai.system", "iicp")
                .hasLowCardinalityKeyValue("gen_ai.request.model", ScriptedEngine.MODEL);
    }

    @Test
    void a_call_is_observed_with_its_answer() {
        model.call(new Prompt("Hi"));

        observed()
                .hasLowCardinalityKeyValue("gen_ai.response.model", ScriptedEngine.MODEL)
                .hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.5")
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"stop\"]")
                .hasHighCardinalityKeyValue("gen_ai.response.id", "chat-1")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "3")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "4")
                .hasHighCardinalityKeyValue("gen_ai.usage.total_tokens", "7")
                .doesNotHaveError();
    }

    @Test
    void no_key_names_a_node() {
        model.call(new Prompt("Hi"));

        String node = mesh.nodes().get(0).id().substring(0, 8);
        assertThat(context().getAllKeyValues().stream().map(KeyValue::getValue))
                .noneMatch(value -> value.contains(node));
    }

    private ChatModelObservationContext context() {
        AtomicReference<ChatModelObservationContext> found = new AtomicReference<>();
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .satisfies(context -> found.set((ChatModelObservationContext) context));
        return found.get();
    }

    @Test
    void a_stream_is_observed_with_its_whole_answer() {
        List<ChatResponse> chunks = model.stream(new Prompt("Hi")).collectList().block(PATIENCE);

        observed()
                .hasLowCardinalityKeyValue("gen_ai.response.model", ScriptedEngine.MODEL)
                .hasHighCardinalityKeyValue("gen_ai.request.stream", "true")
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"stop\"]")
                .hasHighCardinalityKeyValue("gen_ai.usage.total_tokens", "7")
                .doesNotHaveError();
        AtomicReference<ChatResponse> aggregated = new AtomicReference<>();
        new MessageAggregator()
                .aggregate(Flux.fromIterable(chunks), aggregated::set)
                .blockLast(PATIENCE);
        assertThat(context().getResponse().getResult().getOutput().getText())
                .isEqualTo("hello")
                .isEqualTo(aggregated.get().getResult().getOutput().getText());
        assertThat(context().getResponse().getMetadata().getUsage().getTotalTokens())
                .isEqualTo(aggregated.get().getMetadata().getUsage().getTotalTokens());
    }

    @Test
    void a_failed_call_is_observed_with_its_error() {
        Throwable failure = catchThrowable(() -> model.call(
                new Prompt("Hi", ChatOptions.builder().model("nobody-has-this").build())));

        assertThat(failure).isInstanceOf(NoProviderException.class);
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasBeenStopped()
                .hasError(failure);
    }

    @Test
    void a_broken_stream_is_observed_with_its_error() {
        StepVerifier.create(model.stream(new Prompt("break off")))
                .expectNextCount(1)
                .expectError(StreamInterruptedException.class)
                .verify(PATIENCE);

        observed().hasError();
    }

    @Test
    void a_cancelled_stream_is_observed_as_stopped_without_an_error() {
        StepVerifier.create(model.stream(new Prompt("Hi")), 1)
                .expectNextCount(1)
                .thenCancel()
                .verify(PATIENCE);

        observed().doesNotHaveError();
    }

    @Test
    void wrong_arguments_are_not_observed() {
        Prompt wrong = new Prompt("Hi", ChatOptions.builder().topP(9.0).build());

        assertThatIllegalArgumentException().isThrownBy(() -> model.call(wrong));
        TestObservationRegistryAssert.assertThat(registry).doesNotHaveAnyObservation();
    }

    @Test
    void a_call_belongs_to_what_is_observed_around_it() {
        Observation around = Observation.start("around", registry);
        around.scoped(() -> model.call(new Prompt("Hi")));
        around.stop();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasParentObservationEqualTo(around);
    }

    @Test
    void a_stream_belongs_to_the_observation_in_its_context() {
        Observation around = Observation.start("around", registry);
        model.stream(new Prompt("Hi"))
                .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, around))
                .blockLast(PATIENCE);
        around.stop();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasParentObservationEqualTo(around);
    }

    @Test
    void a_stream_without_context_belongs_to_what_is_observed_around_its_subscription() {
        Observation around = Observation.start("around", registry);
        around.scoped(() -> model.stream(new Prompt("Hi")).blockLast(PATIENCE));
        around.stop();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasParentObservationEqualTo(around);
    }

    @Test
    void a_stream_is_stopped_before_what_is_observed_around_it() throws InterruptedException {
        List<String> stops = new CopyOnWriteArrayList<>();
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                stops.add(context.getName());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        Observation around = Observation.start("around", registry);
        CountDownLatch over = new CountDownLatch(1);

        model.stream(new Prompt("Hi"))
                .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, around))
                .doOnTerminate(around::stop)
                .subscribe(chunk -> {}, failure -> over.countDown(), over::countDown);

        assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(stops).containsExactly(NAME, "around");
    }

    @Test
    void an_own_convention_is_used() {
        IicpChatModel named = IicpChatModel.builder()
                .client(mesh.client())
                .observationRegistry(registry)
                .observationConvention(new DefaultChatModelObservationConvention() {
                    @Override
                    public String getName() {
                        return "mesh.chat";
                    }
                })
                .build();

        named.call(new Prompt("Hi"));

        TestObservationRegistryAssert.assertThat(registry).hasObservationWithNameEqualTo("mesh.chat");
    }
}
