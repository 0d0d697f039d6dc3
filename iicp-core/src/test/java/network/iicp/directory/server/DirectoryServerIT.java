package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import network.iicp.transport.ListenerStartException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryServerIT extends DirectoryFixture {

    @Test
    void both_prefixes_are_the_same_directory() {
        registered("n");
        for (String path : List.of(
                "/discover?intent=" + Nodes.CHAT,
                "/node/n",
                "/bootstrap",
                "/directory-key",
                "/registry/nodes",
                "/registry/nodes/n",
                "/registry/intents",
                "/health")) {
            assertThat(http.get("/v1" + path).text())
                    .as(path)
                    .isEqualTo(http.get("/api/v1" + path).text());
        }
    }

    @Test
    void the_url_is_one_that_can_be_used_here() {
        assertThat(server.url()).hasToString("http://127.0.0.1:%d/api".formatted(server.port()));
        restart(DirectoryServer.builder().host("::"));
        assertThat(server.url()).hasToString("http://127.0.0.1:%d/api".formatted(server.port()));
    }

    @Test
    void a_port_in_use_is_named() {
        DirectoryServer second = DirectoryServer.builder().port(server.port()).build();
        assertThatThrownBy(second::start)
                .isInstanceOf(ListenerStartException.class)
                .hasMessageContaining(Integer.toString(server.port()));
        second.close();
    }

    @Test
    void closing_twice_is_harmless_and_before_starting_too() {
        server.close();
        server.close();
        DirectoryServer never = DirectoryServer.builder().build();
        never.close();
        assertThat(never.nodeCount()).isZero();
    }

    @Test
    void the_signing_key_survives_in_its_file(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) {
        java.nio.file.Path file = folder.resolve("keys").resolve("directory.json");
        restart(DirectoryServer.builder().signingKeyFile(file));
        String first = server.publicKey();
        restart(DirectoryServer.builder().signingKeyFile(file));
        assertThat(server.publicKey()).isEqualTo(first);
    }

    @Test
    void the_public_base_url_is_told_to_nodes() {
        restart(DirectoryServer.builder().publicBaseUrl(java.net.URI.create("https://dir.example.org/")));
        assertThat(register(Nodes.registration("n")).string("directory")).isEqualTo("https://dir.example.org");
    }

    @Test
    void callers_behind_a_trusted_proxy_are_told_apart() {
        restart(DirectoryServer.builder().trustedProxies(List.of("127.0.0.1")));
        http = http.with("X-Forwarded-For", "203.0.113.7");
        assertThat(register(Nodes.registration("n")).string("observed_source_ip"))
                .isEqualTo("203.0.113.7");
    }
}
