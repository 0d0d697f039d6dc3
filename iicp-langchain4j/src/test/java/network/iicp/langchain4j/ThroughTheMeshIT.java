package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kits of LangChain4j do not ask for: routing, provenance, faults, through real meshes on loopback. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ThroughTheMeshIT {

    private LocalMesh mesh;

    @AfterEach
    void stop_the_mesh() {
        if (mesh != null) {
            mesh.close();
        }
    }

    @Test
    void an_answer_says_which_node_gave_it_and_how_it_travelled() {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create()));
        IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();

        ChatResponse response = model.chat(request("Hello"));

        assertThat(response.metadata()).isInstanceOfSatisfying(IicpChatResponseMetadata.class, metadata -> {
            assertThat(mesh.nodes().get(0).id())
                    .startsWith(metadata.provenance().node());
            assertThat(metadata.provenance().encrypted()).isTrue();
            assertThat(metadata.provenance().attempts()).hasSize(1);
            assertThat(metadata.modelName()).isEqualTo(DemoBackend.MODEL);
        });
    }

    @Test
    void a_streamed_answer_says_that_it_was_streamed() throws Exception {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create()));
        IicpStreamingChatModel model =
                IicpStreamingChatModel.builder().client(mesh.client()).build();

        ChatResponse response = stream(model, "Hello").get(20, TimeUnit.SECONDS);

        assertThat(((IicpChatResponseMetadata) response.metadata()).provenance().streamed())
                .isTrue();
    }

    @Test
    void when_a_node_has_stopped_another_one_answers() {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create()).node(DemoBackend.create()));
        IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();
        String first = node(model.chat(request("Hello")));

        mesh.nodes().stream().filter(node -> node.id().startsWith(first)).forEach(IicpNode::close);

        assertThat(node(model.chat(request("Hello")))).isNotEqualTo(first);
    }

    @Test
    void the_region_that_is_preferred_answers() {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create(), node -> node.region("eu-central"))
                .node(DemoBackend.create(), node -> node.region("us-east")));
        IicpClient client = mesh.client(c -> c.routingStrategy(RoutingStrategy.DETERMINISTIC));

        for (String region : List.of("eu-central", "us-east", "eu-central")) {
            ChatResponse response = IicpChatModel.builder()
                    .client(client)
                    .region(region)
                    .build()
                    .chat(request("Hello"));

            assertThat(((IicpChatResponseMetadata) response.metadata())
                            .provenance()
                            .region())
                    .isEqualTo(region);
        }
    }

    @Test
    void nodes_of_less_reputation_are_not_asked() {
        RecordingEngine engine = new RecordingEngine();
        mesh = LocalMesh.start(m -> m.node(engine));
        IicpChatModel model =
                IicpChatModel.builder().client(mesh.client()).minReputation(1.0).build();

        assertThatThrownBy(() -> model.chat("Hello")).isInstanceOf(LangChain4jException.class);
        assertThat(engine.tasks()).isEmpty();
    }

    @Test
    void vectors_say_where_they_came_from_batch_by_batch() {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create()));
        IicpEmbeddingModel model = IicpEmbeddingModel.builder()
                .client(mesh.client())
                .modelName(DemoBackend.MODEL)
                .maxSegmentsPerBatch(2)
                .build();

        EmbeddingResponse response = model.embed(
                EmbeddingRequest.builder().inputs("eins", "zwei", "drei").build());

        assertThat(response.embeddings()).hasSize(3);
        assertThat(((IicpEmbeddingResponseMetadata) response.metadata()).provenances())
                .hasSize(2);
        assertThat(model.dimension()).isEqualTo(DemoBackend.DEFAULT_DIMENSIONS);
    }

    @Test
    void vectors_come_without_blocking_too() throws Exception {
        mesh = LocalMesh.start(m -> m.node(DemoBackend.create()));
        IicpEmbeddingModel model = IicpEmbeddingModel.builder()
                .client(mesh.client())
                .modelName(DemoBackend.MODEL)
                .build();

        EmbeddingResponse response = model.embedAsync(
                        EmbeddingRequest.builder().inputs("eins", "zwei").build())
                .get(20, TimeUnit.SECONDS);

        assertThat(response.embeddings())
                .extracting(vector -> vector.vector().length)
                .containsOnly(DemoBackend.DEFAULT_DIMENSIONS);
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class Every_setter {

        private final RecordingEngine engine = new RecordingEngine(
                DemoBackend.builder().models("iicp-demo", "demo-other").build());
        private final RecordingEngine other = new RecordingEngine();
        private final Map<String, Consumer<IicpChatModel.Builder>> set = new LinkedHashMap<>();
        private final Map<String, BiConsumer<Task, ChatResponse>> effect = new LinkedHashMap<>();

        @Test
        void of_the_builder_reaches_the_node() {
            mesh = LocalMesh.start(m -> m.node(engine).node(other));
            String node = mesh.nodes().get(0).id();
            table(node);
            assertThat(set.keySet()).isEqualTo(setters());

            set.forEach((name, setter) -> {
                // Routed to the node that records, whatever else is set.
                IicpChatModel.Builder builder =
                        IicpChatModel.builder().client(mesh.client()).node(node);
                setter.accept(builder);
                ChatResponse response = builder.build().chat(request("Hello"));
                assertThat(engine.tasks()).as(name).isNotEmpty();
                effect.get(name).accept(engine.lastTask(), response);
            });
            assertThat(other.tasks()).isEmpty();
        }

        private void table(String node) {
            payload("modelName", b -> b.modelName("demo-other"), "model", "demo-other");
            payload("temperature", b -> b.temperature(0.25), "temperature", "0.25");
            payload("topP", b -> b.topP(0.5), "top_p", "0.5");
            payload("topK", b -> b.topK(7), "top_k", "7");
            payload("frequencyPenalty", b -> b.frequencyPenalty(0.5), "frequency_penalty", "0.5");
            payload("presencePenalty", b -> b.presencePenalty(-0.5), "presence_penalty", "-0.5");
            payload("maxOutputTokens", b -> b.maxOutputTokens(3), "max_tokens", "3");
            payload("stopSequences", b -> b.stopSequences(List.of("END")), "stop", "[END]");
            payload("seed", b -> b.seed(11L), "seed", "11");
            payload("user", b -> b.user("u-1"), "user", "u-1");
            payload("customParameters", b -> b.customParameters(Map.of("min_p", 0.1)), "min_p", "0.1");
            payload(
                    "responseFormat",
                    b -> b.responseFormat(ResponseFormat.JSON),
                    "response_format",
                    "{type=json_object}");
            ToolSpecification tool = ToolSpecification.builder().name("weather").build();
            row("toolSpecifications", b -> b.toolSpecifications(List.of(tool)), (task, response) -> assertThat(
                            task.payload().get("tools"))
                    .asString()
                    .contains("weather"));
            payload(
                    "toolChoice",
                    b -> b.toolSpecifications(List.of(tool)).toolChoice(ToolChoice.NONE),
                    "tool_choice",
                    "none");
            payload(
                    "parallelToolCalls",
                    b -> b.toolSpecifications(List.of(tool)).parallelToolCalls(false),
                    "parallel_tool_calls",
                    "false");
            row("qos", b -> b.qos(Qos.BATCH), (task, response) -> assertThat(
                            task.constraints().qos())
                    .isEqualTo(Qos.BATCH));
            row("priority", b -> b.priority(Priority.HIGH), (task, response) -> assertThat(
                            task.constraints().priority())
                    .isEqualTo(Priority.HIGH));
            row("timeout", b -> b.timeout(Duration.ofSeconds(7)), (task, response) -> assertThat(
                            task.constraints().timeout())
                    .isLessThanOrEqualTo(Duration.ofSeconds(7)));
            row("node", b -> b.node(node), (task, response) -> assertThat(node).startsWith(node(response)));
            // What these change does not show at a node; the tests below see it.
            row("region", b -> b.region("eu-central"), (task, response) -> assertThat(response)
                    .isNotNull());
            row("minReputation", b -> b.minReputation(0.0), (task, response) -> assertThat(response)
                    .isNotNull());
            row("maxAttempts", b -> b.maxAttempts(1), (task, response) -> assertThat(response)
                    .isNotNull());
        }

        private void payload(String name, Consumer<IicpChatModel.Builder> setter, String member, String value) {
            row(name, setter, (task, response) -> assertThat(task.payload().get(member))
                    .as(name)
                    .hasToString(value));
        }

        private void row(
                String name, Consumer<IicpChatModel.Builder> setter, BiConsumer<Task, ChatResponse> expectation) {
            set.put(name, setter);
            effect.put(name, expectation);
        }

        /** All setters but those that do not belong to requests. */
        private static Set<String> setters() {
            Set<String> names = new TreeSet<>(Arrays.stream(ChatModelBuilder.class.getDeclaredMethods())
                    .filter(method -> Modifier.isPublic(method.getModifiers()))
                    .map(Method::getName)
                    .toList());
            names.removeAll(
                    Set.of("client", "directoryUrl", "listeners", "defaultRequestParameters", "supportedCapabilities"));
            return names;
        }
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class When_it_fails {

        @Test
        void a_directory_that_is_not_there_is_an_unresolved_server() throws Exception {
            int port;
            try (ServerSocket socket = new ServerSocket(0)) {
                port = socket.getLocalPort();
            }
            try (IicpChatModel model = IicpChatModel.builder()
                    .directoryUrl("http://127.0.0.1:%d/api".formatted(port))
                    .build()) {

                assertThatThrownBy(() -> model.chat("Hello"))
                        .isExactlyInstanceOf(UnresolvedModelServerException.class)
                        .hasCauseInstanceOf(IicpException.class);
            }
        }

        @Test
        void a_mesh_without_nodes_is_told_blocking_and_not() {
            mesh = LocalMesh.start(m -> m);
            IicpChatModel model = IicpChatModel.builder()
                    .client(mesh.client())
                    .modelName("llama3:8b")
                    .build();

            assertThatThrownBy(() -> model.chat("Hello")).isExactlyInstanceOf(ModelNotFoundException.class);
            assertThatThrownBy(() -> model.chatAsync("Hello").get(20, TimeUnit.SECONDS))
                    .hasCauseExactlyInstanceOf(ModelNotFoundException.class);
        }

        @Test
        void a_request_the_engine_refuses_is_invalid_and_not_tried_elsewhere() {
            RecordingEngine engine = new RecordingEngine().failWith(fault(ErrorCode.BACKEND_REJECTED));
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();

            assertThatThrownBy(() -> model.chat("Hello")).isExactlyInstanceOf(InvalidRequestException.class);
            assertThat(engine.tasks()).hasSize(1);
        }

        @Test
        void an_engine_that_fails_is_retried_by_the_client_and_by_nobody_else() {
            RecordingEngine engine = new RecordingEngine().failWith(fault(ErrorCode.BACKEND_ERROR));
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpChatModel model =
                    IicpChatModel.builder().client(mesh.client()).maxAttempts(2).build();

            assertThatThrownBy(() -> model.chat("Hello")).isExactlyInstanceOf(InternalServerException.class);
            assertThat(engine.tasks()).hasSize(2);
        }

        @Test
        void engines_without_a_free_place_are_a_rate_limit() {
            mesh = LocalMesh.start(m -> m.node(new RecordingEngine().failWith(fault(ErrorCode.CAPACITY_EXCEEDED))));
            IicpChatModel model =
                    IicpChatModel.builder().client(mesh.client()).maxAttempts(1).build();

            assertThatThrownBy(() -> model.chat("Hello")).isExactlyInstanceOf(RateLimitException.class);
        }

        @Test
        void a_call_that_takes_too_long_times_out() {
            DemoBackend slow =
                    DemoBackend.builder().tokenDelay(Duration.ofSeconds(1)).build();
            mesh = LocalMesh.start(m -> m.node(slow));
            IicpChatModel model = IicpChatModel.builder()
                    .client(mesh.client())
                    .timeout(Duration.ofMillis(400))
                    .build();

            assertThatThrownBy(() -> model.chat("Hello")).isExactlyInstanceOf(TimeoutException.class);
        }

        @Test
        void a_stream_that_takes_too_long_times_out() {
            DemoBackend slow =
                    DemoBackend.builder().tokenDelay(Duration.ofMillis(200)).build();
            mesh = LocalMesh.start(m -> m.node(slow));
            IicpStreamingChatModel model = IicpStreamingChatModel.builder()
                    .client(mesh.client())
                    .timeout(Duration.ofSeconds(1))
                    .build();

            assertThatThrownBy(() -> stream(model, "Hello").get(20, TimeUnit.SECONDS))
                    .hasCauseExactlyInstanceOf(TimeoutException.class);
        }

        @Test
        void a_stream_ends_in_an_error_when_the_client_is_closed() {
            DemoBackend slow =
                    DemoBackend.builder().tokenDelay(Duration.ofMillis(200)).build();
            mesh = LocalMesh.start(m -> m.node(slow));
            IicpStreamingChatModel model = IicpStreamingChatModel.builder()
                    .directoryUrl(mesh.directoryUrl().toString())
                    .build();
            CompletableFuture<ChatResponse> response = stream(model, "Hello");
            await().until(() -> slow.tokensProduced() > 1);

            model.close();

            assertThatThrownBy(() -> response.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(LangChain4jException.class);
        }

        @Test
        void what_cannot_be_carried_is_refused_before_anything_is_sent() {
            RecordingEngine engine = new RecordingEngine();
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();
            ChatRequest pdf = ChatRequest.builder()
                    .messages(UserMessage.from(PdfFileContent.from("https://example.org/a.pdf")))
                    .build();

            assertThatThrownBy(() -> model.chat(pdf)).isExactlyInstanceOf(UnsupportedFeatureException.class);
            assertThatThrownBy(() -> model.chatAsync(pdf).get(20, TimeUnit.SECONDS))
                    .hasCauseExactlyInstanceOf(UnsupportedFeatureException.class);
            assertThat(engine.tasks()).isEmpty();
        }

        @Test
        void an_interrupt_is_told_and_kept() throws Exception {
            DemoBackend slow =
                    DemoBackend.builder().tokenDelay(Duration.ofMillis(200)).build();
            mesh = LocalMesh.start(m -> m.node(slow));
            IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    model.chat("Hello");
                } catch (NonRetriableException e) {
                    interrupted.complete(Thread.currentThread().isInterrupted());
                }
            });
            caller.start();
            await().until(() -> slow.tokensProduced() > 0);

            caller.interrupt();

            assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
        }

        private static IicpException fault(ErrorCode code) {
            return IicpException.of(IicpError.of(code, ErrorComponent.NODE, "the engine says " + code.slug()));
        }
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class When_the_caller_wants_no_more {

        private static final Duration TOKEN = Duration.ofMillis(20);

        /** Some tokens are on their way when a caller cancels; a whole answer would be 2000 of them. */
        private static final long BOUND = 50;

        private final DemoBackend engine = DemoBackend.builder()
                .tokenDelay(TOKEN)
                .answer("story", " word".repeat(2_000))
                .build();

        @Test
        void the_handle_stops_the_engine() {
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpStreamingChatModel model =
                    IicpStreamingChatModel.builder().client(mesh.client()).build();
            CompletableFuture<Long> cancelledAt = new CompletableFuture<>();

            model.chat("Tell a story", new StreamingChatResponseHandler() {
                private int heard;

                @Override
                public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
                    if (++heard == 5) {
                        context.streamingHandle().cancel();
                        cancelledAt.complete(engine.tokensProduced());
                    }
                }

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    cancelledAt.completeExceptionally(new AssertionError("completed"));
                }

                @Override
                public void onError(Throwable error) {
                    cancelledAt.completeExceptionally(error);
                }
            });

            assertStops(cancelledAt.join());
        }

        @Test
        void a_cancelled_subscription_stops_the_engine() {
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpStreamingChatModel model =
                    IicpStreamingChatModel.builder().client(mesh.client()).build();
            CompletableFuture<Long> cancelledAt = new CompletableFuture<>();

            model.chat(request("Tell a story")).subscribe(new Flow.Subscriber<>() {
                private Flow.Subscription subscription;
                private int heard;

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription = given;
                    given.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ChatModelStreamingEvent event) {
                    if (++heard == 5) {
                        subscription.cancel();
                        cancelledAt.complete(engine.tokensProduced());
                    }
                }

                @Override
                public void onError(Throwable fault) {
                    cancelledAt.completeExceptionally(fault);
                }

                @Override
                public void onComplete() {
                    cancelledAt.completeExceptionally(new AssertionError("completed"));
                }
            });

            assertStops(cancelledAt.join());
        }

        @Test
        void a_cancelled_future_stops_the_engine() {
            mesh = LocalMesh.start(m -> m.node(engine));
            IicpChatModel model = IicpChatModel.builder().client(mesh.client()).build();

            CompletableFuture<ChatResponse> response = model.chatAsync(request("Tell a story"));
            await().until(() -> engine.tokensProduced() > 5);
            response.cancel(true);

            assertThat(response).isCancelled();
            assertStops(engine.tokensProduced());
        }

        private void assertStops(long producedAtCancel) {
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> mesh.nodes().get(0).activeTasks() == 0);
            assertThat(engine.tokensProduced()).isLessThan(producedAtCancel + BOUND);
        }
    }

    private static ChatRequest request(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text)).build();
    }

    private static String node(ChatResponse response) {
        return ((IicpChatResponseMetadata) response.metadata()).provenance().node();
    }

    private static CompletableFuture<ChatResponse> stream(IicpStreamingChatModel model, String text) {
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        model.chat(text, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String partial) {
                // the whole answer is what counts
            }

            @Override
            public void onCompleteResponse(ChatResponse complete) {
                response.complete(complete);
            }

            @Override
            public void onError(Throwable error) {
                response.completeExceptionally(error);
            }
        });
        return response;
    }
}
