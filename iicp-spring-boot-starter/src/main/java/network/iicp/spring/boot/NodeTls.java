package network.iicp.spring.boot;

import java.util.Arrays;
import javax.net.ssl.KeyManager;
import network.iicp.node.NodeSettingsBuilder;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.transport.TlsCertificate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/**
 * The certificate of an SSL bundle. When the bundle is reloaded, new connections see its new certificate.
 *
 * @param certificate what is shown
 * @param tls12 whether the bundle asks for TLS 1.2 too
 */
record NodeTls(TlsCertificate certificate, boolean tls12) {

    private static final String TLS_12 = "TLSv1.2";

    /** Returns the certificate of the bundle with this name, or {@code null} when none is named. */
    static @Nullable NodeTls of(@Nullable String bundle, ObjectProvider<SslBundles> bundles) {
        if (bundle == null || bundle.isBlank()) {
            return null;
        }
        SslBundles known = bundles.getIfAvailable();
        if (known == null) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.NODE,
                    "iicp.node.ssl.bundle names %s, and this application has no SSL bundles"
                            .formatted(Quoted.of(bundle))));
        }
        SslBundle named = known.getBundle(bundle);
        TlsCertificate certificate = TlsCertificate.of(keys(named));
        known.addBundleUpdateHandler(bundle, newer -> certificate.replace(keys(newer)));
        String[] protocols = named.getOptions().getEnabledProtocols();
        boolean tls12 = protocols != null && Arrays.asList(protocols).contains(TLS_12);
        return new NodeTls(certificate, tls12);
    }

    private static KeyManager[] keys(SslBundle bundle) {
        return bundle.getManagers().getKeyManagers();
    }

    void applyTo(NodeSettingsBuilder settings) {
        settings.tls(certificate);
        if (tls12) {
            settings.allowTls12();
        }
    }
}
