package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EmbeddingCodecTest {

    private static final Provenance PROVENANCE =
            new Provenance("550e8400-e29b-41d4-a716-446655440000", "abcdefgh", null, "m", true, false, "t", List.of());

    @Test
    void vectors_come_back_in_the_order_of_the_texts() {
        EmbeddingResult result =
                decode("{\"data\":[{\"index\":1,\"embedding\":[3,4.5]},{\"index\":0,\"embedding\":[1,2]}]}", 2);
        assertThat(result.vectors().get(0)).containsExactly(1f, 2f);
        assertThat(result.vectors().get(1)).containsExactly(3f, 4.5f);
    }

    @Test
    void base64_vectors_are_read() {
        assertThat(decode("{\"data\":[{\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}]}", 1)
                        .vector())
                .containsExactly(1f, 2f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"data\":[]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1,2]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[\"x\"]}]}",
                "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":\"%%\"}]}"
            })
    void a_set_of_vectors_that_does_not_fit_the_texts_is_a_violation(String json) {
        assertThatThrownBy(() -> decode(json, 2)).isInstanceOf(ProtocolViolationException.class);
    }

    private static EmbeddingResult decode(String json, int expected) {
        return EmbeddingCodec.decodeResult(Answers.of(json, PROVENANCE), expected);
    }
}
