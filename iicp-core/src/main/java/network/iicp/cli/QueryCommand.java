package network.iicp.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import network.iicp.client.TimeLimits;
import network.iicp.json.Json;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.spi.RoutingEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks the mesh one question. */
@Command(
        name = "query",
        description = "Asks the mesh one question and prints the answer.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class)
final class QueryCommand implements Callable<Integer> {

    private static final int LONGEST_INPUT = 1024 * 1024;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Mixin
    private final DirectoryOptions directory = new DirectoryOptions();

    @Parameters(paramLabel = "PROMPT", arity = "1..*", description = "The question; - reads it from standard input.")
    private List<String> words = List.of();

    @Option(
            names = "--intent",
            paramLabel = "URN",
            defaultValue = "${env:IICP_INTENT:-urn:iicp:intent:llm:chat:v1}",
            description =
                    "What is wanted (IICP_INTENT; default ${DEFAULT-VALUE}). With another intent than chat the prompt"
                            + " is the JSON payload.")
    private String intent = Intent.LLM_CHAT.urn();

    @Option(names = "--model", paramLabel = "NAME", defaultValue = "", description = "Model wanted; default any.")
    private String model = "";

    @Option(names = "--system", paramLabel = "TEXT", defaultValue = "", description = "Instructions for the model.")
    private String system = "";

    @Option(names = "--max-tokens", paramLabel = "N", defaultValue = "0", description = "Bound on the answer.")
    private int maxTokens;

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            defaultValue = "60000",
            description = "Time limit of the whole call, 100 to 120000 (default ${DEFAULT-VALUE}).")
    private long timeoutMillis = 60_000;

    @Option(
            names = "--region",
            paramLabel = "REGION",
            defaultValue = "${env:IICP_REGION:-}",
            description = "Region to prefer (IICP_REGION).")
    private String region = "";

    @Option(names = "--stream", description = "Print the answer as it comes.")
    private boolean stream;

    @Option(names = "--json", description = "Print the whole result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        IicpClient.Builder builder = IicpClient.builder()
                .fromEnvironment(directory.environment())
                .privateNetworks(directory.privateNetworks())
                .timeLimits(TimeLimits.DEFAULT.withTotal(Duration.ofMillis(timeoutMillis)))
                .listener(this::tell);
        if (!region.isBlank()) {
            builder.region(region);
        }
        try (IicpClient client = builder.build()) {
            Intent wanted = Intent.parse(intent);
            if (!wanted.equals(Intent.LLM_CHAT)) {
                return submit(client, wanted);
            }
            return stream && !json ? streamed(client, request()) : buffered(client, request());
        }
    }

    private String prompt() throws IOException {
        if (!words.equals(List.of("-"))) {
            return String.join(" ", words);
        }
        InputStream in = System.in;
        byte[] bytes = in.readNBytes(LONGEST_INPUT + 1);
        if (bytes.length > LONGEST_INPUT) {
            throw invalid("standard input is longer than %d bytes".formatted(LONGEST_INPUT));
        }
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }

    private ChatRequest request() throws IOException {
        String prompt = prompt();
        if (prompt.isBlank()) {
            throw invalid("the prompt is empty");
        }
        ChatRequest.Builder request = ChatRequest.builder();
        if (!system.isBlank()) {
            request.system(system);
        }
        if (maxTokens != 0) {
            if (maxTokens < 1) {
                throw invalid("--max-tokens is %d; it must be at least 1".formatted(maxTokens));
            }
            request.maxTokens(maxTokens);
        }
        if (!model.isBlank()) {
            request.model(model);
        }
        return request.user(prompt).build();
    }

    private int buffered(IicpClient client, ChatRequest request) {
        if (json) {
            return print(client.submit(Task.of(Intent.LLM_CHAT, ChatCodec.encode(request))));
        }
        ChatResult result = client.chat(request);
        out().println(result.text());
        result.toolCalls().forEach(call -> out().println("tool call: " + call.name() + call.arguments()));
        summary(result);
        return ExitCode.OK;
    }

    private int submit(IicpClient client, Intent wanted) throws IOException {
        return print(client.submit(
                Task.of(wanted, Json.parseObject(prompt(), network.iicp.json.JsonLimits.DEFAULT)),
                CallOptions.DEFAULT));
    }

    private int print(TaskResult result) {
        out().println(Json.pretty(result.result()));
        err().println(result.provenance());
        return ExitCode.OK;
    }

    private int streamed(IicpClient client, ChatRequest request) throws InterruptedException {
        CompletableFuture<ChatResult> end = new CompletableFuture<>();
        client.chatStream(request).subscribe(new Printer(out(), end));
        try {
            summary(end.get());
            return ExitCode.OK;
        } catch (ExecutionException e) {
            out().println();
            if (e.getCause() instanceof IicpException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private void summary(ChatResult result) {
        Integer tokens = result.usage().totalTokens();
        err().println(result.provenance() + (tokens == null ? "" : " · tokens " + tokens));
    }

    private void tell(RoutingEvent event) {
        if (event instanceof RoutingEvent.Discovered found) {
            err().println("discovered %d node(s) (%s)".formatted(found.candidates(), found.source()));
        } else if (event instanceof RoutingEvent.Selected selected) {
            err().println("routed to node %s (%s)".formatted(selected.node().prefix(), selected.reason()));
        } else if (event instanceof RoutingEvent.AttemptFailed failed) {
            err().println("node %s failed: %s".formatted(failed.node(), failed.code()));
        } else if (event instanceof RoutingEvent.Answered answered && !stream) {
            err().println("latency %dms".formatted(answered.elapsed().toMillis()));
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.CLIENT, message));
    }

    /** Prints text as it comes, and keeps the end. */
    private record Printer(PrintWriter out, CompletableFuture<ChatResult> end) implements Flow.Subscriber<ChatEvent> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ChatEvent event) {
            if (event instanceof ChatEvent.TextDelta delta) {
                out.print(delta.text());
                out.flush();
            } else if (event instanceof ChatEvent.Completed completed) {
                out.println();
                end.complete(completed.result());
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.completeExceptionally(new IllegalStateException("the stream ended without its last event"));
        }
    }
}
