package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import network.iicp.protocol.ConfigurationException;
import network.iicp.transport.TlsCertificate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of a node, as a client sees them. */
@Timeout(90)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TlsNodeIT {

    private static final String PASSWORD = "changeit";
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

    @TempDir
    private static Path keys;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make_keys() throws Exception {
        makeKey("one");
        makeKey("two");
    }

    private static void makeKey(String name) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        keys.resolve(name + ".p12").toString())
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        String alias = store.aliases().nextElement();
        Files.writeString(
                keys.resolve(name + ".pem"),
                pem("CERTIFICATE", store.getCertificate(alias).getEncoded()));
        Files.writeString(
                keys.resolve(name + ".key"),
                pem("PRIVATE KEY", store.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
    }

    private static String pem(String label, byte[] content) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
    }

    private void use(String certificate, String key) throws IOException {
        Files.writeString(folder.resolve("node.pem"), Files.readString(keys.resolve(certificate + ".pem")));
        Files.writeString(folder.resolve("node.key"), Files.readString(keys.resolve(key + ".key")));
    }

    private TlsCertificate pem() {
        return TlsCertificate.pem(folder.resolve("node.pem"), folder.resolve("node.key"));
    }

    private static TestNode start(TlsCertificate certificate) {
        return TestNode.start(settings -> settings.tls(certificate)
                .certificateCheck(Duration.ofSeconds(1))
                .handler(chat("m1"), context -> answer("ok")));
    }

    /** Trusts everyone: what is looked at here is who shows up. */
    private static SSLSocket connect(TestNode node, String... protocols) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anyone()}, new SecureRandom());
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", node.node.port());
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static String subject(SSLSocket socket) throws IOException {
        socket.startHandshake();
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return shown.getSubjectX500Principal().getName();
    }

    private static String subject(TestNode node) throws Exception {
        try (SSLSocket socket = connect(node)) {
            return subject(socket);
        }
    }

    private static String health(Socket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /iicp/health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed after: " + head);
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        assertThat(length.find()).as(head.toString()).isTrue();
        byte[] body = socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
        return head + new String(body, StandardCharsets.UTF_8);
    }

    private record Anyone() implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // nobody is asked
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // everyone is believed
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void a_new_certificate_is_shown_to_new_connections_and_old_ones_go_on() throws Exception {
        use("one", "one");
        try (TestNode node = start(pem());
                SSLSocket before = connect(node)) {
            assertThat(node.node.endpoint().getScheme()).isEqualTo("https");
            assertThat(subject(before)).isEqualTo("CN=one");
            assertThat(health(before)).startsWith("HTTP/1.1 200");

            use("two", "two");

            await().atMost(Duration.ofSeconds(30)).until(() -> subject(node).equals("CN=two"));
            assertThat(health(before)).startsWith("HTTP/1.1 200");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.heard(NodeEvent.CertificateReplaced.class).size() == 1);
        }
    }

    @Test
    void a_broken_certificate_changes_nothing_until_it_is_mended() throws Exception {
        use("one", "one");
        TlsCertificate certificate = pem();
        try (TestNode node = start(certificate)) {
            use("two", "one"); // the key follows later, as with a client of an authority that writes one file after the
            // other
            assertThat(certificate.refresh()).isFalse();
            assertThat(subject(node)).isEqualTo("CN=one");
            Files.writeString(folder.resolve("node.pem"), "-----BEGIN CERTIFICATE-----\ntruncated");
            assertThat(certificate.refresh()).isFalse();
            Files.delete(folder.resolve("node.pem"));
            assertThat(certificate.refresh()).isFalse();
            assertThat(subject(node)).isEqualTo("CN=one");

            use("two", "two");

            await().atMost(Duration.ofSeconds(30)).until(() -> subject(node).equals("CN=two"));
            assertThat(certificate.refresh()).as("nothing has changed since").isFalse();
        }
    }

    @Test
    void only_TLS_13_is_spoken_unless_more_is_allowed() throws Exception {
        use("one", "one");
        try (TestNode node = start(pem());
                SSLSocket old = connect(node, "TLSv1.2");
                SSLSocket now = connect(node)) {
            assertThatThrownBy(old::startHandshake).isInstanceOf(SSLHandshakeException.class);
            now.startHandshake();
            assertThat(now.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
        try (TestNode node = TestNode.start(
                        settings -> settings.tls(pem()).allowTls12().handler(chat("m1"), context -> answer("ok")));
                SSLSocket old = connect(node, "TLSv1.2")) {
            assertThat(subject(old)).isEqualTo("CN=one");
        }
    }

    @Test
    void a_PKCS12_file_serves_as_well_and_a_wrong_password_is_said_so() throws Exception {
        Path store = keys.resolve("two.p12");
        try (TestNode node = start(TlsCertificate.pkcs12(store, PASSWORD))) {
            assertThat(subject(node)).isEqualTo("CN=two");
        }

        assertThatThrownBy(() -> TlsCertificate.pkcs12(store, "wrong"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("two.p12")
                .hasMessageContaining("password");
    }

    @Test
    void files_that_do_not_fit_are_named_with_what_is_wrong() throws Exception {
        use("one", "two");
        assertThatThrownBy(this::pem)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("node.pem and node.key")
                .hasMessageContaining("belongs to another certificate");
        Files.writeString(
                folder.resolve("node.key"), "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----");
        assertThatThrownBy(this::pem).hasMessageContaining("PKCS#8").hasMessageContaining("openssl");
        Files.writeString(folder.resolve("node.key"), "nothing");
        assertThatThrownBy(this::pem).hasMessageContaining("no private key");
        Files.writeString(folder.resolve("node.pem"), "");
        assertThatThrownBy(this::pem).isInstanceOf(ConfigurationException.class).hasMessageContaining("certificate");
        Files.delete(folder.resolve("node.key"));
        assertThatThrownBy(this::pem).hasMessageContaining("node.key cannot be read");
    }
}
