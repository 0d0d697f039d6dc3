package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import network.iicp.directory.server.Http.Reply;
import network.iicp.transport.CorsPolicy;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BadRequestIT extends DirectoryFixture {

    @ParameterizedTest
    @CsvSource({
        "GET, /, 404, not_found",
        "GET, /v1, 404, not_found",
        "GET, /v2/discover, 404, not_found",
        "GET, /v1/discover/, 404, not_found",
        "POST, /v1/dispatch, 404, not_found",
        "POST, /api/v1/dispatch/tickets, 404, not_found",
        "GET, /v1/credits/balance, 404, not_found",
        "POST, /v1/discover, 405, method_not_allowed",
        "GET, /v1/register, 405, method_not_allowed",
        "PUT, /api/v1/register, 405, method_not_allowed",
        "PATCH, /v1/heartbeat, 405, method_not_allowed",
        "DELETE, /v1/me, 405, method_not_allowed",
        "GET, /v1/dispatch/ticket, 405, method_not_allowed",
        "BREW, /v1/discover, 405, method_not_allowed"
    })
    void get_json_for_every_path_and_method(String method, String path, int status, String code) {
        assertJsonError(http.send(method, path, method.equals("GET") ? null : "{}"), status, code);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    nonsense          | 400 | invalid_http_body
                    {"a":             | 400 | invalid_http_body
                    {"a":1}}          | 400 | invalid_http_body
                    {"a":1,"a":2}     | 400 | invalid_http_body
                    []                | 422 | validation_error
                    null              | 422 | validation_error
                    "text"            | 422 | validation_error
                    {}                | 422 | validation_error
                    """)
    void get_json_for_every_body(String body, int status, String code) {
        assertJsonError(http.send("POST", "/v1/register", body), status, code);
    }

    @Test
    void are_bounded_in_size_and_depth() {
        assertJsonError(
                http.send("POST", "/v1/register", "{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}"),
                400,
                "invalid_http_body");
        assertJsonError(
                http.send("POST", "/v1/register", "{\"a\":\"" + "x".repeat(300_000) + "\"}"), 413, "request_too_large");
    }

    @Test
    void of_another_type_are_refused_because_pages_could_send_them() {
        assertJsonError(
                http.with("Content-Type", "text/plain").post("/v1/register", Nodes.registration("n")),
                415,
                "unsupported_media_type");
        assertThat(http.with("Content-Type", "application/json; charset=utf-8")
                        .post("/v1/register", Nodes.registration("n"))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void of_pages_are_refused_unless_their_origin_is_allowed() {
        Http page = http.with("Origin", "https://evil.example");
        assertJsonError(page.post("/v1/register", Nodes.registration("n")), 403, "forbidden");
        assertThat(page.get(DISCOVER).header("access-control-allow-origin")).isEmpty();
        restart(DirectoryServer.builder()
                .cors(CorsPolicy.anyOrigin(
                                List.of("GET", "POST", "DELETE"), List.of("Content-Type", "Authorization"), List.of())
                        .withOrigins(java.util.Set.of("https://app.example"))));
        Http allowed = http.with("Origin", "https://app.example");
        Reply reply = allowed.post("/v1/register", Nodes.registration("n"));
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.header("access-control-allow-origin")).isEqualTo("https://app.example");
        assertJsonError(
                http.with("Origin", "https://evil.example").post("/v1/register", Nodes.registration("m")),
                403,
                "forbidden");
        assertThat(allowed.send("OPTIONS", "/v1/register", null).status()).isEqualTo(204);
    }

    @Test
    void are_limited_for_reading_too() {
        restart(DirectoryServer.builder().rateLimits(new RateLimits(0, 0, 2)));
        http.get(DISCOVER);
        http.get(DISCOVER);
        assertJsonError(http.get(DISCOVER), 429, "rate_limited");
        assertThat(http.get("/v1/directory-key").status())
                .as("each endpoint counts by itself")
                .isEqualTo(200);
    }
}
