package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.TaskTimeoutException;
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

/** Calls without streaming, over real sockets. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DialectCallIT {

    private static final String CHAT = "/v1/chat/completions";
    private static final String HELLO = "{'messages':[{'role':'user','content':'a private question'}]}";
    private static final String ANSWER =
            "{'id':'c1','object':'chat.completion','created':7,'model':'m1','choices':[{'index':0,'message':{'role':'assistant','content':'Hi'},'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_tokens':1,'total_tokens':4}}";

    private final FakeEngine engine;
    private final HttpTransport transport = HttpTransport.builder().build();
    private OpenAiDialectBackend backend;

    DialectCallIT() throws Exception {
        engine = new FakeEngine().models("m1");
        backend = backend(builder());
    }

    private OpenAiDialectBackend.Builder builder() {
        return OpenAiDialectBackend.builder()
                .vllm()
                .baseUrl(engine.uri())
                .transport(transport)
                .probeTimeout(Duration.ofSeconds(5));
    }

    private OpenAiDialectBackend backend(OpenAiDialectBackend.Builder builder) {
        backend = builder.build();
        return backend;
    }

    @AfterEach
    void nothing_is_left_running() throws Exception {
        await().atMost(Duration.ofSeconds(10)).until(() -> transport.runningExchanges() == 0);
        backend.close();
        transport.close();
        engine.close();
    }

    private JsonObject ask(Intent intent, String payload) throws InterruptedException {
        Object result = backend.handle(RecordingContext.buffered(intent, payload));
        return JsonObject.parse(Json.bytes(result), JsonLimits.DEFAULT);
    }

    private IicpException failure(Intent intent, String payload) {
        IicpException failure = catchThrowableOfType(IicpException.class, () -> ask(intent, payload));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage())
                .doesNotContain(
                        "private", "127.0.0.1", String.valueOf(engine.uri().getPort()), "/srv");
        return failure;
    }

    @Nested
    class An_answer {

        @Test
        void to_a_chat_passes_through() throws Exception {
            engine.json(CHAT, 200, ANSWER);

            JsonObject result = ask(Intent.LLM_CHAT, HELLO.replace("]}", "],'temperature':0.5,'stream':true}"));

            assertThat(Json.text(result.asMap()).replace('"', '\'')).isEqualTo(ANSWER);
            FakeEngine.Request request = engine.requests(CHAT).get(0);
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.json().bool("stream", true)).isFalse();
            assertThat(request.json().string("model")).isEqualTo("m1");
            assertThat(request.body()).contains("\"temperature\":0.5");
            assertThat(request.headers())
                    .containsEntry("traceparent", RecordingContext.TRACEPARENT)
                    .containsEntry("content-type", "application/json")
                    .doesNotContainKeys("authorization", "upgrade", "http2-settings");
        }

        @Test
        void to_a_completion_passes_through() throws Exception {
            engine.json(
                    "/v1/completions",
                    200,
                    "{'id':'t','choices':[{'index':0,'text':' time','finish_reason':'length'}]}");
            JsonObject result = ask(Intent.LLM_COMPLETION, "{'prompt':'Once upon a'}");
            assertThat(result.objects("choices").get(0).string("text")).isEqualTo(" time");
            assertThat(result.string("model")).isEqualTo("m1");
        }

        @Test
        void with_vectors_passes_through_to_the_last_digit() throws Exception {
            engine.models("m1", "my-embed")
                    .json(
                            "/v1/embeddings",
                            200,
                            "{'data':[{'index':0,'embedding':[0.10,-1e-7,3]}],'usage':{'prompt_tokens':1,'total_tokens':1}}");
            JsonObject result = ask(Intent.LLM_EMBEDDING, "{'input':'x'}");
            assertThat(Json.text(result.objects("data").get(0).list("embedding")))
                    .isEqualTo("[0.10,-1e-7,3]");
            assertThat(engine.requests("/v1/embeddings").get(0).json().string("model"))
                    .isEqualTo("my-embed");
        }

        @Test
        void gets_what_engines_leave_out() throws Exception {
            engine.json(
                    CHAT,
                    200,
                    "{'model':'/srv/models/m1.gguf','choices':[{'message':{'role':'assistant','content':null,'reasoning':'hm','tool_calls':[{'id':'','function':{'name':'f','arguments':{'x':1}}}]},'finish_reason':'stop'}]}");

            JsonObject result = ask(Intent.LLM_CHAT, HELLO);

            JsonObject choice = result.objects("choices").get(0);
            JsonObject call = choice.object("message").objects("tool_calls").get(0);
            assertThat(result.string("model")).isEqualTo("m1.gguf");
            assertThat(choice.string("finish_reason")).isEqualTo("tool_calls");
            assertThat(choice.object("message").string("reasoning_content")).isEqualTo("hm");
            assertThat(call.string("id")).startsWith("call_");
            assertThat(call.object("function").string("arguments")).isEqualTo("{\"x\":1}");
        }

        @Test
        void comes_over_one_kept_connection() throws Exception {
            engine.json(CHAT, 200, ANSWER);
            for (int i = 0; i < 20; i++) {
                ask(Intent.LLM_CHAT, HELLO);
            }
            assertThat(engine.requests(CHAT)).hasSize(20);
            assertThat(engine.requests("/v1/models")).hasSize(1);
        }

        @Test
        void is_asked_for_with_the_key_and_headers_of_the_operator() throws Exception {
            engine.json(CHAT, 200, ANSWER);
            backend(builder().apiKey("sk-123").header("X-Title", "mesh"));

            ask(Intent.LLM_CHAT, HELLO);

            assertThat(engine.requests()).hasSize(2).allSatisfy(request -> assertThat(request.headers())
                    .containsEntry("authorization", "Bearer sk-123")
                    .containsEntry("x-title", "mesh"));
            assertThat(backend.requiresKnownCallers()).isTrue();
            assertThat(backend.toString()).doesNotContain("sk-123", "127.0.0.1");
        }
    }

    @Nested
    class A_refusal {

        @ParameterizedTest
        @CsvSource({
            "400, backend_rejected, 422, false",
            "413, backend_rejected, 422, false",
            "422, backend_rejected, 422, false",
            "404, backend_rejected, 422, false",
            "401, backend_error, 502, true",
            "403, backend_error, 502, true",
            "408, backend_error, 502, true",
            "500, backend_error, 502, true",
            "501, backend_error, 502, true",
            "504, backend_error, 502, true",
            "302, backend_error, 502, true",
            "204, backend_error, 502, true",
        })
        void is_told_by_its_status_and_not_in_the_engines_words(int status, String code, int http, boolean retryable) {
            engine.json(
                    CHAT,
                    status,
                    status == 204 ? "" : "{'error':{'message':'private: /srv/x at 127.0.0.1','type':'t'}}");

            IicpException failure = failure(Intent.LLM_CHAT, HELLO);

            assertThat(failure).isInstanceOf(BackendException.class);
            assertThat(failure.code()).isEqualTo(code);
            assertThat(failure.httpStatus()).isEqualTo(http);
            assertThat(failure.retryable()).isEqualTo(retryable);
            assertThat(failure.component()).isEqualTo(ErrorComponent.NODE);
        }

        @ParameterizedTest
        @CsvSource({"429, 7", "503, 7"})
        void for_lack_of_capacity_says_when_to_come_back(int status, int seconds) {
            engine.on(CHAT, (request, wire) -> wire.answer(status, "Retry-After: " + seconds + "\r\n", "busy"));

            IicpException failure = failure(Intent.LLM_CHAT, HELLO);

            assertThat(failure).isInstanceOf(CapacityException.class);
            assertThat(failure.code()).isEqualTo(ErrorCode.TEMPORARILY_UNAVAILABLE.slug());
            assertThat(failure.retryAfter()).contains(Duration.ofSeconds(seconds));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "Retry-After: soon\r\n", "Retry-After: -5\r\n"})
        void without_a_time_gets_a_default_one(String header) {
            engine.on(CHAT, (request, wire) -> wire.answer(503, header, ""));
            assertThat(failure(Intent.LLM_CHAT, HELLO).retryAfter()).contains(EngineFaults.DEFAULT_RETRY_AFTER);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'error':{'message':'The model `m1` does not exist','code':'model_not_found'}}",
                    "{'error':'model \\u0022m1\\u0022 not found, try pulling it first'}",
                    "{'object':'error','message':'The model m1 does not exist.','type':'NotFoundError'}",
                })
        void because_the_model_is_gone_says_so(String body) {
            engine.json(CHAT, 404, body);
            IicpException failure = failure(Intent.LLM_CHAT, HELLO);
            assertThat(failure.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            assertThat(failure).hasMessageContaining("\"m1\"");
        }

        @Test
        void for_a_well_known_reason_names_it() {
            engine.json(CHAT, 400, "{'error':{'message':'private','code':'context_length_exceeded'}}");
            assertThat(failure(Intent.LLM_CHAT, HELLO)).hasMessageEndingWith(": context_length_exceeded");
        }

        @Test
        void with_status_200_is_a_refusal_all_the_same() {
            engine.json(CHAT, 200, "{'error':{'message':'private','code':429}}");
            assertThat(failure(Intent.LLM_CHAT, HELLO)).isInstanceOf(CapacityException.class);
        }

        @Test
        void in_html_is_a_failure_of_the_engine() {
            engine.on(CHAT, (request, wire) -> wire.answer(500, "Content-Type: text/html\r\n", "<html>private</html>"));
            assertThat(failure(Intent.LLM_CHAT, HELLO).code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
        }
    }

    @Nested
    class What_is_no_answer {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "<html>private</html>",
                    "[]",
                    "{}",
                    "{'choices':[]}",
                    "{'choices':['x']}",
                    "{'choices':[{'text':'x'}]}",
                    "{'choices':{}}",
                    "{'choices':[{'message':{'content':'Hi'}}]} trailing"
                })
        void is_a_failure_of_the_engine(String body) {
            engine.json(CHAT, 200, body);
            IicpException failure = failure(Intent.LLM_CHAT, HELLO);
            assertThat(failure.code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
            assertThat(failure.retryable()).isTrue();
        }

        @Test
        void as_a_stream_that_nobody_asked_for_fails_too() {
            engine.on(
                    CHAT,
                    (request, wire) -> wire.events().delta("{'content':'x'}").end());
            assertThat(failure(Intent.LLM_CHAT, HELLO).code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
        }

        @Test
        void because_it_is_cut_short_fails() {
            engine.on(CHAT, (request, wire) -> {
                wire.send(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"choices\"");
                wire.cut();
            });
            assertThat(failure(Intent.LLM_CHAT, HELLO)).hasMessageContaining("cut the connection");
        }

        @Test
        void because_it_is_too_large_fails() {
            backend(builder().maxResponseBytes(1_000));
            engine.json(CHAT, 200, "{'choices':'" + "x".repeat(2_000) + "'}");
            assertThat(failure(Intent.LLM_CHAT, HELLO)).hasMessageContaining("too large");
        }

        @Test
        void because_nobody_listens_fails() throws Exception {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            backend(OpenAiDialectBackend.builder()
                    .llamaCpp()
                    .baseUrl(URI.create("http://127.0.0.1:" + port))
                    .transport(transport)
                    .model("m1"));
            IicpException failure = failure(Intent.LLM_CHAT, HELLO);
            assertThat(failure.code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
            assertThat(failure).hasMessageContaining("cannot be reached").hasMessageNotContaining("" + port);
        }

        @Test
        void in_time_is_a_timeout_whether_headers_or_body_are_missing() {
            engine.on(CHAT, (request, wire) -> wire.hang());
            assertTimesOut();
            engine.on(CHAT, (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{");
                wire.hang();
            });
            assertTimesOut();
        }

        private void assertTimesOut() {
            RecordingContext hurried =
                    RecordingContext.buffered(Intent.LLM_CHAT, HELLO).within(Duration.ofMillis(300));
            assertThatThrownBy(() -> backend.handle(hurried)).isInstanceOfSatisfying(TaskTimeoutException.class, e -> {
                assertThat(e.component()).isEqualTo(ErrorComponent.NODE);
                assertThat(e.getMessage()).doesNotContain("127.0.0.1");
            });
        }

        @Test
        void from_an_engine_that_falls_silent_is_given_up_before_the_deadline() {
            backend(builder().idle(Duration.ofMillis(200)));
            engine.on(CHAT, (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{");
                wire.hang();
            });
            assertThat(failure(Intent.LLM_CHAT, HELLO)).hasMessageContaining("silent");
        }
    }

    @Test
    void a_cancelled_call_is_hung_up_at_once() throws Exception {
        engine.on(CHAT, (request, wire) -> wire.hang());
        RecordingContext context = RecordingContext.buffered(Intent.LLM_CHAT, HELLO);
        ExecutorService worker = Executors.newSingleThreadExecutor();
        try {
            Future<Object> task = worker.submit(() -> backend.handle(context.workHere()));
            await().until(() -> !engine.requests(CHAT).isEmpty());

            context.cancel();

            assertThat(engine.sawTheClientGo()).isTrue();
            assertThatThrownBy(() -> task.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        } finally {
            worker.shutdownNow();
        }
    }

    @Test
    void a_task_that_is_cancelled_already_is_not_sent() throws Exception {
        engine.on(CHAT, (request, wire) -> wire.hang());
        RecordingContext context = RecordingContext.buffered(Intent.LLM_CHAT, HELLO);
        context.cancel();
        assertThatThrownBy(() -> backend.handle(context)).isInstanceOf(InterruptedException.class);
        Thread.interrupted();
        assertThat(engine.requests(CHAT)).isEmpty();
    }

    @Test
    void a_closed_engine_takes_no_tasks_and_a_shared_transport_lives_on() throws Exception {
        engine.json(CHAT, 200, ANSWER);
        backend.close();
        assertThatThrownBy(() -> ask(Intent.LLM_CHAT, HELLO)).isInstanceOf(CapacityException.class);
        assertThat(backend(builder()).capabilities()).isNotEmpty();
    }

    @Test
    void an_own_transport_ends_with_the_engine() throws Exception {
        OpenAiDialectBackend alone =
                OpenAiDialectBackend.builder().vllm().baseUrl(engine.uri()).build();
        engine.on(CHAT, (request, wire) -> wire.hang());
        ExecutorService worker = Executors.newSingleThreadExecutor();
        try {
            Future<Object> task = worker.submit(() -> alone.handle(RecordingContext.buffered(Intent.LLM_CHAT, HELLO)));
            await().until(() -> !engine.requests(CHAT).isEmpty());
            alone.close();
            assertThatThrownBy(() -> task.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(BackendException.class);
            assertThat(engine.sawTheClientGo()).isTrue();
        } finally {
            worker.shutdownNow();
        }
    }

    @Test
    void other_intents_are_not_served() {
        assertThat(failure(Intent.AUDIO_SPEECH, "{'input':'x'}").code()).isEqualTo(ErrorCode.UNKNOWN_INTENT.slug());
        assertThat(engine.requests()).isEmpty();
    }

    @Test
    void bad_payloads_never_reach_the_engine() {
        assertThat(failure(Intent.LLM_CHAT, "{'messages':[],'model':'m1'}").code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR.slug());
        assertThat(failure(Intent.LLM_CHAT, "{'messages':[1],'model':5}").code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR.slug());
        assertThat(engine.requests(CHAT)).isEmpty();
    }
}
