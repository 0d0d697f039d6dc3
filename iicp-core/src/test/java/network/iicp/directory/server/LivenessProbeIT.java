package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LivenessProbeIT {

    private static final EndpointGuard LOCAL = EndpointGuard.of(EndpointScope.LOCAL, List.of());

    private final HttpTransport transport = HttpTransport.builder().build();
    private final MockWebServer node = new MockWebServer();

    @BeforeEach
    void start() throws IOException {
        node.start(InetAddress.getByName("127.0.0.1"), 0);
    }

    @AfterEach
    void stop() {
        transport.close();
        node.close();
    }

    private LivenessProbe probe(EndpointGuard guard, int places) {
        return new LivenessProbe(transport, guard, Duration.ofMillis(500), places);
    }

    private boolean answers(LivenessProbe probe, String path) throws Exception {
        return probe.answers("http://127.0.0.1:" + node.getPort() + path).get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource({"200, true", "204, true", "301, false", "302, false", "404, false", "500, false"})
    void only_a_success_counts_and_redirects_are_not_followed(int status, boolean alive) throws Exception {
        node.enqueue(new MockResponse.Builder()
                .code(status)
                .setHeader("Location", node.url("/elsewhere").toString())
                .build());
        assertThat(answers(probe(LOCAL, 1), "")).isEqualTo(alive);
        assertThat(node.getRequestCount()).isEqualTo(1);
        assertThat(node.takeRequest().getTarget()).isEqualTo("/iicp/health");
    }

    @Test
    void the_path_is_asked_under_the_prefix_of_the_endpoint() throws Exception {
        node.enqueue(new MockResponse.Builder().code(200).build());
        assertThat(answers(probe(LOCAL, 1), "/relay/w1/")).isTrue();
        assertThat(node.takeRequest().getTarget()).isEqualTo("/relay/w1/iicp/health");
    }

    @Test
    void silence_cuts_and_floods_are_no_answers() throws Exception {
        LivenessProbe probe = probe(LOCAL, 1);
        node.enqueue(new MockResponse.Builder()
                .onRequestStart(SocketEffect.Stall.INSTANCE)
                .build());
        assertThat(answers(probe, "")).isFalse();
        node.enqueue(new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build());
        assertThat(answers(probe, "")).isFalse();
        node.enqueue(new MockResponse.Builder()
                .code(200)
                .body("x".repeat(1024 * 1024))
                .build());
        assertThat(answers(probe, "")).isFalse();
        assertThat(probe.answers("http://127.0.0.1:1").get(10, TimeUnit.SECONDS))
                .isFalse();
    }

    @Test
    void what_the_guard_refuses_is_not_dialled() throws Exception {
        LivenessProbe outside = probe(EndpointGuard.of(EndpointScope.PUBLIC, List.of()), 1);
        assertThat(answers(outside, "")).isFalse();
        assertThat(node.getRequestCount()).isZero();
    }

    @Test
    void probes_at_once_are_bounded_and_places_are_given_back() throws Exception {
        LivenessProbe probe = probe(LOCAL, 1);
        node.enqueue(new MockResponse.Builder()
                .onRequestStart(SocketEffect.Stall.INSTANCE)
                .build());
        CompletableFuture<Boolean> first = probe.answers("http://127.0.0.1:" + node.getPort());
        assertThatThrownBy(() -> probe.answers("http://127.0.0.1:1"))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThat(first.get(10, TimeUnit.SECONDS)).isFalse();
        node.enqueue(new MockResponse.Builder().code(200).build());
        assertThat(answers(probe, "")).isTrue();
    }

    @Test
    void an_endpoint_that_is_no_url_gives_its_place_back() throws Exception {
        LivenessProbe probe = probe(LOCAL, 1);
        assertThatThrownBy(() -> probe.answers("http://a b")).isInstanceOf(IllegalArgumentException.class);
        node.enqueue(new MockResponse.Builder().code(200).build());
        assertThat(answers(probe, "")).isTrue();
    }
}
