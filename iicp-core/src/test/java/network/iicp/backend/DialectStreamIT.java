package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ErrorCode;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Streams, over real sockets. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DialectStreamIT {

    private static final String CHAT = "/v1/chat/completions";
    private static final String HELLO = "{'messages':[{'role':'user','content':'a private question'}]}";

    private final FakeEngine engine;
    private final HttpTransport transport = HttpTransport.builder().build();
    private final RecordingContext context = RecordingContext.streaming(Intent.LLM_CHAT, HELLO);
    private OpenAiDialectBackend backend;

    DialectStreamIT() throws Exception {
        engine = new FakeEngine().models("m1");
        backend = builder().build();
    }

    private OpenAiDialectBackend.Builder builder() {
        return OpenAiDialectBackend.builder().vllm().baseUrl(engine.uri()).transport(transport);
    }

    @AfterEach
    void nothing_is_left_running() throws Exception {
        await().atMost(Duration.ofSeconds(10)).until(() -> transport.runningExchanges() == 0);
        backend.close();
        transport.close();
        engine.close();
    }

    private JsonObject stream(RecordingContext task) throws InterruptedException {
        return JsonObject.parse(Json.bytes(backend.handle(task)), JsonLimits.DEFAULT);
    }

    private IicpException failure() {
        IicpException failure = catchThrowableOfType(IicpException.class, () -> stream(context));
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
            engine.on(CHAT, (request, wire) -> wire.events()
                    .raw(": keep-alive\n\n")
                    .delta("{'role':'assistant','content':''}")
                    .delta("{'content':'Hel'}")
                    .delta("{'content':'lo'}")
                    .finish("stop")
                    .usage(3, 2)
                    .event("[DONE]")
                    .end());

            JsonObject end = stream(context);

            assertThat(context.text(0)).isEqualTo("Hello");
            assertThat(context.parts()).hasSize(2);
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
            assertThat(choice(end).object("delta").asMap()).isEmpty();
            assertThat(end.object("usage").integer("total_tokens")).isEqualTo(5);
            assertThat(end.string("id")).isEqualTo("c1");
            JsonObject request = engine.requests(CHAT).get(0).json();
            assertThat(request.bool("stream", false)).isTrue();
            assertThat(request.object("stream_options").bool("include_usage", false))
                    .isTrue();
            assertThat(engine.requests(CHAT).get(0).headers()).containsEntry("accept", "text/event-stream");
        }

        @Test
        void delivers_the_first_token_before_the_last_is_made() throws Exception {
            CountDownLatch firstArrived = new CountDownLatch(1);
            context.onEmit(part -> firstArrived.countDown());
            AtomicInteger inTime = new AtomicInteger();
            engine.on(CHAT, (request, wire) -> {
                wire.events().delta("{'content':'a'}");
                if (firstArrived.await(10, TimeUnit.SECONDS)) {
                    inTime.incrementAndGet();
                }
                wire.delta("{'content':'b'}").finish("stop").event("[DONE]").end();
            });

            stream(context);

            assertThat(inTime).hasValue(1);
            assertThat(context.text(0)).isEqualTo("ab");
        }

        @Test
        void may_be_cut_anywhere_into_packets() throws Exception {
            String body =
                    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é👋\"}}]}\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
            engine.on(CHAT, (request, wire) -> {
                wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
                for (int i = 0; i < body.length(); i = body.offsetByCodePoints(i, 1)) {
                    wire.send(body.substring(i, body.offsetByCodePoints(i, 1)));
                }
                wire.cut();
            });
            stream(context);
            assertThat(context.text(0)).isEqualTo("é👋");
        }

        @Test
        void of_tool_calls_passes_fragments_in_one_form() throws Exception {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta(
                            "{'role':'assistant','content':null,'tool_calls':[{'index':0,'id':'a','type':'function','function':{'name':'f','arguments':''}}]}")
                    .delta("{'tool_calls':[{'index':0,'id':'','function':{'name':'','arguments':'{}'}}]}")
                    .finish("tool_calls")
                    .event("[DONE]")
                    .end());

            JsonObject end = stream(context);

            assertThat(context.parts()).hasSize(2);
            assertThat(Json.text(context.parts().get(1)))
                    .contains("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]");
            assertThat(choice(end).string("finish_reason")).isEqualTo("tool_calls");
        }

        @Test
        void without_end_mark_is_complete_when_it_has_its_reason() throws Exception {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .finish("length")
                    .end());
            assertThat(choice(stream(context)).string("finish_reason")).isEqualTo("length");
        }

        @Test
        void may_have_fewer_choices_than_asked_for() throws Exception {
            RecordingContext two = RecordingContext.streaming(Intent.LLM_CHAT, HELLO.replace("]}", "],'n':2}"));
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .finish("stop")
                    .event("[DONE]")
                    .end());
            assertThat(stream(two).objects("choices")).hasSize(1);
        }

        @Test
        void that_stays_open_after_its_reason_is_not_waited_for() throws Exception {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .finish("stop")
                    .hang());
            assertThat(choice(stream(context)).string("finish_reason")).isEqualTo("stop");
            assertThat(engine.sawTheClientGo()).isTrue();
        }

        @Test
        void that_breaks_after_its_reason_is_complete() throws Exception {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .finish("stop")
                    .cut());
            assertThat(choice(stream(context)).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void of_a_completion_passes_text() throws Exception {
            engine.on("/v1/completions", (request, wire) -> wire.events()
                    .event("{'id':'t','choices':[{'index':0,'text':' was','finish_reason':null}]}")
                    .event("{'id':'t','choices':[{'index':0,'text':'','finish_reason':'stop'}]}")
                    .event("[DONE]")
                    .end());
            RecordingContext task = RecordingContext.streaming(Intent.LLM_COMPLETION, "{'prompt':'there'}");
            JsonObject end = stream(task);
            assertThat(task.text(0)).isEqualTo(" was");
            assertThat(choice(end).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void that_the_engine_answers_whole_is_given_whole() throws Exception {
            engine.json(
                    CHAT,
                    200,
                    "{'choices':[{'index':0,'message':{'role':'assistant','content':'Hi'},'finish_reason':'stop'}]}");
            JsonObject result = stream(context);
            assertThat(context.parts()).isEmpty();
            assertThat(choice(result).object("message").string("content")).isEqualTo("Hi");
        }

        @Test
        void of_vectors_is_a_plain_call() throws Exception {
            engine.models("x-embed").json("/v1/embeddings", 200, "{'data':[{'index':0,'embedding':[1]}]}");
            RecordingContext task = RecordingContext.streaming(Intent.LLM_EMBEDDING, "{'input':'x'}");
            assertThat(stream(task).objects("data")).hasSize(1);
            assertThat(engine.requests("/v1/embeddings").get(0).json().has("stream"))
                    .isFalse();
        }
    }

    @Nested
    class A_broken_stream {

        @ParameterizedTest
        @ValueSource(strings = {"end", "cut"})
        void is_a_failure_after_what_it_brought(String how) {
            engine.on(CHAT, (request, wire) -> {
                wire.events().delta("{'content':'a'}");
                if (how.equals("end")) {
                    wire.end();
                } else {
                    wire.cut();
                }
            });

            IicpException failure = failure();

            assertThat(failure).isInstanceOf(BackendException.class);
            assertThat(failure.code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
            assertThat(failure.retryable()).isTrue();
            assertThat(context.text(0)).isEqualTo("a");
        }

        @Test
        void is_not_complete_because_it_has_an_end_mark() {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .raw("error: {\"code\":500,\"message\":\"private\"}\n\n")
                    .event("[DONE]")
                    .end());
            assertThat(failure()).hasMessageContaining("before its answer was complete");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", ": nothing\n\n", "data: [DONE]\n\n", "error: {\"code\":500}\n\n"})
        void may_have_brought_nothing(String body) {
            engine.on(CHAT, (request, wire) -> {
                wire.events();
                if (!body.isEmpty()) {
                    wire.raw(body);
                }
                wire.end();
            });
            assertThat(failure()).hasMessageContaining("before its answer was complete");
        }

        @ParameterizedTest
        @ValueSource(strings = {"{'choices':", "private", "[]", "42", "null", "{'a':1}{'b':2}"})
        void may_hold_what_is_no_chunk(String data) {
            engine.on(
                    CHAT,
                    (request, wire) ->
                            wire.events().delta("{'content':'a'}").event(data).hang());
            assertThat(failure()).hasMessageContaining("no JSON object");
        }

        @Test
        void may_say_what_is_wrong_in_a_chunk() {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .event("{'error':{'message':'private','code':503}}")
                    .hang());
            assertThat(failure()).isInstanceOf(CapacityException.class);
        }

        @ParameterizedTest
        @ValueSource(strings = {"{\"message\":\"private\",\"code\":500}", "private"})
        void may_say_what_is_wrong_in_an_event_of_its_own(String data) {
            engine.on(CHAT, (request, wire) -> wire.events()
                    .delta("{'content':'a'}")
                    .raw("event: error\ndata: " + data + "\n\n")
                    .hang());
            assertThat(failure().code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
        }

        @Test
        void with_an_event_without_end_is_given_up_before_it_fills_the_memory() {
            backend = builder().maxEventBytes(64 * 1024).build();
            String flood = "x".repeat(16 * 1024);
            engine.on(CHAT, (request, wire) -> {
                wire.events().raw("data: ");
                wire.trickleUntilClosed(flood, () -> {});
            });
            assertThat(failure()).hasMessageContaining("too large");
        }

        @Test
        void that_falls_silent_is_given_up_after_the_idle_limit() throws Exception {
            backend = builder().idle(Duration.ofMillis(200)).build();
            engine.on(
                    CHAT,
                    (request, wire) -> wire.events().delta("{'content':'a'}").hang());
            assertThat(failure()).hasMessageContaining("silent");
            assertThat(engine.sawTheClientGo()).isTrue();
        }

        @Test
        void that_trickles_past_the_deadline_is_cut_off() throws Exception {
            engine.on(CHAT, (request, wire) -> {
                wire.events();
                wire.trickleUntilClosed(": still here\n\n", () -> await().pollDelay(Duration.ofMillis(20))
                        .until(() -> true));
            });
            RecordingContext hurried = context.within(Duration.ofMillis(400));
            assertThatThrownBy(() -> backend.handle(hurried)).isInstanceOf(TaskTimeoutException.class);
            assertThat(engine.sawTheClientGo()).isTrue();
        }

        @Test
        void that_never_begins_is_refused_like_a_call() {
            engine.on(CHAT, (request, wire) -> wire.answer(429, "Retry-After: 3\r\n", "{}"));
            assertThat(failure().retryAfter()).contains(Duration.ofSeconds(3));
            engine.json(CHAT, 400, "{'error':{'message':'private'}}");
            assertThat(failure().code()).isEqualTo(ErrorCode.BACKEND_REJECTED.slug());
            engine.on(CHAT, (request, wire) -> wire.answer(200, "Content-Type: text/html\r\n", "<html>private</html>"));
            assertThat(failure().code()).isEqualTo(ErrorCode.BACKEND_ERROR.slug());
        }
    }

    @Nested
    class A_cancelled_stream {

        @Test
        void hangs_up_at_once_and_reads_no_more_tokens() throws Exception {
            AtomicInteger sent = new AtomicInteger();
            String token = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
            engine.on(CHAT, (request, wire) -> {
                wire.events();
                wire.trickleUntilClosed(
                        token, () -> await().pollDelay(Duration.ofMillis(sent.incrementAndGet() > 3 ? 5 : 1))
                                .until(() -> true));
            });
            context.onEmit(part -> {
                if (context.parts().size() == 3) {
                    context.cancel();
                }
            });

            assertThatThrownBy(() -> backend.handle(context)).isInstanceOf(InterruptedException.class);
            Thread.interrupted();

            assertThat(engine.sawTheClientGo()).isTrue();
            assertThat(context.parts()).hasSize(3);
            assertThat(sent).hasValueLessThan(100);
        }

        @Test
        void hangs_up_while_it_waits_for_the_first_token() throws Exception {
            cancelWhile(() -> engine.on(CHAT, (request, wire) -> wire.hang()));
        }

        @Test
        void hangs_up_while_it_waits_for_the_next_token() throws Exception {
            cancelWhile(() -> engine.on(
                    CHAT,
                    (request, wire) -> wire.events().delta("{'content':'a'}").hang()));
        }

        private void cancelWhile(Runnable script) throws Exception {
            script.run();
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
    }

    @Test
    void a_slow_consumer_slows_the_engine_down() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        String padding = "x".repeat(8 * 1024);
        int events = 4_000;
        engine.on(CHAT, (request, wire) -> {
            wire.events();
            for (int i = 0; i < events; i++) {
                wire.delta("{'content':'" + padding + "'}");
                sent.incrementAndGet();
            }
            wire.finish("stop").event("[DONE]").end();
        });
        CountDownLatch goOn = new CountDownLatch(1);
        List<Integer> atRest = new java.util.concurrent.CopyOnWriteArrayList<>();
        context.onEmit(part -> {
            if (context.parts().size() == 1) {
                atRest.add(settled(sent));
                goOn.countDown();
            }
        });

        stream(context);

        assertThat(goOn.getCount()).isZero();
        // 4000 events are 32 MB; what fits into socket buffers is a small part of them.
        assertThat(atRest.get(0)).isLessThan(events / 2);
        assertThat(context.parts()).hasSize(events);
    }

    /** Waits until the count no longer changes, and returns it. */
    private static int settled(AtomicInteger count) {
        AtomicInteger last = new AtomicInteger(-1);
        await().pollInterval(Duration.ofMillis(150)).until(() -> last.getAndSet(count.get()) == count.get());
        return count.get();
    }
}
