package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import network.iicp.directory.DirectoryClient;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.TransportException;
import network.iicp.transport.HttpTransport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryTlsIT {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private static KeyStore newKey(Path folder) throws Exception {
        Path file = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        keytool.getInputStream().readAllBytes();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static SSLContext serving(KeyStore keys) throws Exception {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), null, new SecureRandom());
        return context;
    }

    private static SSLContext trusting(KeyStore keys) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "directory", keys.getCertificate(keys.aliases().nextElement()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), new SecureRandom());
        return context;
    }

    @Test
    void a_directory_speaks_tls_to_those_who_trust_it(@TempDir Path folder) throws Exception {
        KeyStore keys = newKey(folder);
        try (DirectoryServer server =
                        DirectoryServer.builder().port(0).tls(serving(keys)).build();
                HttpTransport trusting =
                        HttpTransport.builder().sslContext(trusting(keys)).build();
                HttpTransport stranger = HttpTransport.builder().build()) {
            server.start();
            assertThat(server.url()).hasScheme("https");
            assertThat(DirectoryClient.of(trusting, server.url())
                            .directoryKey(Deadline.after(Duration.ofSeconds(20)))
                            .get(30, TimeUnit.SECONDS))
                    .hasSize(32);
            assertThatThrownBy(() -> DirectoryClient.of(stranger, server.url())
                            .directoryKey(Deadline.after(Duration.ofSeconds(20)))
                            .get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(TransportException.class)
                    .hasMessageContaining("TLS")
                    .hasMessageContaining("certificate");
        }
    }
}
