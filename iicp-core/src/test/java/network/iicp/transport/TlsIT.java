package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import network.iicp.protocol.TransportException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class TlsIT {

    private static final String PASSWORD = "changeit";

    private static SSLContext server;
    private static SSLContext client;

    private final HttpTransport transport =
            HttpTransport.builder().sslContext(client).build();
    private HttpListener listener;

    @BeforeAll
    static void makeKeys(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("keys.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        server = SSLContext.getInstance("TLS");
        server.init(own.getKeyManagers(), null, new SecureRandom());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate(keys.aliases().nextElement()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        client = SSLContext.getInstance("TLS");
        client.init(null, trust.getTrustManagers(), new SecureRandom());
    }

    private URI start(HttpHandler handler) {
        return start(ListenerSettings.builder(), handler);
    }

    private URI start(ListenerSettings.Builder settings, HttpHandler handler) {
        listener = HttpListener.jetty(settings.tls(server).build(), handler);
        listener.start();
        return URI.create("https://localhost:" + listener.port() + "/");
    }

    private static HttpCall.Builder call(URI uri) {
        return HttpCall.post(uri)
                .guard(EndpointGuard.unrestricted())
                .body("hello".getBytes(StandardCharsets.UTF_8), "text/plain");
    }

    @AfterEach
    void stop() {
        transport.close();
        if (listener != null) {
            listener.close();
            assertThat(listener.openConnections()).isZero();
        }
    }

    @Test
    void exchanges_are_secure_and_connections_kept() throws Exception {
        URI uri = start(exchange -> {
            exchange.onDisconnect(() -> {});
            exchange.body().thenAccept(body -> exchange.respond(200, Map.of("X-Secure", "" + exchange.secure()), body));
        });
        for (int i = 0; i < 20; i++) {
            HttpReply reply = transport.exchange(call(uri).build()).get(10, TimeUnit.SECONDS);
            assertThat(reply.text()).isEqualTo("hello");
            assertThat(reply.header("x-secure")).contains("true");
        }
        assertThat(listener.openConnections()).isEqualTo(1);
    }

    @Test
    void a_large_body_passes_both_ways() throws Exception {
        URI uri = start(ListenerSettings.builder().maxBodyBytes(8_000_000), exchange -> exchange.body()
                .thenAccept(body -> exchange.respond(200, Map.of(), body)));
        byte[] large = new byte[7_000_000];
        large[6_999_999] = 42;
        HttpReply reply = transport
                .exchange(call(uri)
                        .body(large, "application/octet-stream")
                        .maxBytes(7_000_000)
                        .build())
                .get(30, TimeUnit.SECONDS);
        assertThat(reply.body()).isEqualTo(large);
    }

    @Test
    void a_reader_that_cancels_is_noticed_at_once() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        URI uri = start(exchange -> {
            exchange.onDisconnect(gone::countDown);
            exchange.startEvents(Map.of()).send(ServerSentEvent.of("one")).join();
        });
        EventProbe probe = new EventProbe(Long.MAX_VALUE);
        transport
                .openEvents(call(uri).build())
                .get(10, TimeUnit.SECONDS)
                .events()
                .subscribe(probe);
        await().until(() -> probe.data().equals(List.of("one")));
        probe.subscription().cancel();
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_certificate_that_is_not_trusted_is_a_transport_failure() throws Exception {
        URI uri = start(exchange -> exchange.respond(200, Map.of(), new byte[0]));
        try (HttpTransport suspicious = HttpTransport.builder().build()) {
            assertThatThrownBy(() -> suspicious.exchange(call(uri).build()).get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining("TLS")
                    .hasMessageContaining("localhost");
        }
    }

    @Test
    void a_peer_that_never_begins_its_handshake_is_cut() throws Exception {
        start(
                ListenerSettings.builder().headerAndBodyTimeout(Duration.ofMillis(300)),
                exchange -> exchange.respond(200, Map.of(), new byte[0]));
        try (RawConnection silent = new RawConnection(listener.port())) {
            assertThat(silent.isClosedWithin(5000)).isTrue();
        }
    }

    @Test
    void cleartext_on_a_TLS_port_is_cut_without_harm() throws Exception {
        URI uri = start(exchange -> exchange.respond(200, Map.of(), new byte[0]));
        try (RawConnection plain = new RawConnection(listener.port())) {
            plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(plain.isClosedWithin(5000)).isTrue();
        }
        assertThat(transport
                        .exchange(call(uri).build())
                        .get(10, TimeUnit.SECONDS)
                        .status())
                .isEqualTo(200);
    }
}
