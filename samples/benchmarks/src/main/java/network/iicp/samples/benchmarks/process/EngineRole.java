package network.iicp.samples.benchmarks.process;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import network.iicp.json.Json;
import network.iicp.samples.benchmarks.Arguments;
import network.iicp.samples.benchmarks.Run;
import network.iicp.transport.HttpListener;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.Routes;

/** A process with an engine of the OpenAI dialect that answers every chat at once, with the same bytes. */
@SuppressWarnings("FutureReturnValueIgnored") // thenRun is used for its effect
public final class EngineRole implements Run {

    /** The model it says it serves. */
    public static final String MODEL = "stub-model";

    @Override
    public String name() {
        return "role-engine";
    }

    @Override
    public String summary() {
        return "an engine that answers at once";
    }

    @Override
    public List<Arguments.Option> options() {
        return List.of();
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Exception {
        LongAdder requests = new LongAdder();
        byte[] answer = Json.bytes(Answers.chat());
        Map<String, String> json = Map.of("Content-Type", "application/json");
        Map<String, Object> models = Map.of("object", "list", "data", List.of(Map.of("id", MODEL, "object", "model")));
        Routes routes = Routes.builder()
                .route("GET", "/v1/models", exchange -> exchange.respondJson(200, models, Map.of()))
                .route("POST", "/v1/chat/completions", exchange -> {
                    requests.increment();
                    exchange.body().thenRun(() -> exchange.respond(200, json, answer));
                })
                .build();
        ListenerSettings settings = ListenerSettings.builder().port(0).build();
        try (HttpListener listener = HttpListener.jetty(settings, routes)) {
            listener.start();
            RoleLoop.serve(Map.of("url", "http://127.0.0.1:" + listener.port()), requests, out);
        }
        return 0;
    }
}
