package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import network.iicp.LocalMesh;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Qos;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.chat.ToolChoice;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** The chat model, through a directory and nodes on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpChatModelIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private LocalMesh mesh;

    @AfterEach
    void stop() {
        if (mesh != null) {
            mesh.close();
        }
    }

    private ChatModel model(ScriptedEngine... engines) {
        return model(IicpChatOptions.builder().build(), engines);
    }

    private ChatModel model(IicpChatOptions defaults, ScriptedEngine... engines) {
        mesh = LocalMesh.start(setup -> {
            for (ScriptedEngine engine : engines) {
                setup.node(engine, node -> node.region("eu-central"));
            }
            return setup;
        });
        return IicpChatModel.builder().client(mesh.client()).options(defaults).build();
    }

    private static String text(List<ChatResponse> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.getResult().getOutput().getText())
                .collect(Collectors.joining());
    }

    private void awaitIdleNodes() {
        await().atMost(Duration.ofSeconds(3))
                .until(() -> mesh.nodes().stream().allMatch(node -> node.activeTasks() == 0));
    }

    private static Map<String, Object> parsed(String json) {
        return Json.parseObject(json, JsonLimits.DEFAULT);
    }

    private static List<ChatResponse> collect(Flux<ChatResponse> stream) {
        return stream.collectList().block(PATIENCE);
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }

    @Nested
    class A_call {
        @Test
        void answers_and_says_by_whom() {
            ChatModel model = model(ScriptedEngine.streaming(ScriptedEngine.saying("Hällo \uD83D\uDE80")));

            ChatResponse response = model.call(new Prompt("Hi"));

            assertThat(response.getResult().getOutput().getText()).isEqualTo("Hällo \uD83D\uDE80");
            assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
            assertThat(response.getMetadata().getModel()).isEqualTo(ScriptedEngine.MODEL);
            assertThat(response.getMetadata().getId()).isEqualTo("chat-1");
            assertThat(response.getMetadata().getUsage().getTotalTokens()).isEqualTo(7);
            Provenance provenance = IicpMetadata.provenance(response).orElseThrow();
            assertThat(provenance.node()).isEqualTo(mesh.nodes().get(0).id().substring(0, 8));
            assertThat(provenance.encrypted()).isTrue();
            assertThat(provenance.streamed()).isFalse();
            assertThat(provenance.attempts()).hasSize(1);
            assertThat(response.getMetadata().<String>get(IicpMetadata.REGION)).isEqualTo("eu-central");
        }

        @Test
        void sends_the_whole_conversation_with_all_options() {
            ScriptedEngine engine = ScriptedEngine.streaming(ScriptedEngine.saying("ok"));
            ChatModel model = model(engine);
            IicpChatOptions options = IicpChatOptionsTest.full()
                    .mutate()
                    .model(ScriptedEngine.MODEL)
                    .qos(Qos.BATCH)
                    .minReputation(null)
                    .node(mesh.nodes().get(0).id())
                    .toolChoice(ToolChoice.AUTO)
                    .build();

            model.call(new Prompt(
                    List.of(new SystemMessage("be brief"), new UserMessage("Hi"), new AssistantMessage("Yes?")),
                    options));

            Task task = engine.onlyTask();
            assertThat(parsed(Json.text(task.payload())))
                    .isEqualTo(parsed("{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
                            + "{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Yes?\"}],"
                            + "\"model\":\"test-model\",\"max_tokens\":100,\"temperature\":0.5,\"top_p\":0.9,\"top_k\":40,"
                            + "\"frequency_penalty\":0.1,\"presence_penalty\":0.2,\"seed\":42,\"stop\":[\"END\"],"
                            + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"getTime\","
                            + "\"description\":\"Knows about cities\",\"parameters\":" + Tools.CITY_SCHEMA + "}}],"
                            + "\"tool_choice\":\"auto\",\"parallel_tool_calls\":false,"
                            + "\"response_format\":{\"type\":\"json_object\"},\"user\":\"u-1\"}"));
            assertThat(task.constraints().qos()).isEqualTo(Qos.BATCH);
            assertThat(task.constraints().priority()).isEqualTo(Priority.HIGH);
            assertThat(task.constraints().model()).isEqualTo(ScriptedEngine.MODEL);
            assertThat(task.constraints().timeout()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(20));
        }

        @Test
        void takes_generic_options_over_its_defaults() {
            ScriptedEngine engine = ScriptedEngine.streaming(ScriptedEngine.saying("ok"));
            ChatModel model =
                    model(IicpChatOptions.builder().temperature(0.1).seed(5L).build(), engine);

            model.call(new Prompt("Hi", ChatOptions.builder().temperature(0.9).build()));

            assertThat(Json.text(engine.onlyTask().payload())).contains("\"temperature\":0.9", "\"seed\":5");
        }

        @Test
        void returns_tool_calls_and_runs_nothing() {
            Map<String, Object> call = Map.of(
                    "id",
                    "c1",
                    "type",
                    "function",
                    "function",
                    Map.of("name", "getTime", "arguments", "{\"city\":\"Bern\"}"));
            ChatModel model = model(ScriptedEngine.streaming(context -> ScriptedEngine.answer(
                    Map.of("role", "assistant", "content", "", "tool_calls", List.of(call)), "tool_calls")));

            ChatResponse response = model.call(new Prompt(
                    "What time is it in Bern?",
                    IicpChatOptions.builder()
                            .toolCallbacks(Tools.named("getTime"))
                            .build()));

            assertThat(response.hasToolCalls()).isTrue();
            assertThat(response.getResult().getOutput().getToolCalls())
                    .containsExactly(new AssistantMessage.ToolCall("c1", "function", "getTime", "{\"city\":\"Bern\"}"));
            assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
        }

        @Test
        void goes_to_another_node_when_one_fails() {
            AtomicInteger calls = new AtomicInteger();
            TaskHandler failsFirst = context -> {
                if (calls.incrementAndGet() == 1) {
                    throw new BackendException(
                            IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, "out of memory"));
                }
                return ScriptedEngine.textAnswer("made it");
            };
            ChatModel model = model(ScriptedEngine.streaming(failsFirst), ScriptedEngine.streaming(failsFirst));

            ChatResponse response = model.call(new Prompt("Hi"));

            assertThat(response.getResult().getOutput().getText()).isEqualTo("made it");
            assertThat(response.getMetadata().<Integer>get(IicpMetadata.ATTEMPTS))
                    .isEqualTo(2);
        }

        @Test
        void fails_with_the_exception_of_the_mesh() {
            ChatModel model = model(ScriptedEngine.streaming(ScriptedEngine.saying("ok")));
            Prompt unknown = new Prompt(
                    "Hi", IicpChatOptions.builder().model("nobody-has-this").build());

            assertThatExceptionOfType(NoProviderException.class).isThrownBy(() -> model.call(unknown));
        }

        @Test
        void ends_with_its_time_limit() {
            CountDownLatch forever = new CountDownLatch(1);
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                forever.await();
                return ScriptedEngine.textAnswer("late");
            }));
            Prompt hurried = new Prompt(
                    "Hi",
                    IicpChatOptions.builder()
                            .totalTimeout(Duration.ofMillis(300))
                            .build());

            assertThatExceptionOfType(IicpException.class)
                    .isThrownBy(() -> model.call(hurried))
                    .satisfies(e -> assertThat(e).isInstanceOf(TaskTimeoutException.class));
        }

        @Test
        void refuses_what_the_mesh_cannot_carry_before_anything_is_sent() {
            ScriptedEngine engine = ScriptedEngine.streaming(ScriptedEngine.saying("ok"));
            ChatModel model = model(engine);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.call(new Prompt(
                            "Hi", ChatOptions.builder().temperature(9.0).build())))
                    .withMessageContaining("temperature");
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.call(new Prompt(
                            "Hi",
                            IicpChatOptions.builder()
                                    .toolCallbacks(Tools.named("twice"), Tools.named("twice"))
                                    .build())))
                    .withMessageContaining("twice");
            assertThat(engine.tasks()).isEmpty();
        }
    }

    @Nested
    class A_stream {
        @Test
        void delivers_text_as_it_comes_and_the_rest_on_the_last_chunk() {
            ChatModel model = model(ScriptedEngine.streaming(ScriptedEngine.saying("Grüß", " dich", ", ", "Welt")));

            List<ChatResponse> chunks = collect(model.stream(new Prompt("Hi")));

            assertThat(text(chunks)).isEqualTo("Grüß dich, Welt");
            assertThat(chunks).hasSize(5);
            assertThat(chunks.subList(0, 4)).allSatisfy(chunk -> {
                assertThat(chunk.getMetadata().getUsage().getTotalTokens()).isZero();
                assertThat(chunk.getMetadata().isEmpty()).isTrue();
                assertThat(chunk.getResult().getMetadata().getFinishReason()).isNull();
            });
            ChatResponse end = last(chunks);
            assertThat(end.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
            assertThat(end.getMetadata().getUsage().getTotalTokens()).isEqualTo(7);
            assertThat(end.getMetadata().<Boolean>get(IicpMetadata.STREAMED)).isTrue();
            assertThat(end.getMetadata().<Boolean>get(IicpMetadata.ENCRYPTED)).isTrue();
        }

        @Test
        void delivers_the_first_chunk_before_the_last_is_made() {
            CountDownLatch firstSeen = new CountDownLatch(1);
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                context.emit(ScriptedEngine.textDelta("first"));
                if (!firstSeen.await(15, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("the first chunk was held back");
                }
                context.emit(ScriptedEngine.textDelta(" second"));
                return ScriptedEngine.lastChunk("stop");
            }));

            List<ChatResponse> chunks =
                    collect(model.stream(new Prompt("Hi")).doOnNext(chunk -> firstSeen.countDown()));

            assertThat(text(chunks)).isEqualTo("first second");
        }

        @Test
        void puts_fragments_of_tool_calls_together() {
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                context.emit(ScriptedEngine.textDelta("Let me look."));
                context.emit(fragment(0, "c1", "getTime", ""));
                context.emit(fragment(0, null, null, "{\"city\":"));
                context.emit(fragment(1, "c2", "now", ""));
                context.emit(fragment(0, "", "", "\"Bern\"}"));
                return ScriptedEngine.lastChunk("tool_calls");
            }));

            List<ChatResponse> chunks = collect(model.stream(new Prompt(
                    "Time?",
                    IicpChatOptions.builder()
                            .toolCallbacks(Tools.named("getTime"))
                            .build())));

            assertThat(text(chunks)).isEqualTo("Let me look.");
            assertThat(chunks).filteredOn(ChatResponse::hasToolCalls).hasSize(1).containsExactly(last(chunks));
            assertThat(last(chunks).getResult().getOutput().getToolCalls())
                    .containsExactly(
                            new AssistantMessage.ToolCall("c1", "function", "getTime", "{\"city\":\"Bern\"}"),
                            new AssistantMessage.ToolCall("c2", "function", "now", "{}"));
        }

        private static Map<String, Object> fragment(int index, String id, String name, String arguments) {
            java.util.Map<String, Object> call = new java.util.LinkedHashMap<>();
            call.put("index", index);
            if (id != null) {
                call.put("id", id);
            }
            call.put(
                    "function",
                    name == null ? Map.of("arguments", arguments) : Map.of("name", name, "arguments", arguments));
            return ScriptedEngine.delta(Map.of("tool_calls", List.of(call)));
        }

        @Test
        void keeps_thoughts_out_of_the_text() {
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                context.emit(ScriptedEngine.delta(Map.of("reasoning_content", "hm")));
                context.emit(ScriptedEngine.delta(Map.of("reasoning_content", "mm")));
                context.emit(ScriptedEngine.textDelta("42"));
                return ScriptedEngine.lastChunk("stop");
            }));

            List<ChatResponse> chunks = collect(model.stream(new Prompt("Hi")));

            assertThat(text(chunks)).isEqualTo("42");
            assertThat(chunks.get(0).getResult().getOutput().getMetadata()).containsEntry("reasoningContent", "hm");
            assertThat(last(chunks).getResult().getOutput().getMetadata()).containsEntry("reasoningContent", "hmmm");
        }

        @Test
        void is_honest_about_a_node_that_does_not_stream() {
            ChatModel model = model(ScriptedEngine.buffered(ScriptedEngine.saying("all at once")));

            List<ChatResponse> chunks = collect(model.stream(new Prompt("Hi")));

            assertThat(text(chunks)).isEqualTo("all at once");
            assertThat(last(chunks).getMetadata().<Boolean>get(IicpMetadata.STREAMED))
                    .isFalse();
        }

        @Test
        void starts_a_call_of_its_own_with_every_subscriber() {
            ScriptedEngine engine = ScriptedEngine.streaming(ScriptedEngine.saying("ok"));
            Flux<ChatResponse> stream = model(engine).stream(new Prompt("Hi"));

            assertThat(engine.tasks()).isEmpty();
            assertThat(text(collect(stream))).isEqualTo("ok");
            assertThat(text(collect(stream))).isEqualTo("ok");
            assertThat(engine.tasks()).extracting(Task::id).hasSize(2).doesNotHaveDuplicates();
        }

        @Test
        void stops_the_node_when_it_is_cancelled() throws InterruptedException {
            CountDownLatch cancelled = new CountDownLatch(1);
            AtomicInteger produced = new AtomicInteger();
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                context.onCancel(cancelled::countDown);
                while (!context.isCancelled()) {
                    context.emit(ScriptedEngine.textDelta("more "));
                    produced.incrementAndGet();
                    cancelled.await(5, TimeUnit.MILLISECONDS);
                }
                throw new InterruptedException();
            }));

            StepVerifier.create(model.stream(new Prompt("Hi")), 3)
                    .expectNextCount(3)
                    .thenCancel()
                    .verify(PATIENCE);

            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            int atTheEnd = produced.get();
            await().during(Duration.ofMillis(100))
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> produced.get() <= atTheEnd + 1);
        }

        @Test
        void slows_the_node_down_when_nobody_asks_for_more() throws InterruptedException {
            int parts = 4_000;
            String large = "x".repeat(64 * 1024);
            AtomicInteger produced = new AtomicInteger();
            AtomicBoolean done = new AtomicBoolean();
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                for (int i = 0; i < parts; i++) {
                    context.emit(ScriptedEngine.textDelta(large));
                    produced.incrementAndGet();
                }
                done.set(true);
                return ScriptedEngine.lastChunk("stop");
            }));

            StepVerifier.create(model.stream(new Prompt("Hi")), 1)
                    .expectNextCount(1)
                    .then(() -> await().pollInterval(Duration.ofMillis(50))
                            .atMost(PATIENCE)
                            .until(new Standstill(produced)))
                    .then(() -> assertThat(done).isFalse())
                    .thenCancel()
                    .verify(PATIENCE);

            assertThat(produced.get()).isLessThan(parts / 2);
            awaitIdleNodes();
        }

        /** Whether a number has not changed for some polls. */
        private static final class Standstill implements java.util.concurrent.Callable<Boolean> {
            private final AtomicInteger number;
            private int seen = -1;
            private int polls;

            Standstill(AtomicInteger number) {
                this.number = number;
            }

            @Override
            public Boolean call() {
                int now = number.get();
                polls = now == seen ? polls + 1 : 0;
                seen = now;
                return polls >= 5;
            }
        }

        @Test
        void goes_to_another_node_before_the_first_content() {
            AtomicInteger calls = new AtomicInteger();
            TaskHandler failsFirst = context -> {
                if (calls.incrementAndGet() == 1) {
                    throw new BackendException(
                            IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, "out of memory"));
                }
                return ScriptedEngine.saying("made", " it").handle(context);
            };
            ChatModel model = model(ScriptedEngine.streaming(failsFirst), ScriptedEngine.streaming(failsFirst));

            List<ChatResponse> chunks = collect(model.stream(new Prompt("Hi")));

            assertThat(text(chunks)).isEqualTo("made it");
            assertThat(last(chunks).getMetadata().<Integer>get(IicpMetadata.ATTEMPTS))
                    .isEqualTo(2);
        }

        @Test
        void ends_in_an_error_when_the_node_breaks_off_in_the_middle() {
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                context.emit(ScriptedEngine.textDelta("half"));
                throw new BackendException(IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, "gone"));
            }));

            StepVerifier.create(model.stream(new Prompt("Hi")))
                    .expectNextCount(1)
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOfSatisfying(
                                    StreamInterruptedException.class,
                                    broken -> assertThat(broken.retryable()).isFalse()))
                    .verify(PATIENCE);
        }

        @Test
        void signals_wrong_arguments_instead_of_throwing_them() {
            ChatModel model = model(ScriptedEngine.streaming(ScriptedEngine.saying("ok")));
            Flux<ChatResponse> stream = model.stream(
                    new Prompt("Hi", ChatOptions.builder().topP(7.0).build()));

            StepVerifier.create(stream)
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("topP"))
                    .verify(PATIENCE);
        }

        @Test
        void signals_that_no_node_serves_the_model() {
            ChatModel model = model(ScriptedEngine.streaming(ScriptedEngine.saying("ok")));
            Flux<ChatResponse> stream = model.stream(new Prompt(
                    "Hi", ChatOptions.builder().model("nobody-has-this").build()));

            StepVerifier.create(stream).expectError(NoProviderException.class).verify(PATIENCE);
        }

        @Test
        void gives_up_a_node_that_stays_silent() {
            CountDownLatch forever = new CountDownLatch(1);
            ChatModel model = model(ScriptedEngine.streaming(context -> {
                forever.await();
                return ScriptedEngine.lastChunk("stop");
            }));
            Flux<ChatResponse> stream = model.stream(new Prompt(
                    "Hi",
                    IicpChatOptions.builder()
                            .firstEventTimeout(Duration.ofMillis(200))
                            .maxAttempts(1)
                            .build()));

            StepVerifier.create(stream)
                    .expectErrorSatisfies(e -> assertThat(e).isInstanceOf(IicpException.class))
                    .verify(Duration.ofSeconds(10));
            awaitIdleNodes();
        }
    }

    @Nested
    class A_builder {
        @Test
        void needs_a_client() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> IicpChatModel.builder().build())
                    .withMessageContaining("client");
        }

        @Test
        void refuses_defaults_out_of_range() {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> model(IicpChatOptions.builder().maxTokens(0).build()))
                    .withMessageContaining("maxTokens");
        }
    }
}
