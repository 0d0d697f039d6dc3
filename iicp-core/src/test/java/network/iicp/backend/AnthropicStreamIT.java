package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.transport.HttpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed chats with a server of the Messages API, over real sockets. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AnthropicStreamIT {

    private static final String MESSAGES = "/v1/messages";
    private static final String HELLO = "{'messages':[{'role':'user','content':'a private question'}]}";

    private final FakeEngine engine = new FakeEngine();
    private final HttpTransport transport = HttpTransport.builder().build();
    private RecordingContext context = RecordingContext.streaming(Intent.LLM_CHAT, HELLO);
    private AnthropicBackend backend = builder().build();

    AnthropicStreamIT() throws IOException {}

    private AnthropicBackend.Builder builder() {
        return AnthropicBackend.builder()
                .baseUrl(engine.uri())
                .transport(transport)
                .model("claude-x");
    }

    @AfterEach
    void nothing_is_left_running() throws Exception {
        await().atMost(Duration.ofSeconds(10)).until(() -> transport.runningExchanges() == 0);
        backend.close();
        transport.close();
        engine.close();
    }

    /** Sends an event as the service does: its name is that of its data. A back quote is a quote inside of text. */
    private static FakeEngine.Wire event(FakeEngine.Wire wire, String data) throws IOException {
        String json = data.replace('\'', '"').replace("`", "\\\"");
        String type = JsonObject.of(Json.parseObject(json, JsonLimits.DEFAULT)).string("type");
        return wire.raw("event: " + type + "\ndata: " + json + "\n\n");
    }

    private static FakeEngine.Wire start(FakeEngine.Wire wire) throws IOException {
        return event(
                wire.events(),
                "{'type':'message_start','message':{'id':'msg_1','model':'claude-x','content':[],'usage':{'input_tokens':9,'output_tokens':1,'cache_read_input_tokens':4}}}");
    }

    private static FakeEngine.Wire delta(FakeEngine.Wire wire, int index, String delta) throws IOException {
        return event(wire, "{'type':'content_block_delta','index':" + index + ",'delta':" + delta + "}");
    }

    private static FakeEngine.Wire text(FakeEngine.Wire wire, String text) throws IOException {
        return delta(wire, 0, "{'type':'text_delta','text':'" + text + "'}");
    }

    private static FakeEngine.Wire block(FakeEngine.Wire wire, int index, String block) throws IOException {
        return event(wire, "{'type':'content_block_start','index':" + index + ",'content_block':" + block + "}");
    }

    private static FakeEngine.Wire blockStop(FakeEngine.Wire wire, int index) throws IOException {
        return event(wire, "{'type':'content_block_stop','index':" + index + "}");
    }

    private static FakeEngine.Wire stop(FakeEngine.Wire wire, String reason) throws IOException {
        event(wire, "{'type':'message_delta','delta':{'stop_reason':'" + reason + "'},'usage':{'output_tokens':7}}");
        return event(wire, "{'type':'message_stop'}");
    }

    private JsonObject stream() throws InterruptedException {
        return JsonObject.parse(Json.bytes(backend.handle(context)), JsonLimits.DEFAULT);
    }

    private IicpException failure() {
        IicpException failure = catchThrowableOfType(IicpException.class, this::stream);
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("private", "127.0.0.1");
        return failure;
    }

    private static JsonObject choice(JsonObject result) {
        return result.objects("choices").get(0);
    }

    @Nested
    class A_stream {

        @Test
        void passes_as_it_comes_and_ends_with_reason_and_usage() throws Exception {
            engine.on(MESSAGES, (request, wire) -> {
                start(wire);
                event(wire, "{'type':'ping'}");
                block(wire, 0, "{'type':'text','text':''}");
                text(text(wire, "Hel"), "lo");
                blockStop(wire, 0);
                stop(wire, "end_turn").end();
            });

            JsonObject end = stream();

            assertThat(context.text(0)).isEqualTo("Hello");
            assertThat(context.parts()).hasSize(2);
            assertThat(JsonObject.of(context.parts().get(0)).string("object")).isEqualTo("chat.completion.chunk");
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
            assertThat(end.string("id")).isEqualTo("msg_1");
            assertThat(end.object("usage").integer("prompt_tokens")).isEqualTo(9);
            assertThat(end.object("usage").integer("completion_tokens")).isEqualTo(7);
            assertThat(end.object("usage").object("prompt_tokens_details").integer("cached_tokens"))
                    .isEqualTo(4);
            assertThat(engine.requests(MESSAGES).get(0).json().bool("stream", false))
                    .isTrue();
            assertThat(engine.requests(MESSAGES).get(0).headers()).containsEntry("accept", "text/event-stream");
        }

        @Test
        void delivers_the_first_token_before_the_last_is_made() throws Exception {
            CountDownLatch firstArrived = new CountDownLatch(1);
            AtomicInteger inTime = new AtomicInteger();
            context.onEmit(part -> firstArrived.countDown());
            engine.on(MESSAGES, (request, wire) -> {
                text(start(wire), "a");
                if (firstArrived.await(10, TimeUnit.SECONDS)) {
                    inTime.incrementAndGet();
                }
                stop(text(wire, "b"), "end_turn").end();
            });
            stream();
            assertThat(inTime).hasValue(1);
            assertThat(context.text(0)).isEqualTo("ab");
        }

        @Test
        void of_thoughts_and_tool_calls_has_the_form_of_the_OpenAI_dialect() throws Exception {
            engine.on(MESSAGES, (request, wire) -> {
                start(wire);
                block(wire, 0, "{'type':'thinking','thinking':''}");
                delta(wire, 0, "{'type':'thinking_delta','thinking':'Hm.'}");
                delta(wire, 0, "{'type':'signature_delta','signature':'xyz'}");
                blockStop(wire, 0);
                block(wire, 1, "{'type':'tool_use','id':'toolu_1','name':'weather','input':{}}");
                delta(wire, 1, "{'type':'input_json_delta','partial_json':''}");
                delta(wire, 1, "{'type':'input_json_delta','partial_json':'{`city`:'}");
                delta(wire, 1, "{'type':'input_json_delta','partial_json':'1}'}");
                blockStop(wire, 1);
                block(wire, 2, "{'type':'tool_use','id':'toolu_2','name':'clock','input':{}}");
                blockStop(wire, 2);
                stop(wire, "tool_use").end();
            });

            JsonObject end = stream();

            assertThat(choice(end).string("finish_reason")).isEqualTo("tool_calls");
            assertThat(Json.text(context.parts()))
                    .contains("\"reasoning_content\":\"Hm.\"")
                    .contains("\"id\":\"toolu_1\"", "\"name\":\"weather\"", "\"id\":\"toolu_2\"")
                    .doesNotContain("xyz");
            StringBuilder first = new StringBuilder();
            StringBuilder second = new StringBuilder();
            context.parts().forEach(part -> choice(JsonObject.of(part))
                    .object("delta")
                    .optionalList("tool_calls")
                    .forEach(call -> {
                        JsonObject json = JsonObject.of(asMap(call));
                        (json.integer("index") == 0 ? first : second)
                                .append(json.object("function").string("arguments", ""));
                    }));
            assertThat(first).hasToString("{\"city\":1}");
            assertThat(second).hasToString("{}");
        }

        @SuppressWarnings("unchecked")
        private java.util.Map<String, Object> asMap(Object value) {
            return (java.util.Map<String, Object>) value;
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{'type':'object'} | {`a`: | 1} | {\"a\":1}",
                    "{'type':'array'} | {`value`:[1, | 2]} | [1,2]",
                })
        void in_a_wanted_form_is_text(String schema, String one, String two, String answer) throws Exception {
            context = RecordingContext.streaming(
                    Intent.LLM_CHAT,
                    HELLO.replace(
                            "]}",
                            "],'response_format':{'type':'json_schema','json_schema':{'name':'r','schema':" + schema
                                    + "}}}"));
            engine.on(MESSAGES, (request, wire) -> {
                start(wire);
                block(wire, 0, "{'type':'tool_use','id':'t','name':'r','input':{}}");
                delta(wire, 0, "{'type':'input_json_delta','partial_json':'" + one + "'}");
                delta(wire, 0, "{'type':'input_json_delta','partial_json':'" + two + "'}");
                blockStop(wire, 0);
                stop(wire, "tool_use").end();
            });
            JsonObject end = stream();
            assertThat(context.text(0)).isEqualTo(answer);
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void that_was_declined_says_so() throws Exception {
            engine.on(MESSAGES, (request, wire) -> stop(start(wire), "refusal").end());
            JsonObject end = stream();
            assertThat(Json.text(context.parts())).contains("\"refusal\":");
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void that_stays_open_after_its_end_is_not_waited_for() throws Exception {
            engine.on(MESSAGES, (request, wire) -> stop(text(start(wire), "a"), "max_tokens")
                    .hang());
            assertThat(choice(stream()).string("finish_reason")).isEqualTo("length");
            assertThat(engine.sawTheClientGo()).isTrue();
        }

        @Test
        void is_whole_when_the_server_does_not_stream() throws Exception {
            engine.json(MESSAGES, 200, "{'id':'m','content':[{'type':'text','text':'all'}],'stop_reason':'end_turn'}");
            assertThat(choice(stream()).object("message").string("content")).isEqualTo("all");
            assertThat(context.parts()).isEmpty();
        }
    }

    @Nested
    class A_fault {

        @ParameterizedTest
        @CsvSource({
            "overloaded_error, temporarily_unavailable",
            "rate_limit_error, temporarily_unavailable",
            "invalid_request_error, backend_rejected",
            "authentication_error, backend_error",
            "api_error, backend_error",
            "an_unknown_error, backend_error",
        })
        void reported_in_the_middle_has_its_code(String type, String code) {
            engine.on(MESSAGES, (request, wire) -> {
                text(start(wire), "a");
                event(wire, "{'type':'error','error':{'type':'" + type + "','message':'a private question'}}")
                        .end();
            });
            assertThat(failure().code()).isEqualTo(code);
        }

        @Test
        void is_a_stream_that_is_cut() {
            engine.on(MESSAGES, (request, wire) -> text(start(wire), "a").cut());
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @Test
        void is_a_stream_that_ends_before_its_answer() {
            engine.on(MESSAGES, (request, wire) -> text(start(wire), "a").end());
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @Test
        void is_a_stream_without_any_answer() {
            engine.on(MESSAGES, (request, wire) -> event(start(wire), "{'type':'message_stop'}")
                    .end());
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @ParameterizedTest
        @ValueSource(strings = {"data: {broken\n\n", "data: [1]\n\n", "data: <html>\n\n"})
        void is_an_event_that_is_no_object(String event) {
            engine.on(
                    MESSAGES,
                    (request, wire) -> text(start(wire), "a").raw(event).end());
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @Test
        void is_an_event_too_large_for_memory() {
            backend = builder().maxEventBytes(10_000).build();
            engine.on(MESSAGES, (request, wire) -> {
                start(wire);
                for (int i = 0; i < 50; i++) {
                    wire.raw("data: " + "x".repeat(1_000_000));
                }
            });
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @Test
        void is_silence_in_the_middle() {
            backend = builder().idle(Duration.ofMillis(300)).build();
            engine.on(MESSAGES, (request, wire) -> text(start(wire), "a").hang());
            assertThat(failure().code()).isEqualTo("backend_error");
        }

        @Test
        void is_an_answer_that_takes_longer_than_the_task_may() {
            context = context.within(Duration.ofMillis(500));
            engine.on(MESSAGES, (request, wire) -> start(wire)
                    .trickleUntilClosed("event: ping\ndata: {\"type\":\"ping\"}\n\n", () -> {}));
            assertThat(failure().code()).isEqualTo("task_timeout");
        }

        @Test
        void is_a_count_of_blocks_beyond_reason() {
            engine.on(MESSAGES, (request, wire) -> {
                start(wire);
                for (int i = 0; i < 2_000; i++) {
                    block(wire, i, "{'type':'tool_use','id':'t','name':'r','input':{}}");
                }
                stop(wire, "tool_use").end();
            });
            assertThat(failure().code()).isEqualTo("backend_error");
        }
    }

    @Test
    void cancelling_closes_the_connection_while_it_generates() throws Exception {
        CountDownLatch generating = new CountDownLatch(3);
        context.onEmit(part -> generating.countDown());
        engine.on(MESSAGES, (request, wire) -> start(wire)
                .trickleUntilClosed(
                        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n",
                        () -> {}));
        ExecutorService worker = Executors.newSingleThreadExecutor();
        try {
            Future<Object> running = worker.submit(() -> backend.handle(context.workHere()));
            assertThat(generating.await(10, TimeUnit.SECONDS)).isTrue();
            context.cancel();
            assertThatThrownBy(() -> running.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
            assertThat(engine.sawTheClientGo()).isTrue();
        } finally {
            worker.shutdownNow();
        }
    }
}
