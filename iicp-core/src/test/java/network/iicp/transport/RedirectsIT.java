package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.TransportException;
import network.iicp.transport.Redirects.Rule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RedirectsIT {

    private static final EndpointGuard LOCAL = EndpointGuard.of(EndpointScope.LOCAL, List.of());

    private final MockWebServer server = new MockWebServer();
    private final HttpTransport transport = HttpTransport.builder().build();

    @BeforeEach
    void start() throws Exception {
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void stop() throws Exception {
        transport.close();
        server.close();
    }

    private Redirects redirects(Rule rule) {
        return new Redirects(transport, rule, LOCAL);
    }

    private HttpCall.Builder call() {
        return HttpCall.post(server.url("/first").uri())
                .body("{}".getBytes(java.nio.charset.StandardCharsets.UTF_8), "application/json")
                .header("Authorization", "Bearer s3cret")
                .guard(LOCAL);
    }

    private void answer(int status, String location) {
        MockResponse.Builder response = new MockResponse.Builder().code(status).body("answer");
        if (location != null) {
            response.setHeader("Location", location);
        }
        server.enqueue(response.build());
    }

    private List<RecordedRequest> requests() throws InterruptedException {
        List<RecordedRequest> all = new ArrayList<>();
        while (all.size() < server.getRequestCount()) {
            all.add(server.takeRequest(5, TimeUnit.SECONDS));
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {307, 308})
    void the_same_request_goes_to_another_path_of_the_origin(int status) throws Exception {
        answer(status, "/second?x=1");
        answer(200, null);
        HttpReply reply = redirects(Rule.SAME_ORIGIN).exchange(call().build()).join();
        assertThat(reply.status()).isEqualTo(200);
        RecordedRequest second = requests().get(1);
        assertThat(second.getMethod()).isEqualTo("POST");
        assertThat(second.getTarget()).isEqualTo("/second?x=1");
        assertThat(second.getBody().utf8()).isEqualTo("{}");
        assertThat(second.getHeaders().get("Authorization")).isEqualTo("Bearer s3cret");
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 304})
    void a_redirect_that_may_change_the_method_is_an_answer(int status) {
        answer(status, "/second");
        assertThat(redirects(Rule.HTTPS).exchange(call().build()).join().status())
                .isEqualTo(status);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void after_three_in_a_row_it_is_over(Rule rule) {
        for (int i = 0; i < 5; i++) {
            answer(307, "/again");
        }
        assertThatThrownBy(() -> redirects(rule).exchange(call().build()).join())
                .hasCauseInstanceOf(EndpointRefusedException.class)
                .hasMessageContaining("more than 3 times");
        assertThat(server.getRequestCount()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:1/elsewhere", "//127.0.0.1:1/elsewhere", "https://127.0.0.1:1/elsewhere"})
    void a_node_may_not_send_a_task_to_another_origin(String target) {
        answer(307, target);
        assertThatThrownBy(() ->
                        redirects(Rule.SAME_ORIGIN).exchange(call().build()).join())
                .hasCauseInstanceOf(EndpointRefusedException.class)
                .hasMessageContaining("another origin")
                .hasMessageNotContaining("elsewhere");
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mailto:somebody", "http://", "::not a url::"})
    void a_redirect_that_leads_nowhere_is_refused(String target) {
        answer(307, target);
        assertThatThrownBy(() -> redirects(Rule.HTTPS).exchange(call().build()).join())
                .hasCauseInstanceOf(EndpointRefusedException.class);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void a_directory_may_not_send_to_another_origin_in_clear() {
        answer(307, "http://127.0.0.1:1/elsewhere");
        assertThatThrownBy(() -> redirects(Rule.HTTPS).exchange(call().build()).join())
                .hasCauseInstanceOf(EndpointRefusedException.class);
    }

    @Test
    void every_hop_is_checked_like_the_first() {
        answer(307, "https://127.0.0.1:1/elsewhere");
        Redirects redirects = new Redirects(transport, Rule.HTTPS, EndpointGuard.of(EndpointScope.PUBLIC, List.of()));
        assertThatThrownBy(() -> redirects.exchange(call().build()).join())
                .hasCauseInstanceOf(EndpointRefusedException.class)
                .hasMessageContaining("loopback");
    }

    @Test
    void a_directory_may_send_to_another_https_origin() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = free.getLocalPort();
        }
        answer(307, "https://127.0.0.1:" + closed + "/elsewhere");
        assertThatThrownBy(() -> redirects(Rule.HTTPS).exchange(call().build()).join())
                .as("it went there, and nobody listens")
                .hasCauseInstanceOf(TransportException.class);
    }

    @Test
    void what_could_be_a_credential_stays_behind() {
        HttpCall first = call().header("X-Node-Id", "me")
                .header("traceparent", "t")
                .header("Accept", "a")
                .build();
        assertThat(Redirects.harmless(first.headers())).containsOnlyKeys("Content-Type", "traceparent", "Accept");
    }

    @Test
    void cancelling_ends_the_hop_under_way() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        try (RawServer slow = new RawServer(peer -> {
            reached.countDown();
            peer.awaitClose();
        })) {
            CompletableFuture<HttpReply> call = redirects(Rule.SAME_ORIGIN)
                    .exchange(HttpCall.get(slow.uri("/")).guard(LOCAL).build());
            assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
            call.cancel(true);
            assertThat(slow.sawClose()).isTrue();
        }
    }
}
