package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.ProtocolViolationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers whose body ends at once, possibly before the request is known to be sent. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EmptyAnswersIT {

    private static final int ROUNDS = 500;

    @Test
    void always_arrive() throws Exception {
        try (RawServer server = new RawServer(peer -> {
                    while (true) {
                        peer.readRequest();
                        peer.send("HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                HttpTransport transport = HttpTransport.builder().build()) {
            for (int i = 0; i < ROUNDS; i++) {
                HttpCall call = HttpCall.post(server.uri("/"))
                        .body(new byte[] {'{', '}'}, "application/json")
                        .total(Duration.ofSeconds(10))
                        .guard(EndpointGuard.unrestricted())
                        .build();
                HttpReply reply = transport.exchange(call).get();
                assertThat(reply.status()).isEqualTo(503);
                assertThat(reply.body()).isEmpty();
            }
            assertThat(transport.runningExchanges()).isZero();
        }
    }

    @Test
    void that_claim_a_coding_always_fail() throws Exception {
        try (RawServer server = new RawServer(peer -> {
                    while (true) {
                        peer.readRequest();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                HttpTransport transport = HttpTransport.builder().build()) {
            for (int i = 0; i < 50; i++) {
                HttpCall call = HttpCall.get(server.uri("/"))
                        .total(Duration.ofSeconds(10))
                        .guard(EndpointGuard.unrestricted())
                        .build();
                assertThatThrownBy(() -> transport.exchange(call).get(5, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(ProtocolViolationException.class);
            }
            assertThat(transport.runningExchanges()).isZero();
        }
    }
}
