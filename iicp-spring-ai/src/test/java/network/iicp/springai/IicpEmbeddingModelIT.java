package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.LocalMesh;
import network.iicp.json.Json;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.util.MimeTypeUtils;

/** The embedding model, through a directory and a node on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IicpEmbeddingModelIT {

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final ScriptedEngine engine = ScriptedEngine.buffered(context -> ScriptedEngine.vectors(context.task()));
    private LocalMesh mesh;

    @BeforeEach
    void start() {
        mesh = LocalMesh.start(setup -> setup.node(engine));
    }

    @AfterEach
    void stop() {
        mesh.close();
    }

    private IicpEmbeddingModel model() {
        return builder().build();
    }

    private IicpEmbeddingModel.Builder builder() {
        return IicpEmbeddingModel.builder().client(mesh.client()).observationRegistry(registry);
    }

    @Test
    void vectors_come_in_the_order_of_the_texts() {
        EmbeddingResponse response = model().embedForResponse(List.of("a", "bbb", "cc"));

        assertThat(response.getResults())
                .extracting(embedding -> embedding.getOutput()[0])
                .containsExactly(1f, 3f, 2f);
        assertThat(response.getMetadata().getModel()).isEqualTo(ScriptedEngine.MODEL);
        assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(3);
        assertThat(IicpMetadata.provenance(response).orElseThrow().encrypted()).isTrue();
    }

    @Test
    void one_text_gives_one_vector() {
        assertThat(model().embed("four")).containsExactly(4f, 0.5f, -1f);
    }

    @Test
    void options_reach_the_node_over_the_defaults() {
        IicpEmbeddingModel model = builder()
                .options(IicpEmbeddingOptions.builder()
                        .model(ScriptedEngine.MODEL)
                        .priority(Priority.LOW)
                        .totalTimeout(Duration.ofSeconds(9))
                        .build())
                .build();

        model.call(new EmbeddingRequest(
                List.of("x"),
                IicpEmbeddingOptions.builder().dimensions(3).qos(Qos.BATCH).build()));

        Task task = engine.onlyTask();
        assertThat(Json.text(task.payload()))
                .contains("\"input\":[\"x\"]", "\"model\":\"test-model\"", "\"dimensions\":3");
        assertThat(task.constraints().qos()).isEqualTo(Qos.BATCH);
        assertThat(task.constraints().priority()).isEqualTo(Priority.LOW);
        assertThat(task.constraints().timeout()).isLessThanOrEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void foreign_options_are_understood() {
        model().call(new EmbeddingRequest(
                List.of("x"),
                EmbeddingOptions.builder().model(ScriptedEngine.MODEL).build()));
        model().call(new EmbeddingRequest(List.of("x"), null));

        assertThat(engine.tasks()).hasSize(2);
        assertThat(Json.text(engine.tasks().get(0).payload())).contains("\"model\":\"test-model\"");
    }

    @Test
    void a_document_is_embedded_with_its_metadata() {
        Document document = new Document("text", Map.of("author", "Ada"));

        model().embed(document);
        builder().metadataMode(MetadataMode.NONE).build().embed(document);

        assertThat(Json.text(engine.tasks().get(0).payload())).contains("author: Ada", "text");
        assertThat(Json.text(engine.tasks().get(1).payload())).contains("[\"text\"]");
    }

    @Test
    void documents_are_embedded_in_batches() {
        BatchingStrategy pairs = documents -> List.of(documents.subList(0, 2), documents.subList(2, 3));

        List<float[]> vectors =
                model().embed(List.of(new Document("a"), new Document("bb"), new Document("ccc")), null, pairs);

        assertThat(vectors).extracting(vector -> vector[0]).containsExactly(1f, 2f, 3f);
        assertThat(engine.tasks()).hasSize(2);
    }

    @Test
    void a_document_of_media_alone_is_refused() {
        Document picture = Document.builder()
                .media(Media.builder()
                        .mimeType(MimeTypeUtils.IMAGE_PNG)
                        .data(new byte[] {1})
                        .build())
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().embed(picture))
                .withMessageContaining("has no text");
    }

    @Test
    void dimensions_are_those_of_the_options() {
        IicpEmbeddingModel model = builder()
                .options(IicpEmbeddingOptions.builder().dimensions(256).build())
                .build();

        assertThat(model.dimensions()).isEqualTo(256);
        assertThat(engine.tasks()).isEmpty();
    }

    @Test
    void dimensions_are_asked_for_once_at_most() {
        IicpEmbeddingModel model = model();

        assertThat(model.dimensions()).isEqualTo(3);
        assertThat(model.dimensions()).isEqualTo(3);
        assertThat(engine.tasks()).hasSize(1);
    }

    @Test
    void dimensions_are_learnt_from_answers_to_the_default_options_only() {
        IicpEmbeddingModel model = model();
        model.call(new EmbeddingRequest(
                List.of("x"),
                EmbeddingOptions.builder().model(ScriptedEngine.MODEL).build()));
        model.embed("x");

        assertThat(model.dimensions()).isEqualTo(3);
        assertThat(engine.tasks()).hasSize(2);
    }

    @Test
    void no_texts_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model().embed(List.<String>of()))
                .withMessageContaining("at least one text");
    }

    @Test
    void failures_are_those_of_the_mesh() {
        assertThatExceptionOfType(NoProviderException.class).isThrownBy(() -> model().call(new EmbeddingRequest(
                List.of("x"),
                EmbeddingOptions.builder().model("nobody-has-this").build())));
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasBeenStopped()
                .hasError();
    }

    @Test
    void calls_are_observed() {
        builder()
                .options(IicpEmbeddingOptions.builder()
                        .model(ScriptedEngine.MODEL)
                        .dimensions(3)
                        .build())
                .build()
                .embed("x");

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasBeenStarted()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "embedding")
                .hasLowCardinalityKeyValue("gen_ai.system", "iicp")
                .hasLowCardinalityKeyValue("gen_ai.request.model", ScriptedEngine.MODEL)
                .hasLowCardinalityKeyValue("gen_ai.response.model", ScriptedEngine.MODEL)
                .hasHighCardinalityKeyValue("gen_ai.request.embedding.dimensions", "3")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "1");
    }

    @Test
    void a_builder_needs_a_client() {
        assertThatIllegalStateException()
                .isThrownBy(() -> IicpEmbeddingModel.builder().build());
    }
}
