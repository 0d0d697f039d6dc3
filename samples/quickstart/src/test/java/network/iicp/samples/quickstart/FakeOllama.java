package network.iicp.samples.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** What an Ollama with these models answers to those who ask for models and chats. */
final class FakeOllama implements AutoCloseable {

    static final String TEXT = "A mesh is a net without a middle.";

    private final HttpServer server;

    private FakeOllama(HttpServer server) {
        this.server = server;
    }

    static FakeOllama with(String... models) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        StringBuilder list = new StringBuilder();
        for (String model : models) {
            list.append(list.isEmpty() ? "" : ",")
                    .append("{\"name\":\"")
                    .append(model)
                    .append("\",\"digest\":\"0\"}");
        }
        server.createContext("/api/tags", exchange -> json(exchange, "{\"models\":[" + list + "]}"));
        server.createContext("/api/ps", exchange -> json(exchange, "{\"models\":[" + list + "]}"));
        server.createContext("/v1/chat/completions", FakeOllama::chat);
        server.start();
        return new FakeOllama(server);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static void chat(HttpExchange exchange) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!request.contains("\"stream\":true")) {
            json(exchange, """
                    {"id":"1","object":"chat.completion","model":"tiny:latest","choices":[{"index":0,"finish_reason":"stop",
                     "message":{"role":"assistant","content":"%s"}}],
                     "usage":{"prompt_tokens":3,"completion_tokens":8,"total_tokens":11}}""".formatted(TEXT));
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (String word : TEXT.split("(?= )", -1)) {
                event(out, "{\"delta\":{\"content\":\"%s\"},\"index\":0}".formatted(word));
            }
            event(out, "{\"delta\":{},\"index\":0,\"finish_reason\":\"stop\"}");
            out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void event(OutputStream out, String choice) throws IOException {
        String chunk = "data: {\"id\":\"1\",\"model\":\"tiny:latest\",\"choices\":[%s]}\n\n".formatted(choice);
        out.write(chunk.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void json(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
