package network.iicp.samples.guides;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.moderation.Verdict;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import network.iicp.spi.TaskHandler;
import network.iicp.spring.boot.IicpClientBuilderCustomizer;
import network.iicp.spring.boot.IicpHandler;
import network.iicp.springai.IicpChatOptions;
import network.iicp.springai.IicpMetadata;
import network.iicp.springai.IicpModerationModel;
import network.iicp.springai.IicpTranscriptionOptions;
import org.springframework.ai.audio.transcription.TranscriptionModel;
import org.springframework.ai.audio.tts.TextToSpeechModel;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.moderation.ModerationModel;
import org.springframework.ai.moderation.ModerationPrompt;
import org.springframework.ai.moderation.ModerationResponse;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;

/** The examples of docs/spring.md. */
final class SpringExamples {

    private SpringExamples() {}

    static String client(ChatModel chatModel) {
        String answer = ChatClient.create(chatModel)
                .prompt()
                .user("What is a mesh network?")
                .call()
                .content();
        return answer;
    }

    static void stream(ChatModel chatModel) {
        chatModel.stream("Tell me a story.").doOnNext(System.out::print).blockLast();
    }

    static List<float[]> embed(EmbeddingModel embeddingModel) {
        List<float[]> vectors = embeddingModel.embed(List.of("first text", "second text"));
        return vectors;
    }

    static boolean moderate(ModerationModel moderationModel, String text) {
        ModerationResponse response = moderationModel.call(new ModerationPrompt(text));
        boolean flagged = response.getResult().getOutput().getResults().get(0).isFlagged();
        Verdict verdict = response.getMetadata().get(IicpModerationModel.VERDICT);
        return flagged && verdict.flagged();
    }

    static String speak(TextToSpeechModel speechModel, TranscriptionModel transcriptionModel) {
        byte[] sound = speechModel.call("good morning");
        String heard = transcriptionModel.transcribe(
                new ByteArrayResource(sound),
                IicpTranscriptionOptions.builder().language("en").build());
        return heard;
    }

    static ChatResponse options(ChatModel chatModel) {
        ChatResponse response = chatModel.call(new Prompt(
                "Hello",
                IicpChatOptions.builder()
                        .maxTokens(200)
                        .region("eu-central")
                        .totalTimeout(Duration.ofSeconds(20))
                        .build()));
        return response;
    }

    static String origin(ChatResponse response) {
        String node = response.getMetadata().get(IicpMetadata.NODE);
        Provenance all = IicpMetadata.provenance(response).orElseThrow();
        System.out.println(all);
        return node;
    }

    @Configuration(proxyBeanMethods = false)
    static class MeshConfiguration {

        @Bean
        RoutingListener routingLog() {
            return event -> {
                if (event instanceof RoutingEvent.Selected selected) {
                    System.out.println("selected " + selected.node());
                }
            };
        }

        @Bean
        IicpClientBuilderCustomizer strategy() {
            return builder -> builder.routingStrategy(RoutingStrategy.SOFTMAX_TOP_K);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InvoiceConfiguration {

        @Bean
        @IicpHandler("urn:iicp:intent:x.acme:invoice-classify:v1")
        TaskHandler invoices() {
            return task -> Map.of(
                    "category", "hardware", "fields", task.task().payload().size());
        }
    }
}
