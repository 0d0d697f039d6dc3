package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Usage;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EmbeddingCallTest {

    @Test
    void texts_model_dimensions_batch_size_and_routing_go_along() {
        EmbeddingCall call = EmbeddingCall.of(
                request("a", "b")
                        .parameters(IicpEmbeddingRequestParameters.builder()
                                .modelName("bge-m3")
                                .dimensions(256)
                                .region("eu-central")
                                .qos(Qos.BATCH)
                                .node("3f2a91c0")
                                .build())
                        .build(),
                7);

        assertThat(call.request())
                .isEqualTo(network.iicp.protocol.embedding.EmbeddingRequest.of("a", "b")
                        .withModel("bge-m3")
                        .withDimensions(256)
                        .withBatchSize(7));
        assertThat(call.options())
                .isEqualTo(CallOptions.DEFAULT
                        .withRegion("eu-central")
                        .withQos(Qos.BATCH)
                        .withNode("3f2a91c0"));
    }

    @Test
    void a_value_out_of_range_is_an_invalid_request() {
        assertThatThrownBy(() -> EmbeddingCall.of(request("a").dimensions(0).build(), 5))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("dimensions must be at least 1");
    }

    @Test
    void vectors_model_tokens_and_every_provenance_come_back() {
        EmbeddingResponse response = EmbeddingCall.response(new EmbeddingResult(
                List.of(new float[] {1}, new float[] {2}),
                "m",
                new Usage(8, null, 8),
                List.of(Streams.PROVENANCE, Streams.PROVENANCE)));

        assertThat(response.embeddings())
                .containsExactly(Embedding.from(new float[] {1}), Embedding.from(new float[] {2}));
        assertThat(response.metadata())
                .isEqualTo(IicpEmbeddingResponseMetadata.builder()
                        .modelName("m")
                        .tokenUsage(new TokenUsage(8, null, 8))
                        .provenances(List.of(Streams.PROVENANCE, Streams.PROVENANCE))
                        .build());
    }

    @Test
    void tokens_that_were_not_counted_are_unknown() {
        EmbeddingResponse response = EmbeddingCall.response(
                new EmbeddingResult(List.of(new float[] {1}), "m", Usage.UNKNOWN, Streams.PROVENANCE));

        assertThat(response.tokenUsage()).isNull();
    }

    private static dev.langchain4j.model.embedding.request.EmbeddingRequest.Builder request(String... texts) {
        return dev.langchain4j.model.embedding.request.EmbeddingRequest.builder()
                .inputs(texts);
    }
}
