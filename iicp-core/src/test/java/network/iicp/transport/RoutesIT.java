package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(30)
class RoutesIT {

    private static final CorsPolicy ANY = CorsPolicy.anyOrigin(
            List.of("GET", "POST", "OPTIONS"), List.of("Content-Type", "traceparent"), List.of("Retry-After"));

    private HttpListener listener;

    private static HttpHandler says(String text) {
        return exchange -> exchange.respond(
                200,
                Map.of("Content-Type", "text/plain"),
                (text + exchange.pathVariables()).getBytes(StandardCharsets.UTF_8));
    }

    private RawConnection.Answer ask(Routes routes, String method, String path, String... headers) throws IOException {
        if (listener == null) {
            listener = HttpListener.jetty(ListenerSettings.builder().build(), routes);
            listener.start();
        }
        try (RawConnection connection = new RawConnection(listener.port())) {
            String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
            connection.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n");
            return method.equals("HEAD") ? connection.answerToHead() : connection.answer();
        }
    }

    @AfterEach
    void stop() {
        if (listener != null) {
            listener.close();
        }
    }

    @Test
    void the_path_and_the_method_pick_the_handler() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/iicp/health", says("health"))
                .route("POST", "/v1/task", says("task"))
                .route("POST", "/v1/task/{task_id}/cancel", says("cancel"))
                .route("GET", "/v1/task/{id}/events", says("events"))
                .route("GET", "/v1/task/special/events", says("special"))
                .build();
        assertThat(ask(routes, "GET", "/iicp/health").body()).isEqualTo("health{}");
        assertThat(ask(routes, "GET", "/iicp/health?x=1").body()).isEqualTo("health{}");
        assertThat(ask(routes, "POST", "/v1/task", "Content-Length: 0").body()).isEqualTo("task{}");
        assertThat(ask(routes, "POST", "/v1/task/a%20b/cancel", "Content-Length: 0")
                        .body())
                .isEqualTo("cancel{task_id=a b}");
        assertThat(ask(routes, "GET", "/v1/task/7/events").body()).isEqualTo("events{id=7}");
        assertThat(ask(routes, "GET", "/v1/task/special/events").body()).isEqualTo("special{}");
        assertThat(routes.knows("/v1/task/9/cancel")).isTrue();
        assertThat(routes.knows("/v1/other")).isFalse();
    }

    @Test
    void an_unknown_path_is_not_found_as_JSON() throws Exception {
        Routes routes =
                Routes.builder().route("GET", "/a/{b}", says("a")).cors(ANY).build();
        for (String path : List.of("/", "/a", "/a/", "/a/b/c", "/A/b", "/a/b/")) {
            RawConnection.Answer answer = ask(routes, "GET", path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.headers()).containsEntry("content-type", "application/json");
            assertThat(answer.body())
                    .isEqualTo("{\"error\":{\"code\":\"not_found\",\"message\":\"there is nothing at this path\"}}");
            assertThat(answer.headers()).containsEntry("access-control-allow-origin", "*");
        }
    }

    @Test
    void another_method_is_not_allowed_and_told_which_are() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/a", says("a"))
                .route("POST", "/a", says("a"))
                .cors(ANY)
                .build();
        RawConnection.Answer answer = ask(routes, "DELETE", "/a");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.headers())
                .containsEntry("allow", "GET, HEAD, OPTIONS, POST")
                .containsEntry("access-control-allow-origin", "*");
        assertThat(answer.body()).contains("method_not_allowed");
    }

    @Test
    void HEAD_is_answered_by_GET() throws Exception {
        Routes routes = Routes.builder().route("GET", "/a", says("1234")).build();
        assertThat(ask(routes, "HEAD", "/a").headers()).containsEntry("content-length", "6");
        assertThat(ask(routes, "HEAD", "/b").status()).isEqualTo(404);
    }

    @Test
    void OPTIONS_is_answered_for_every_path() throws Exception {
        Routes routes =
                Routes.builder().route("POST", "/v1/task", says("a")).cors(ANY).build();
        RawConnection.Answer known = ask(routes, "OPTIONS", "/v1/task", "Origin: https://app.example");
        assertThat(known.status()).isEqualTo(204);
        assertThat(known.headers())
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-allow-methods", "GET, POST, OPTIONS")
                .containsEntry("access-control-allow-headers", "Content-Type, traceparent")
                .containsEntry("access-control-expose-headers", "Retry-After")
                .containsEntry("access-control-max-age", "86400")
                .containsEntry("allow", "OPTIONS, POST");
        assertThat(ask(routes, "OPTIONS", "/nothing").status()).isEqualTo(204);
        assertThat(ask(routes, "OPTIONS", "*").status()).isEqualTo(204);
    }

    @Test
    void listed_origins_are_echoed_and_others_get_nothing() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/a", says("a"))
                .cors(ANY.withOrigins(Set.of("https://app.example")))
                .build();
        assertThat(ask(routes, "GET", "/a", "Origin: https://app.example").headers())
                .containsEntry("access-control-allow-origin", "https://app.example")
                .containsEntry("vary", "Origin");
        RawConnection.Answer other = ask(routes, "GET", "/a", "Origin: https://evil.example");
        assertThat(other.headers())
                .doesNotContainKey("access-control-allow-origin")
                .containsEntry("vary", "Origin");
        assertThat(ask(routes, "OPTIONS", "/a", "Origin: https://evil.example").headers())
                .doesNotContainKey("access-control-allow-methods");
    }

    @Test
    void without_a_policy_there_are_no_CORS_headers() throws Exception {
        Routes routes = Routes.builder().route("GET", "/a", says("a")).build();
        assertThat(ask(routes, "GET", "/a", "Origin: https://app.example")
                        .headers()
                        .keySet())
                .noneMatch(name -> name.startsWith("access-control"));
    }

    @Test
    void every_failure_of_a_handler_has_CORS_headers() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/bug", exchange -> {
                    throw new IllegalStateException("a detail");
                })
                .route("GET", "/refused", exchange -> {
                    throw new RequestRefusedException(ErrorCode.RATE_LIMITED, "too many");
                })
                .route("GET", "/later", exchange -> CompletableFuture.supplyAsync(() -> {
                            throw new RequestRefusedException(ErrorCode.VALIDATION_ERROR, "bad value");
                        })
                        .join())
                .cors(ANY)
                .build();
        RawConnection.Answer bug = ask(routes, "GET", "/bug");
        assertThat(bug.status()).isEqualTo(500);
        assertThat(bug.body()).contains("internal_error").doesNotContain("detail");
        assertThat(bug.headers()).containsEntry("access-control-allow-origin", "*");
        RawConnection.Answer refused = ask(routes, "GET", "/refused");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body())
                .isEqualTo(
                        "{\"error\":{\"code\":\"rate_limited\",\"iicp_code\":\"IICP-E023\",\"message\":\"too many\"}}");
        assertThat(refused.headers()).containsEntry("access-control-allow-origin", "*");
        assertThat(ask(routes, "GET", "/later").status()).isEqualTo(422);
    }

    @Test
    void streams_have_CORS_headers_too() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/events", exchange -> exchange.startEvents(Map.of())
                        .close())
                .cors(ANY)
                .build();
        RawConnection.Answer answer = ask(routes, "GET", "/events");
        assertThat(answer.headers())
                .containsEntry("content-type", "text/event-stream")
                .containsEntry("access-control-allow-origin", "*");
    }

    @Test
    void a_path_variable_that_is_not_there_is_a_bug() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/a/{x}", exchange -> {
                    assertThatThrownBy(() -> exchange.pathVariable("y")).isInstanceOf(IllegalArgumentException.class);
                    exchange.respond(200, Map.of(), exchange.pathVariable("x").getBytes(StandardCharsets.UTF_8));
                })
                .build();
        assertThat(ask(routes, "GET", "/a/5").body()).isEqualTo("5");
    }

    @Test
    void malformed_and_doubled_routes_are_refused() {
        HttpHandler any = says("");
        Routes.Builder builder = Routes.builder().route("GET", "/a/{x}", any).route("POST", "/a/{y}", any);
        for (String template : List.of("", "a", "/{", "/{}", "/a{b}", "/{a b}", "/{x}/{x}")) {
            assertThatThrownBy(() -> builder.route("GET", template, any))
                    .as(template)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.route("GET", "/a/{other}", any)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.route("G T", "/b", any)).isInstanceOf(IllegalArgumentException.class);
    }
}
