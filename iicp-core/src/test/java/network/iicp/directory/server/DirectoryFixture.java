package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import network.iicp.directory.server.Http.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A local directory on a free port, with a clock that stands still, and what tests say to it. */
abstract class DirectoryFixture {

    static final String DISCOVER = "/api/v1/discover?intent=" + Nodes.CHAT;

    final FakeClock clock = new FakeClock();
    DirectoryServer server = DirectoryServer.builder().build();
    Http http = new Http("");

    @BeforeEach
    void start() {
        restart(DirectoryServer.builder());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Puts another directory in the place of the running one. */
    void restart(DirectoryServer.Builder builder) {
        server.close();
        server = builder.port(0).clock(clock).build();
        server.start();
        http = new Http("http://127.0.0.1:" + server.port());
    }

    Reply register(Map<String, Object> registration) {
        return http.post("/api/v1/register", registration);
    }

    /** Registers a node that is accepted, and returns its token. */
    String registered(String id) {
        Reply reply = register(Nodes.registration(id));
        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        return reply.string("node_token");
    }

    /** Sends a heartbeat; {@code more} are further members, each with a comma before it. */
    Reply beat(String id, String token, String more) {
        return http.bearer(token).send("POST", "/api/v1/heartbeat", "{\"node_id\":\"%s\"%s}".formatted(id, more));
    }

    static void assertJsonError(Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.header("content-type")).startsWith("application/json");
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.member("error", "message")).isNotEqualTo("null");
        assertThat(reply.text()).doesNotContain("Exception", "\tat ", "/work");
    }
}
