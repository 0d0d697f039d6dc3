package network.iicp.backend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A process of llama.cpp's {@code llama-server} with a tiny model, on a free port of loopback. */
final class LlamaServer implements AutoCloseable {

    /** Names the program. */
    static final String BINARY = "IICP_ENGINE_LLAMA_SERVER";

    /** Names the folder with {@code tiny-llama.gguf}. */
    static final String MODELS = "IICP_ENGINES";

    private final Process process;
    private final URI uri;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private LlamaServer(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    /** Starts the program and waits until its model is loaded. */
    static LlamaServer start(Path log, String... options) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(
                System.getenv(BINARY),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--model",
                Path.of(System.getenv(MODELS), "tiny-llama.gguf").toString(),
                "--ctx-size",
                "1024",
                "--parallel",
                "1",
                "--threads",
                "1",
                "--metrics",
                "--no-context-shift"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        LlamaServer server = new LlamaServer(process, URI.create("http://127.0.0.1:" + port));
        try {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> server.isReady(log));
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private boolean isReady(Path log) throws IOException, InterruptedException {
        if (!process.isAlive()) {
            throw new IllegalStateException("llama-server ended:\n" + Files.readString(log));
        }
        try {
            return get("/health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri.resolve(path))
                .timeout(Duration.ofSeconds(5))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    URI uri() {
        return uri;
    }

    /** Returns a figure of the server's metrics. */
    double metric(String name) throws IOException, InterruptedException {
        Matcher line = Pattern.compile("(?m)^llamacpp:" + name + " (\\S+)$")
                .matcher(get("/metrics").body());
        if (!line.find()) {
            throw new IllegalStateException("llama-server has no metric " + name);
        }
        return Double.parseDouble(line.group(1));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
