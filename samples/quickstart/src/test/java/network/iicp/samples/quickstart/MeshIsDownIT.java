package network.iicp.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ActiveProfiles;

@DisplayNameGeneration(ReplaceUnderscores.class)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "iicp.directory-url=http://127.0.0.1:1/api")
@ActiveProfiles("web")
class MeshIsDownIT {

    private final HttpClient http = HttpClient.newHttpClient();

    @LocalServerPort
    int port;

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    @Test
    void the_application_starts_and_says_what_is_wrong_when_asked() throws Exception {
        HttpResponse<String> answer = get("/ask?q=Hello");

        assertThat(answer.statusCode()).isIn(502, 503);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"code\":").contains("127.0.0.1:1");
    }

    @Test
    void a_stream_ends_with_what_is_wrong() throws Exception {
        HttpResponse<String> stream = get("/ask/stream?q=Hello");

        assertThat(stream.body()).contains("event:failed").contains("127.0.0.1:1");
    }
}
