package network.iicp;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.transport.HttpListener;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.Routes;
import network.iicp.transport.ServerExchange;

/** An engine of the OpenAI dialect for official nodes: says the same to every chat, calls the tool it is offered, gives vectors. */
@SuppressWarnings("FutureReturnValueIgnored") // thenAccept is used for its effect
final class StubEngine implements AutoCloseable {

    static final String MODEL = "stub-model";
    static final String SAYS = "stub says hello";

    private static final Map<String, Object> USAGE =
            Map.of("prompt_tokens", 3, "completion_tokens", 3, "total_tokens", 6);

    private final HttpListener listener;
    private final AtomicBoolean broken = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();

    StubEngine() {
        listener = HttpListener.jetty(
                ListenerSettings.builder().host("127.0.0.1").port(0).build(),
                Routes.builder()
                        .route(
                                "GET",
                                "/v1/models",
                                exchange -> exchange.respondJson(
                                        200, Map.of("data", List.of(Map.of("id", MODEL))), Map.of()))
                        .route("POST", "/v1/chat/completions", this::chat)
                        .route("POST", "/v1/embeddings", this::embed)
                        .build());
        listener.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.port());
    }

    /** Answers everything with 500 from now on. */
    void breakDown() {
        broken.set(true);
    }

    /** Returns how often it answered 500. */
    int failures() {
        return failures.get();
    }

    /** Returns how many chats it answered. */
    int answers() {
        return answers.get();
    }

    private boolean failed(ServerExchange exchange) {
        if (!broken.get()) {
            return false;
        }
        failures.incrementAndGet();
        exchange.respondJson(500, Map.of("error", Map.of("message", "out of order")), Map.of());
        return true;
    }

    private void chat(ServerExchange exchange) {
        exchange.body().thenAccept(body -> {
            if (!failed(exchange)) {
                JsonObject request = JsonObject.parse(body, JsonLimits.DEFAULT);
                Optional<String> tool = request.has("tools")
                        ? Optional.of(request.objects("tools")
                                .get(0)
                                .object("function")
                                .string("name"))
                        : Optional.empty();
                answers.incrementAndGet();
                exchange.respondJson(200, answer(tool), Map.of());
            }
        });
    }

    private static Map<String, Object> answer(Optional<String> tool) {
        Map<String, Object> message = tool.<Map<String, Object>>map(name -> Map.of(
                        "role",
                        "assistant",
                        "content",
                        "",
                        "tool_calls",
                        List.of(Map.of(
                                "id",
                                "call-1",
                                "type",
                                "function",
                                "function",
                                Map.of("name", name, "arguments", "{\"city\":\"Bern\"}")))))
                .orElse(Map.of("role", "assistant", "content", SAYS));
        String reason = tool.isPresent() ? "tool_calls" : "stop";
        return Map.of(
                "id",
                "stub-1",
                "object",
                "chat.completion",
                "model",
                MODEL,
                "choices",
                List.of(Map.of("index", 0, "message", message, "finish_reason", reason)),
                "usage",
                USAGE);
    }

    private void embed(ServerExchange exchange) {
        exchange.body().thenAccept(body -> {
            if (!failed(exchange)) {
                JsonObject request = JsonObject.parse(body, JsonLimits.DEFAULT);
                int texts = request.raw("input") instanceof List<?> list ? list.size() : 1;
                List<Object> data = new ArrayList<>();
                for (int i = 0; i < texts; i++) {
                    data.add(Map.of("object", "embedding", "index", i, "embedding", List.of(i, 0.5, -1)));
                }
                exchange.respondJson(
                        200,
                        Map.of(
                                "object",
                                "list",
                                "model",
                                MODEL,
                                "data",
                                data,
                                "usage",
                                Map.of("prompt_tokens", 2, "total_tokens", 2)),
                        Map.of());
            }
        });
    }

    @Override
    public void close() {
        listener.close();
    }
}
