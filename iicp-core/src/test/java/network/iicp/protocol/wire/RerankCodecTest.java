package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.reranking.RerankRequest;
import network.iicp.protocol.reranking.RerankResult.Ranked;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RerankCodecTest {

    private static final RerankRequest THREE = RerankRequest.of("q", List.of("a", "b", "c"));

    @Test
    void the_payload_has_the_members_of_the_registry_and_no_other() {
        assertThat(Json.text(RerankCodec.encode(THREE.withTopK(2).withModel("m"))))
                .isEqualTo("{\"query\":\"q\",\"candidates\":[\"a\",\"b\",\"c\"],\"top_k\":2,\"return_scores\":true}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"results\":[{\"index\":1,\"relevance_score\":0.5},{\"index\":2,\"score\":0.9},{\"index\":0,\"score\":0.1}]}",
                "{\"data\":[{\"index\":0,\"score\":0.1},{\"index\":1,\"score\":0.5},{\"index\":2,\"score\":0.9}]}",
                "{\"scores\":[0.1,0.5,0.9]}",
                "[0.1,0.5,0.9]"
            })
    void scores_decide_the_order_whatever_the_form(String json) {
        assertThat(RerankCodec.decodeResult(Answers.of(json), THREE).ranking())
                .containsExactly(new Ranked(2, 0.9), new Ranked(1, 0.5), new Ranked(0, 0.1));
    }

    @Test
    void without_scores_the_order_of_the_answer_holds() {
        assertThat(RerankCodec.decodeResult(
                                Answers.of("{\"results\":[{\"index\":1},{\"index\":0},{\"index\":2}]}"), THREE)
                        .ranking())
                .containsExactly(new Ranked(1, null), new Ranked(0, null), new Ranked(2, null));
    }

    @Test
    void only_as_many_as_asked_for_are_returned() {
        assertThat(RerankCodec.decodeResult(Answers.of("[0.1,0.5,0.9]"), THREE.withTopK(1))
                        .ranking())
                .containsExactly(new Ranked(2, 0.9));
        assertThat(THREE.withTopK(9).expected()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[0.1,0.2]",
                "[0.1,0.2,0.3,0.4]",
                "{\"results\":[{\"index\":0},{\"index\":0},{\"index\":1}]}",
                "{\"results\":[{\"index\":0},{\"index\":1},{\"index\":3}]}",
                "{\"results\":[{\"index\":0},{\"index\":1},{\"index\":-1}]}",
                "{\"results\":[{\"index\":0},{\"index\":1},{}]}",
                "{\"results\":[\"a\",\"b\",\"c\"]}"
            })
    void an_answer_that_does_not_rank_the_candidates_is_a_violation(String json) {
        assertThatThrownBy(() -> RerankCodec.decodeResult(Answers.of(json), THREE))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatThrownBy(() -> RerankRequest.of(" ", List.of("a"))).hasMessageContaining("query");
        assertThatThrownBy(() -> RerankRequest.of("q", List.of())).hasMessageContaining("candidate");
        assertThatThrownBy(() -> THREE.withTopK(0)).hasMessageContaining("was 0");
    }
}
