package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import network.iicp.IicpClient;
import network.iicp.client.RouteExplanation.Candidate;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.json.Json;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ExplainIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    @Test
    void candidates_are_ranked_and_the_others_have_reasons_and_nobody_hears_of_it() {
        FakeNode one = mesh.node(job -> job.say("one"));
        FakeNode two = mesh.node(job -> job.say("two"));
        FakeNode keyless = mesh.node(job -> job.say("three")).withoutKey();
        RouteExplanation explanation = mesh.client().explain(HELLO);
        assertThat(explanation.candidates())
                .extracting(Candidate::node, Candidate::rank, Candidate::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("00000001", 1, null),
                        org.assertj.core.groups.Tuple.tuple("00000002", 2, null),
                        org.assertj.core.groups.Tuple.tuple("00000003", 0, "missing_encryption_key"));
        assertThat(explanation.selection()).isEqualTo("epsilon");
        assertThat(explanation.source()).isEqualTo("directory");
        assertThat(explanation.toString()).contains("1. 00000001").contains("missing_encryption_key");
        for (FakeNode node : List.of(one, two, keyless)) {
            assertThat(node.server().requests()).isEmpty();
            assertThat(explanation.toString()).doesNotContain(node.server().url());
        }
    }

    @Test
    void what_the_client_has_seen_of_a_node_is_part_of_it() {
        mesh.node(job -> job.line().json(502, "{}"));
        mesh.node(job -> job.say("two"));
        IicpClient client = mesh.client(b -> b.routingStrategy(RoutingStrategy.DETERMINISTIC));
        client.chat(HELLO);
        client.chat(HELLO);
        List<Candidate> candidates = client.explain(HELLO).candidates();
        assertThat(candidates).extracting(Candidate::node).containsExactly("00000002", "00000001");
        assertThat(candidates.get(0).latency()).isNotNull();
        assertThat(candidates.get(1).errorRate()).isGreaterThan(0.4);
        assertThat(candidates).extracting(Candidate::inFlight).containsOnly(0);
    }

    @Test
    void an_open_breaker_is_named_and_the_last_resort_too() {
        mesh.node(job -> job.line().json(502, "{}"));
        IicpClient client = mesh.client(b -> b.maxAttempts(1));
        for (int i = 0; i < 5; i++) {
            assertThat(catchThrowableOfType(IicpException.class, () -> client.chat(HELLO)))
                    .isNotNull();
        }
        assertThat(client.explain(HELLO).candidates()).singleElement().satisfies(candidate -> {
            assertThat(candidate.breaker()).isEqualTo("open");
            assertThat(candidate.rank()).isEqualTo(1);
            assertThat(candidate.reason()).isEqualTo("last_resort");
        });
    }

    @Test
    void an_empty_mesh_is_an_empty_list() {
        assertThat(mesh.client().explain(HELLO).candidates()).isEmpty();
    }

    @Test
    void a_missing_model_is_named_when_the_directory_knows_no_node() {
        ChatRequest wanted =
                ChatRequest.builder().user("hello").model("llama3:70b").build();
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(wanted));
        assertThat(failure).isInstanceOf(NoProviderException.class).hasMessageContaining("llama3:70b");
    }

    @Test
    void a_missing_model_is_named_when_nodes_serve_others() {
        mesh.node(job -> job.say("never"));
        ChatRequest wanted =
                ChatRequest.builder().user("hello").model("llama3:70b").build();
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(wanted));
        assertThat(failure)
                .isInstanceOf(NoProviderException.class)
                .hasMessageContaining("none of the 1 nodes")
                .hasMessageContaining("llama3:70b");
        assertThat(failure.leftOut()).extracting("reason").containsExactly("model_not_served");
    }

    @Test
    void a_node_that_is_not_there_is_named() {
        mesh.node(job -> job.say("never"));
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client().chat(HELLO, CallOptions.DEFAULT.withNode("ffffffff-away")));
        assertThat(failure).isInstanceOf(NoProviderException.class).hasMessageContaining("ffffffff");
    }

    @Test
    void a_chat_with_a_picture_goes_first_to_a_node_that_says_it_can_see() {
        FakeNode blind = mesh.node(job -> job.say("blind"));
        FakeNode seeing = mesh.node(job -> job.say("seeing"));
        Map<String, Object> described = new java.util.LinkedHashMap<>(seeing.description(0.1));
        described.put("models", List.of("qwen2-vl:7b"));
        mesh.directory((request, line) ->
                line.json(200, Json.text(Map.of("nodes", List.of(blind.description(0.9), described)))));
        ChatRequest picture = ChatRequest.builder()
                .message(new network.iicp.protocol.chat.ChatMessage.User(
                        List.of(
                                new network.iicp.protocol.chat.ContentPart.Text("What is this?"),
                                new network.iicp.protocol.chat.ContentPart.Image("data:image/png;base64,AAAA", null)),
                        null))
                .build();
        ChatResult result = mesh.client().chat(picture);
        assertThat(result.text()).isEqualTo("seeing");
        assertThat(mesh.client().chat(HELLO).text()).isEqualTo("blind");
    }
}
