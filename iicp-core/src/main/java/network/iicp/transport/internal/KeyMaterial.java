package network.iicp.transport.internal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** Reads certificates and private keys. Messages name what is wrong and never what is in a file. */
public final class KeyMaterial {

    private static final Pattern PEM_KEY =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END \\1PRIVATE KEY-----");
    private static final byte[] SAMPLE = "which key is it?".getBytes(StandardCharsets.US_ASCII);

    private KeyMaterial() {}

    /**
     * Returns the keys of two PEM files.
     *
     * @param chain the certificates, the own one first
     * @param key the private key, PKCS#8 without a password
     * @throws GeneralSecurityException if the one or the other is none, or they do not belong together
     * @throws IOException if a file cannot be parsed
     */
    public static X509ExtendedKeyManager pem(byte[] chain, byte[] key) throws GeneralSecurityException, IOException {
        Collection<? extends Certificate> certificates =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(chain));
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("there is no certificate in it");
        }
        Certificate[] all = certificates.toArray(Certificate[]::new);
        PrivateKey own = privateKey(key, all[0].getPublicKey().getAlgorithm());
        requirePair(own, all[0].getPublicKey());
        char[] password = new char[0];
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("iicp", own, password, all);
        return manager(store, password);
    }

    private static PrivateKey privateKey(byte[] pem, String algorithm) throws GeneralSecurityException {
        Matcher block = PEM_KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
        if (!block.find()) {
            throw new GeneralSecurityException("there is no private key in it");
        }
        if (!block.group(1).isEmpty()) {
            throw new GeneralSecurityException(
                    "its key is a%s key, and PKCS#8 without a password is needed; convert it with: openssl pkcs8 -topk8 -nocrypt"
                            .formatted(" " + block.group(1).strip()));
        }
        byte[] encoded = Base64.getMimeDecoder().decode(block.group(2));
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static void requirePair(PrivateKey own, PublicKey shown) throws GeneralSecurityException {
        String algorithm =
                switch (own.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> own.getAlgorithm();
                };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(own);
        signature.update(SAMPLE);
        byte[] made = signature.sign();
        signature.initVerify(shown);
        signature.update(SAMPLE);
        if (!signature.verify(made)) {
            throw new GeneralSecurityException("the private key belongs to another certificate");
        }
    }

    /**
     * Returns the keys of a PKCS#12 file.
     *
     * @throws GeneralSecurityException if there is no private key in it
     * @throws IOException if it cannot be parsed, or the password is wrong
     */
    public static X509ExtendedKeyManager pkcs12(byte[] content, String password)
            throws GeneralSecurityException, IOException {
        char[] secret = password.toCharArray();
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(content), secret);
            boolean hasKey = false;
            for (String alias : java.util.Collections.list(store.aliases())) {
                hasKey |= store.isKeyEntry(alias);
            }
            if (!hasKey) {
                throw new GeneralSecurityException("there is no private key in it");
            }
            return manager(store, secret);
        } finally {
            Arrays.fill(secret, ' ');
        }
    }

    private static X509ExtendedKeyManager manager(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        for (KeyManager manager : factory.getKeyManagers()) {
            if (manager instanceof X509ExtendedKeyManager keys) {
                return keys;
            }
        }
        throw new GeneralSecurityException("this JVM has no key manager for X.509 certificates");
    }
}
