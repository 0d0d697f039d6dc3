package network.iicp.samples.guides;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.moderation.ModerationModel;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.service.AiServices;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import network.iicp.IicpClient;
import network.iicp.langchain4j.IicpAudioTranscriptionModel;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.langchain4j.IicpChatRequestParameters;
import network.iicp.langchain4j.IicpChatResponseMetadata;
import network.iicp.langchain4j.IicpEmbeddingModel;
import network.iicp.langchain4j.IicpModerationModel;
import network.iicp.langchain4j.IicpScoringModel;
import network.iicp.langchain4j.IicpStreamingChatModel;
import network.iicp.langchain4j.IicpTextToSpeechModel;
import network.iicp.protocol.speech.SpeechFormat;

/** The examples of docs/langchain4j.md. */
final class LangChain4jExamples {

    private LangChain4jExamples() {}

    static String chat(IicpClient client) {
        ChatModel model = IicpChatModel.builder().client(client).build();
        String answer = model.chat("Hello from IICP!");
        return answer;
    }

    interface Assistant {
        String answer(String question);
    }

    static String service(ChatModel model) {
        Assistant assistant = AiServices.create(Assistant.class, model);
        return assistant.answer("What is a mesh network?");
    }

    static ChatResponse stream(IicpClient client) {
        StreamingChatModel model =
                IicpStreamingChatModel.builder().client(client).build();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        model.chat("Tell me a story.", new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String text) {
                System.out.print(text);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                end.completeExceptionally(failure);
            }
        });
        return end.join();
    }

    static Embedding embed(IicpClient client) {
        EmbeddingModel model = IicpEmbeddingModel.builder()
                .client(client)
                .modelName("iicp-demo")
                .build();
        Embedding vector = model.embed("some text").content();
        return vector;
    }

    static boolean moderate(IicpClient client) {
        ModerationModel model = IicpModerationModel.builder().client(client).build();
        boolean flagged = model.moderate("I hate it").content().flagged();
        return flagged;
    }

    static List<Double> score(IicpClient client) {
        ScoringModel model = IicpScoringModel.builder().client(client).build();
        List<Double> scores = model.scoreAll(List.of(TextSegment.from("cats"), TextSegment.from("dogs")), "Who purrs?")
                .content();
        return scores;
    }

    static String speak(IicpClient client) {
        Audio spoken = IicpTextToSpeechModel.builder()
                .client(client)
                .format(SpeechFormat.WAV)
                .build()
                .synthesize("good morning")
                .audio();
        String heard =
                IicpAudioTranscriptionModel.builder().client(client).build().transcribeToText(spoken);
        return heard;
    }

    static String origin(ChatModel model) {
        ChatResponse response = model.chat(ChatRequest.builder()
                .messages(UserMessage.from("Hello"))
                .parameters(IicpChatRequestParameters.builder()
                        .region("eu-central")
                        .timeout(Duration.ofSeconds(20))
                        .build())
                .build());
        if (response.metadata() instanceof IicpChatResponseMetadata metadata) {
            return metadata.provenance().node();
        }
        return "";
    }
}
