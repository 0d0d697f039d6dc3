package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import network.iicp.directory.server.Http.Reply;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DeregistrationIT extends DirectoryFixture {

    @Test
    void takes_the_node_off_every_list_and_ends_its_token() {
        String token = registered("n");
        Reply reply = http.bearer(token).delete("/api/v1/register", Map.of("node_id", "n"));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json()).containsEntry("deregistered", true);
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        assertJsonError(beat("n", token, ""), 404, "not_found");
        assertJsonError(http.bearer(token).delete("/v1/register", Map.of("node_id", "n")), 404, "not_found");
    }

    @Test
    void works_by_header_or_token_alone_when_the_body_is_dropped() {
        String a = registered("a");
        assertThat(http.bearer(a)
                        .with("X-Node-Id", "a")
                        .send("DELETE", "/v1/register", null)
                        .status())
                .isEqualTo(200);
        String b = registered("b");
        assertThat(http.bearer(b).send("DELETE", "/v1/register", null).status()).isEqualTo(200);
        assertThat(server.nodeCount()).isZero();
    }

    @Test
    void needs_the_node_s_own_token() {
        String a = registered("a");
        registered("b");
        assertJsonError(http.bearer(a).delete("/v1/register", Map.of("node_id", "b")), 401, "unauthorized");
        assertJsonError(http.delete("/v1/register", Map.of("node_id", "b")), 401, "unauthorized");
        assertThat(server.nodeCount()).isEqualTo(2);
    }
}
