package network.iicp.backend;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Capability;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend.State;
import network.iicp.spi.TaskContext;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.SseReply;
import org.jspecify.annotations.Nullable;

/** An engine behind HTTP at work: what it serves, how it is, and the way of a task to it and back. Thread-safe. */
final class HttpEngine {

    private final EngineDialect dialect;
    private final EngineUrl url;
    private final EngineCalls calls;
    private final EngineCatalog catalog;
    private final EngineHealth health;
    private final @Nullable Integer maxTokens;
    private final Clock clock;
    private final @Nullable HttpTransport ownTransport;
    private volatile EngineHealth.Health lastHealth = EngineHealth.Health.of(BackendStability.OK);
    private volatile boolean closed;

    /** Connections to an engine, and who closes them. */
    record Link(EngineUrl url, EngineCalls calls, @Nullable HttpTransport own) {

        static Link of(EngineUrl url, EngineBuilder<?> settings) {
            HttpTransport shared = settings.sharedTransport();
            HttpTransport transport = shared == null ? HttpTransport.builder().build() : shared;
            EngineCalls calls = new EngineCalls(transport, settings.headers(), settings.bounds());
            return new Link(url, calls, shared == null ? transport : null);
        }
    }

    HttpEngine(
            EngineDialect dialect, Link link, EngineCatalog catalog, EngineHealth health, EngineBuilder<?> settings) {
        this.dialect = dialect;
        this.url = link.url();
        this.calls = link.calls();
        this.ownTransport = link.own();
        this.catalog = catalog;
        this.health = health;
        this.maxTokens = settings.maxTokens();
        this.clock = settings.time();
    }

    String type() {
        return catalog.kind().type();
    }

    List<Capability> capabilities() {
        return catalog.refresh().capabilities(catalog.intents(), maxTokens);
    }

    State state() {
        return switch (stability().state()) {
            case OK -> State.OK;
            case DEGRADED -> State.DEGRADED;
            case DRAINING -> State.UNAVAILABLE;
        };
    }

    BackendStability stability() {
        if (closed) {
            return BackendStability.UNAVAILABLE;
        }
        EngineHealth.Health now = health.ask(catalog.preferredEngineName().orElse(null));
        lastHealth = now;
        return now.stability();
    }

    /** Returns what is known of the models without asking. */
    List<ModelReport> models() {
        EngineHealth.Health now = lastHealth;
        return catalog.known().stream()
                .map(model -> report(model, now))
                .filter(ModelReport::saysAnything)
                .toList();
    }

    private static ModelReport report(ServedModels.Model model, EngineHealth.Health health) {
        Map<String, Integer> loaded = health.loaded();
        Integer context = model.listed().contextLength();
        if (loaded == null) {
            return ModelReport.of(model.name(), model.listed().loaded(), context);
        }
        Optional<String> name = health.inMemory(model.engineName());
        int inEffect = name.map(found -> loaded.getOrDefault(found, 0)).orElse(0);
        return ModelReport.of(model.name(), name.isPresent(), inEffect > 0 ? Integer.valueOf(inEffect) : context);
    }

    void close() {
        closed = true;
        if (ownTransport != null) {
            ownTransport.close();
        }
    }

    /** Executes a task, as {@link network.iicp.spi.TaskHandler#handle} says. */
    Object handle(TaskContext context) throws InterruptedException {
        if (closed) {
            throw BackendFaults.unavailable("the engine is no longer served", null);
        }
        Intent intent = context.task().intent();
        DialectOperation operation = dialect.operation(intent).orElseThrow(() -> BackendFaults.unknownIntent(intent));
        JsonObject payload = JsonObject.of(context.task().payload());
        boolean streaming = context.isStreaming() && operation.streams();
        Exchange exchange;
        try {
            exchange = exchange(operation, payload, streaming, context);
        } catch (JsonException e) {
            throw BackendFaults.invalidPayload(e);
        } catch (BackendException e) {
            // The engine may have been asked for its models when the task was cancelled.
            if (context.isCancelled()) {
                throw new InterruptedException("the task was cancelled");
            }
            throw e;
        }
        return streaming ? stream(exchange, context) : whole(exchange, context);
    }

    private Exchange exchange(DialectOperation operation, JsonObject payload, boolean streaming, TaskContext context) {
        String wanted = payload.optionalString("model")
                .orElse(context.task().constraints().model());
        ServedModels.Model model = catalog.resolve(operation.intent(), wanted);
        return new Exchange(
                operation,
                dialect.request(operation, payload, model, streaming, maxTokens),
                new DialectResult.Origin(context.task().id(), model),
                BackendFaults.modelNotFound(model.name(), List.of()));
    }

    /** A request on its way to the engine. */
    private record Exchange(
            DialectOperation operation,
            EngineRequest request,
            DialectResult.Origin origin,
            InvalidRequestException notFound) {}

    private Map<String, Object> whole(Exchange exchange, TaskContext context) throws InterruptedException {
        EngineRequest request = exchange.request();
        HttpReply reply = calls.post(url.dialect(request.path()), request.body(), context);
        if (reply.status() != 200) {
            throw refused(reply.status(), reply.header("retry-after").orElse(null), reply.body(), exchange);
        }
        return result(exchange, reply.body());
    }

    private IicpException refused(int status, @Nullable String retryAfter, byte[] body, Exchange exchange) {
        return EngineFaults.refused(status, retryAfter, body, exchange.notFound(), clock.instant());
    }

    private Map<String, Object> result(Exchange exchange, byte[] body) {
        Map<String, Object> json = DialectResult.parse(body, calls.bounds().response());
        return DialectResult.read(
                exchange.operation(), exchange.request().answer(json), exchange.origin(), exchange.notFound());
    }

    private Map<String, Object> stream(Exchange exchange, TaskContext context) throws InterruptedException {
        EngineRequest request = exchange.request();
        try (SseReply reply = calls.open(url.dialect(request.path()), request.body(), context)) {
            if (reply.isEventStream()) {
                StreamFold fold =
                        new StreamFold(exchange.operation(), exchange.origin(), request.choices(), exchange.notFound());
                return new EngineStream(
                                reply,
                                request.events(),
                                fold,
                                context,
                                calls.bounds().event())
                        .run();
            }
            byte[] body = calls.await(reply.body(), context);
            if (reply.status() != 200) {
                throw refused(reply.status(), reply.header("retry-after").orElse(null), body, exchange);
            }
            // An engine that does not stream answers whole.
            return result(exchange, body);
        }
    }
}
