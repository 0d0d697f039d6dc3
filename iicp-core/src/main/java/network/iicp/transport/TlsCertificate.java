package network.iicp.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.transport.internal.CurrentKeys;
import network.iicp.transport.internal.KeyMaterial;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate a listener shows, which can be replaced while it runs: connections that are there go on, new ones see the new one. It
 * comes from PEM files, as certificate authorities and their clients write them, from a PKCS#12 file, or from key managers of the
 * application. Thread-safe.
 */
public final class TlsCertificate {

    private static final Logger log = LoggerFactory.getLogger(TlsCertificate.class);
    private static final int MOST_BYTES = 1024 * 1024;

    private final @Nullable Source source;
    private final CurrentKeys keys;
    private final SSLContext context;
    private final ReentrantLock lock = new ReentrantLock();
    private byte[] seen;

    /**
     * Where a certificate is read from.
     *
     * @param files the files; their names are told, their paths are not
     * @param reader makes the keys of what the files hold
     */
    private record Source(List<Path> files, Reader reader) {

        byte[][] read() {
            byte[][] contents = new byte[files.size()][];
            for (int i = 0; i < contents.length; i++) {
                Path file = files.get(i);
                try {
                    if (Files.size(file) > MOST_BYTES) {
                        throw invalid("%s is larger than 1 MiB".formatted(file.getFileName()), null);
                    }
                    contents[i] = Files.readAllBytes(file);
                } catch (IOException e) {
                    throw invalid(
                            "%s cannot be read (%s)"
                                    .formatted(file.getFileName(), e.getClass().getSimpleName()),
                            e);
                }
            }
            return contents;
        }

        String names() {
            return String.join(
                    " and ",
                    files.stream()
                            .map(file -> String.valueOf(file.getFileName()))
                            .toList());
        }
    }

    @FunctionalInterface
    private interface Reader {
        X509ExtendedKeyManager keys(byte[][] contents) throws GeneralSecurityException, IOException;
    }

    private TlsCertificate(@Nullable Source source, X509ExtendedKeyManager first, byte[] seen) {
        this.source = source;
        this.keys = new CurrentKeys(first);
        this.seen = seen;
        try {
            this.context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, null, new SecureRandom());
        } catch (GeneralSecurityException e) {
            throw invalid("this JVM has no TLS", e);
        }
    }

    /**
     * Reads PEM files.
     *
     * @param chain the certificate, and after it those that lead to the authority
     * @param key the private key that belongs to it, as PKCS#8 without a password
     * @throws ConfigurationException if a file cannot be read, holds something else, or the key belongs to another certificate
     */
    public static TlsCertificate pem(Path chain, Path key) {
        return from(new Source(List.of(chain, key), contents -> KeyMaterial.pem(contents[0], contents[1])));
    }

    /**
     * Reads a PKCS#12 file.
     *
     * @param file a key store with one private key
     * @param password its password
     * @throws ConfigurationException if the file cannot be read, or the password is wrong
     */
    public static TlsCertificate pkcs12(Path file, String password) {
        return from(new Source(List.of(file), contents -> KeyMaterial.pkcs12(contents[0], password)));
    }

    /**
     * Takes key managers of the application; see {@link #replace}.
     *
     * @throws ConfigurationException if there is none for X.509 among them
     */
    public static TlsCertificate of(KeyManager... managers) {
        return new TlsCertificate(null, x509(managers), new byte[0]);
    }

    private static TlsCertificate from(Source source) {
        byte[][] contents = source.read();
        return new TlsCertificate(source, keys(source, contents), digest(contents));
    }

    private static X509ExtendedKeyManager keys(Source source, byte[][] contents) {
        try {
            return source.reader().keys(contents);
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw invalid("%s cannot be used as a certificate: %s".formatted(source.names(), e.getMessage()), e);
        }
    }

    private static X509ExtendedKeyManager x509(KeyManager... managers) {
        return Arrays.stream(managers)
                .filter(X509ExtendedKeyManager.class::isInstance)
                .map(X509ExtendedKeyManager.class::cast)
                .findFirst()
                .orElseThrow(() -> invalid("there is no key manager for X.509 certificates", null));
    }

    private static byte[] digest(byte[][] contents) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] content : contents) {
                digest.update(content);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Returns the context for a listener. It stays the same when the certificate is replaced. */
    public SSLContext context() {
        return context;
    }

    /**
     * Looks whether the files have changed, and takes what they hold now. Files that cannot be used, half written ones for example, change
     * nothing; that is logged once for each state of them.
     *
     * @return whether a new certificate is shown from now on
     */
    public boolean refresh() {
        Source from = source;
        if (from == null) {
            return false;
        }
        byte[][] contents;
        try {
            contents = from.read();
        } catch (ConfigurationException e) {
            if (isNew(e.error().message().getBytes(StandardCharsets.UTF_8))) {
                keep(e);
            }
            return false;
        }
        if (!isNew(digest(contents))) {
            return false;
        }
        try {
            keys.replace(keys(from, contents));
        } catch (ConfigurationException e) {
            keep(e);
            return false;
        }
        log.info("the certificate in {} is used from now on", from.names());
        return true;
    }

    private static void keep(ConfigurationException why) {
        log.warn("the certificate that is in use stays: {}", why.error().message());
    }

    private boolean isNew(byte[] state) {
        lock.lock();
        try {
            boolean differs = !Arrays.equals(seen, state);
            seen = state;
            return differs;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Shows the certificate of other key managers from now on.
     *
     * @throws ConfigurationException if there is none for X.509 among them; then nothing changes
     */
    public void replace(KeyManager... managers) {
        keys.replace(x509(managers));
    }

    private static ConfigurationException invalid(String message, @Nullable Throwable cause) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message), cause);
    }
}
