package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Qos;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverQuery.NodeClass;
import network.iicp.protocol.registration.DiscoverReply;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DiscoverCodecTest {

    @Test
    void only_what_is_set_goes_into_the_query() {
        assertThat(DiscoverCodec.queryString(DiscoverQuery.of(Intent.LLM_CHAT)))
                .isEqualTo("intent=urn%3Aiicp%3Aintent%3Allm%3Achat%3Av1&limit=10");
    }

    @Test
    void everything_is_percent_encoded() {
        DiscoverQuery query = DiscoverQuery.builder(Intent.LLM_CHAT)
                .limit(5)
                .qos(Qos.BEST_EFFORT)
                .region("eu central&x=1")
                .models(List.of("llama3:8b", "größer+"))
                .minReputation(0.7)
                .maxMultiplier(2.0)
                .minScore(0.5)
                .modality(Modality.IMAGE)
                .nodeClasses(NodeClass.CIP_CAPABLE, NodeClass.RELAY_CAPABLE, NodeClass.INTERNAL)
                .build();
        assertThat(DiscoverCodec.queryString(query))
                .isEqualTo(
                        "intent=urn%3Aiicp%3Aintent%3Allm%3Achat%3Av1&limit=5&qos=best-effort&region=eu%20central%26x%3D1"
                                + "&model=llama3%3A8b%2Cgr%C3%B6%C3%9Fer%2B&min_reputation=0.7&max_multiplier=2.0&min_quality_score=0.5"
                                + "&modality=image&cip_capable=1&relay_capable=1&include_internal=1");
    }

    @Test
    void one_bad_node_never_spoils_the_list() {
        List<Object> nodes = new ArrayList<>();
        nodes.add(node("a"));
        nodes.add("garbage");
        nodes.add(null);
        nodes.add(Map.of("node_id", "no-endpoint"));
        nodes.add(node("b"));
        DiscoverReply reply = DiscoverCodec.decode(Map.of("nodes", nodes, "relay_available", true), 10);
        assertThat(reply.nodes()).extracting(NodeDescriptor::id).containsExactly("a", "b");
        assertThat(reply.skipped()).isEqualTo(3);
        assertThat(reply.relayAvailable()).isTrue();
    }

    @Test
    void a_repeated_id_counts_once_and_the_first_wins() {
        Map<String, Object> twin = Map.of("node_id", "a", "endpoint", "http://other.example");
        DiscoverReply reply = DiscoverCodec.decode(Map.of("nodes", List.of(node("a"), twin)), 10);
        assertThat(reply.nodes())
                .singleElement()
                .extracting(n -> n.endpoint().getHost())
                .isEqualTo("a.example");
        assertThat(reply.skipped()).isEqualTo(1);
    }

    @Test
    void a_flood_is_cut_at_the_limit() {
        List<Object> nodes = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            nodes.add(node("n" + i));
        }
        DiscoverReply reply = DiscoverCodec.decode(Map.of("nodes", nodes), 5);
        assertThat(reply.count()).isEqualTo(5);
        assertThat(reply.skipped()).isEqualTo(9_995);
    }

    @Test
    void an_answer_without_a_list_is_a_violation_by_the_directory() {
        for (Map<String, Object> json :
                List.<Map<String, Object>>of(Map.of(), Map.of("nodes", Map.of()), Map.of("nodes", "none"))) {
            assertThatThrownBy(() -> DiscoverCodec.decode(json, 10))
                    .isInstanceOf(ProtocolViolationException.class)
                    .extracting(e -> ((IicpException) e).component())
                    .isEqualTo(ErrorComponent.DIRECTORY);
        }
    }

    private static Map<String, Object> node(String id) {
        return Map.of("node_id", id, "endpoint", "http://%s.example".formatted(id));
    }
}
