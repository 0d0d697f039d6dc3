package network.iicp.cli;

import java.nio.file.Path;
import java.util.Optional;
import network.iicp.transport.TlsCertificate;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Whether a node listens with TLS, and with which certificate. */
final class TlsOptions {

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            defaultValue = "${env:IICP_TLS_CERTIFICATE:-}",
            description = "Listen with TLS 1.3 and the certificate chain in this PEM file; it is read again when it"
                    + " changes (IICP_TLS_CERTIFICATE).")
    private String chain = "";

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:IICP_TLS_KEY:-}",
            description = "Private key of the certificate, PKCS#8 in a PEM file (IICP_TLS_KEY).")
    private String key = "";

    @Option(
            names = "--tls-key-store",
            paramLabel = "FILE",
            defaultValue = "${env:IICP_TLS_KEY_STORE:-}",
            description = "Certificate and key in a PKCS#12 file, in place of the two (IICP_TLS_KEY_STORE).")
    private String keyStore = "";

    @Option(
            names = "--tls-key-store-password",
            paramLabel = "PASSWORD",
            defaultValue = "${env:IICP_TLS_KEY_STORE_PASSWORD:-}",
            showDefaultValue = Visibility.NEVER,
            description = "Password of that file (IICP_TLS_KEY_STORE_PASSWORD; better set as a variable).")
    private String keyStorePassword = "";

    /** Returns the certificate; empty when the node listens in clear. */
    Optional<TlsCertificate> certificate() {
        boolean pem = !chain.isBlank() || !key.isBlank();
        if (pem && !keyStore.isBlank()) {
            throw BackendOptions.invalid(
                    "--tls-key-store is given beside --tls-certificate and --tls-key; use one", null);
        }
        if (!keyStore.isBlank()) {
            return Optional.of(TlsCertificate.pkcs12(Path.of(keyStore), keyStorePassword));
        }
        if (!pem) {
            return Optional.empty();
        }
        if (chain.isBlank() || key.isBlank()) {
            throw BackendOptions.invalid("--tls-certificate and --tls-key are given together or not at all", null);
        }
        return Optional.of(TlsCertificate.pem(Path.of(chain), Path.of(key)));
    }
}
