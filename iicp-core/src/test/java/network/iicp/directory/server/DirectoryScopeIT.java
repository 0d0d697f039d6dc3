package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import network.iicp.directory.server.Http.Reply;
import network.iicp.transport.EndpointScope;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryScopeIT extends DirectoryFixture {

    @ParameterizedTest
    @CsvSource({
        "LOCAL,   http://127.0.0.1:9484,       201",
        "LOCAL,   http://localhost:9484,       201",
        "LOCAL,   http://[::1]:9484,           201",
        "LOCAL,   https://node.example.com,    201",
        "LOCAL,   http://169.254.169.254,      422",
        "PRIVATE, http://10.1.2.3:9484,        201",
        "PRIVATE, http://node.lan:9484,        201",
        "PRIVATE, https://node.example.com,    201",
        "PRIVATE, http://192.168.1.1:9484,     422",
        "PRIVATE, http://127.0.0.1:9484,       422",
        "PRIVATE, http://169.254.169.254,      422",
        "PUBLIC,  https://node.example.com,    201",
        "PUBLIC,  http://127.0.0.1:9484,       422",
        "PUBLIC,  http://localhost:9484,       422",
        "PUBLIC,  http://10.1.2.3:9484,        422",
        "PUBLIC,  http://node.lan:9484,        422",
        "PUBLIC,  http://node:9484,            422",
        "PUBLIC,  http://0x7f000001:9484,      422",
        "PUBLIC,  http://[::ffff:10.0.0.1]:80, 422",
        "PUBLIC,  http://[fd00::1]:9484,       422"
    })
    void decides_which_endpoints_may_register(EndpointScope scope, String endpoint, int status) {
        restart(DirectoryServer.builder()
                .scope(scope)
                .privateNetworks(List.of("10.0.0.0/8", "*.lan"))
                .withoutLivenessCheck());
        Map<String, Object> registration = Nodes.registration("n");
        registration.put("endpoint", endpoint);
        Reply reply = register(registration);
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        if (status == 422) {
            assertJsonError(reply, 422, "IICP-E035");
            assertThat(reply.text()).contains("\"endpoint\":[\"IICP-E035: ");
        }
    }

    @Test
    void covers_relay_and_native_endpoints_too() {
        restart(DirectoryServer.builder().scope(EndpointScope.PUBLIC).withoutLivenessCheck());
        for (String member : List.of("relay_endpoint", "transport_endpoint")) {
            Map<String, Object> registration = Nodes.registration("n");
            registration.put("endpoint", "https://node.example.com");
            registration.put(member, member.startsWith("r") ? "http://10.0.0.1" : "iicp://10.0.0.1:9484");
            Reply reply = register(registration);
            assertJsonError(reply, 422, "IICP-E035");
            assertThat(reply.text()).contains("\"" + member + "\":[");
        }
    }

    @Test
    void follows_from_the_address_unless_set() {
        assertThat(DirectoryServer.builder().build().scope()).isEqualTo(EndpointScope.LOCAL);
        assertThat(DirectoryServer.builder().host("localhost").build().scope()).isEqualTo(EndpointScope.LOCAL);
        assertThat(DirectoryServer.builder().host("::1").build().scope()).isEqualTo(EndpointScope.LOCAL);
        assertThat(DirectoryServer.builder().host("::").build().scope()).isEqualTo(EndpointScope.PUBLIC);
        assertThat(DirectoryServer.builder().host("192.168.1.2").build().scope())
                .isEqualTo(EndpointScope.PUBLIC);
        assertThat(DirectoryServer.builder()
                        .host("::")
                        .privateNetworks(List.of("10.0.0.0/8"))
                        .build()
                        .scope())
                .isEqualTo(EndpointScope.PRIVATE);
    }

    @Test
    void beyond_one_machine_dials_back_before_it_lists() {
        restart(DirectoryServer.builder().scope(EndpointScope.PRIVATE).privateNetworks(List.of("127.0.0.0/8")));
        Map<String, Object> dead = Nodes.registration("dead");
        dead.put("endpoint", "http://127.0.0.1:1");
        Reply refused = register(dead);
        assertJsonError(refused, 422, "liveness_failed");
        assertThat(refused.member("error", "message").toString()).startsWith("IICP-E036");
        assertThat(server.nodeCount()).isZero();
        Map<String, Object> alive = Nodes.registration("alive");
        alive.put("endpoint", "http://127.0.0.1:%d/".formatted(server.port()));
        assertThat(register(alive).status()).isEqualTo(201);
        assertThat(http.get(DISCOVER).nodes().get(0))
                .containsEntry("directory_observed_reachable", true)
                .containsEntry("route_evidence", "directory_observed");
    }

    @Test
    void of_the_public_mesh_believes_a_declared_route_without_dialling() {
        restart(DirectoryServer.builder().scope(EndpointScope.PUBLIC));
        Map<String, Object> declared = Nodes.registration("n");
        declared.put("endpoint", "https://node.invalid-for-sure.example.com");
        declared.put("nat_type", "full_cone");
        declared.put("transport_method", "upnp_mapped");
        assertThat(register(declared).status()).isEqualTo(201);
        assertThat(http.get(DISCOVER).nodes())
                .as("nobody says how it is exposed")
                .isEmpty();
        assertThat(http.get(DISCOVER + "&include_internal=1").nodes()).hasSize(1);
    }
}
