package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import network.iicp.protocol.Deadline;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HttpCallTest {

    private static final URI URL = URI.create("https://node-1234567890.example.com/v1/task?secret=1");

    @Test
    void the_defaults_are_narrow() {
        HttpCall call = HttpCall.get(URL).build();
        assertThat(call.method()).isEqualTo("GET");
        assertThat(call.body()).isNull();
        assertThat(call.maxBytes()).isEqualTo(1024 * 1024);
        assertThat(call.idle()).isEqualTo(Duration.ofSeconds(30));
        assertThat(call.deadline().remaining()).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(30));
        assertThat(call.guard().scope()).isEqualTo(EndpointScope.PUBLIC);
        assertThat(call.guard().isUnrestricted()).isFalse();
    }

    @Test
    void a_header_replaces_one_of_the_same_name() {
        HttpCall call = HttpCall.post(URL)
                .header("x-a", "1")
                .headers(Map.of("X-A", "2"))
                .json(Map.of("a", 1))
                .header("CONTENT-TYPE", "application/iicp+json")
                .build();
        assertThat(call.headers()).isEqualTo(Map.of("X-A", "2", "CONTENT-TYPE", "application/iicp+json"));
        assertThat(call.body()).asString().isEqualTo("{\"a\":1}");
    }

    @Test
    void a_trace_is_carried_without_its_state() {
        TraceContext trace = TraceContext.root(new Random(1));
        assertThat(HttpCall.get(URL).trace(trace).build().headers())
                .isEqualTo(Map.of("traceparent", trace.traceparent()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "connection",
                "Content-Length",
                "UPGRADE",
                "expect",
                "Transfer-Encoding",
                "Accept-Encoding",
                "TE"
            })
    void headers_of_the_transport_are_refused(String name) {
        assertThatThrownBy(() -> HttpCall.get(URL).header(name, "x").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void a_header_that_could_begin_another_is_refused_without_showing_its_value() {
        for (String value : List.of("secret\r\nX: y", "secret\n", "secret\0", "secret\u2028", "secret\u007F")) {
            assertThatThrownBy(() -> HttpCall.get(URL).header("X-A", value).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("X-A")
                    .hasMessageNotContaining("secret");
        }
        assertThatThrownBy(() -> HttpCall.get(URL).header("X A\r\n", "1").build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bad_values_are_refused() {
        assertThatThrownBy(() -> HttpCall.request("GE T", URL).build()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.request("CONNECT", URL).build()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.get(URL).maxBytes(0).build()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.get(URL).idle(Duration.ZERO).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_text_form_shows_no_path_header_or_body_and_shortens_strangers() {
        HttpCall.Builder call = HttpCall.post(URL)
                .header("Authorization", "Bearer token")
                .body(new byte[5], "text/plain")
                .deadline(Deadline.after(Duration.ofSeconds(5), () -> 0));
        assertThat(call.build()).hasToString("HttpCall[POST node-1234567…, 5 bytes, Deadline[5000 ms left]]");
        assertThat(call.guard(EndpointGuard.unrestricted()).build())
                .hasToString("HttpCall[POST node-1234567890.example.com, 5 bytes, Deadline[5000 ms left]]");
    }
}
