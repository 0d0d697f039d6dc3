package network.iicp.samples.guides;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.backend.AnthropicBackend;
import network.iicp.backend.ChatAnswer;
import network.iicp.backend.ModelBackend;
import network.iicp.backend.OpenAiDialectBackend;
import network.iicp.langchain4j.LangChain4jBackend;
import network.iicp.micrometer.MicrometerMetrics;
import network.iicp.micrometer.MicrometerTasks;
import network.iicp.node.AvailabilitySchedule;
import network.iicp.node.CooperationPolicy;
import network.iicp.node.CreditReporting;
import network.iicp.node.NodeAuthentication;
import network.iicp.node.NodeDirectory;
import network.iicp.node.NodeEvent;
import network.iicp.node.NodePrice;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import network.iicp.springai.SpringAiBackend;
import network.iicp.transport.TlsCertificate;

/** The examples of docs/provider.md. */
final class ProviderExamples {

    private ProviderExamples() {}

    static IicpNode engine(String directoryUrl) {
        IicpNode node = IicpNode.builder()
                .backend(OpenAiDialectBackend.ollama())
                .directoryUrl(directoryUrl)
                .build();
        node.start(); // binds, registers, sends heartbeats
        return node;
    }

    static InferenceBackend vllm() {
        InferenceBackend engine = OpenAiDialectBackend.builder()
                .vllm()
                .models("llama-3.1-8b")
                .maxTokens(4096)
                .build();
        return engine;
    }

    static InferenceBackend anthropic(String key) {
        InferenceBackend engine = AnthropicBackend.builder()
                .apiKey(key)
                .models("claude-haiku-4-5")
                .maxTokens(4096)
                .build();
        return engine;
    }

    static IicpNode functions(String directoryUrl) {
        Capability parrot = Capability.of(Intent.LLM_CHAT, List.of("parrot")).withStreaming();
        InferenceBackend engine = ModelBackend.builder()
                .chat(parrot, (request, output) -> {
                    String said =
                            "You said %d things.".formatted(request.messages().size());
                    output.text(said); // parts go to consumers that stream, as often as there are any
                    return ChatAnswer.of(said); // the whole answer
                })
                .build();
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .authentication(NodeAuthentication.OPEN)
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        node.start();
        return node;
    }

    static InferenceBackend langChain4j(ChatModel chat, StreamingChatModel streaming, EmbeddingModel embedding) {
        InferenceBackend engine = LangChain4jBackend.builder()
                .chat("assistant", chat, streaming, Modality.IMAGE)
                .embedding("vectors", embedding)
                .build();
        return engine;
    }

    static InferenceBackend springAi(org.springframework.ai.chat.model.ChatModel chat) {
        InferenceBackend engine = SpringAiBackend.builder()
                .chat("assistant", chat, Modality.IMAGE)
                .build();
        return engine;
    }

    static IicpNode handler(String directoryUrl) {
        Intent invoices = Intent.parse("urn:iicp:intent:x.acme:invoice-classify:v1");
        IicpNode node = IicpNode.builder()
                .handler(invoices, task -> {
                    String text = String.valueOf(task.task().payload().get("text"));
                    return Map.of("category", text.contains("laptop") ? "hardware" : "other");
                })
                .authentication(NodeAuthentication.OPEN)
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        node.start();
        return node;
    }

    static IicpNode streaming(String directoryUrl) {
        Capability countdown = Capability.of(Intent.parse("urn:iicp:intent:x.acme:countdown:v1"), List.of())
                .withStreaming();
        IicpNode node = IicpNode.builder()
                .handler(countdown, task -> {
                    for (int left = 3; left > 0 && task.isStreaming(); left--) {
                        task.emit(Map.of("left", left)); // waits for a slow consumer
                    }
                    return Map.of("left", 0);
                })
                .authentication(NodeAuthentication.OPEN)
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        node.start();
        return node;
    }

    static IicpNode guarded(InferenceBackend engine, String directoryUrl, String key) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .authentication(NodeAuthentication.OPERATOR)
                .configure(settings -> settings.operatorKey(key))
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        node.start();
        return node;
    }

    static IicpClient trusted(String directoryUrl, String key) {
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .nodeCredential(key)
                .build();
        return client;
    }

    static IicpNode configured(InferenceBackend engine, String directoryUrl, Path home) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .nodeId("gpu-box-1")
                .keyDirectory(home.resolve("cx")) // the same key after a restart
                .maxConcurrent(8)
                .configure(settings -> settings.maxTimeout(Duration.ofSeconds(60)))
                .listener(event -> {
                    if (event instanceof NodeEvent.DirectoryLost lost) {
                        System.out.println("The directory does not answer: " + lost.reason());
                    }
                })
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        return node;
    }

    static IicpNode measured(InferenceBackend engine, MeterRegistry registry) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .configure(settings -> settings.metrics(new MicrometerMetrics(registry)))
                .withoutDirectory()
                .port(0)
                .build();
        return node;
    }

    static IicpNode traced(InferenceBackend engine, ObservationRegistry observations) {
        MicrometerTasks observed = new MicrometerTasks(observations);
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .listener(observed)
                .configure(settings -> settings.traceSource(observed::headers))
                .withoutDirectory()
                .port(0)
                .build();
        return node;
    }

    static IicpNode twoDirectories(InferenceBackend engine, URI ours, URI partners, String joinToken) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .configure(settings ->
                        settings.directories(List.of(NodeDirectory.of(ours), new NodeDirectory(partners, joinToken))))
                .port(0)
                .build();
        return node;
    }

    static IicpNode declaring(InferenceBackend engine, String directoryUrl, Supplier<Object> delegation) {
        AvailabilitySchedule nights = AvailabilitySchedule.in(ZoneId.of("Europe/Berlin"))
                .window(LocalTime.of(20, 0), LocalTime.of(7, 0), 1.0); // all places at night, half of them by day
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .configure(settings -> settings.availability(nights)
                        .price(new NodePrice(1.5, "per_token", true))
                        .registrationMembers(() -> Map.of("operator_delegation", delegation.get())))
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        return node;
    }

    static IicpNode cooperating(InferenceBackend engine, String directoryUrl) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .configure(settings ->
                        settings.cooperation(CooperationPolicy.asWorker()).creditReporting(CreditReporting.DIRECT))
                .directoryUrl(directoryUrl)
                .port(0)
                .build();
        return node;
    }

    static IicpNode secure(InferenceBackend engine, Path chain, Path key) {
        IicpNode node = IicpNode.builder()
                .backend(engine)
                .configure(settings -> settings.tls(TlsCertificate.pem(chain, key)))
                .withoutDirectory()
                .port(0)
                .build();
        return node;
    }
}
