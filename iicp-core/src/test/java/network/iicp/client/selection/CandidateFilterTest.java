package network.iicp.client.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.EndpointGuard;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CandidateFilterTest {

    private final CandidateFilter filter = new CandidateFilter(EndpointGuard.unrestricted(), false, Clock.systemUTC());

    private Optional<String> rejection(String wantedModel, String... served) {
        NodeDescriptor node = new NodeDescriptor(
                "n",
                URI.create("http://127.0.0.1:9484"),
                1.0,
                true,
                null,
                null,
                List.of(served),
                List.of(),
                null,
                null,
                null,
                List.of(),
                Map.of());
        return filter.rejection(node, new CandidateFilter.Wanted(null, wantedModel, null));
    }

    @Test
    void a_node_with_another_model_is_left_out() {
        assertThat(rejection("m1", "m2")).contains("model_not_served");
        assertThat(rejection("m2", "m1", "m2")).isEmpty();
    }

    @Test
    void a_node_that_does_not_say_its_models_may_have_it() {
        assertThat(rejection("m1")).isEmpty();
    }

    @Test
    void a_model_without_a_tag_is_the_latest_as_on_the_node() {
        assertThat(rejection("llama3", "llama3:latest")).isEmpty();
        assertThat(rejection("llama3", "llama3:8b")).contains("model_not_served");
    }
}
