package network.iicp.transport.internal;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Keys that can be replaced. A handshake asks several times, first for a name, then for what belongs to it; names carry the number of the
 * keys they are from, and the keys before the current ones are kept for handshakes that are under way. Thread-safe.
 */
public final class CurrentKeys extends X509ExtendedKeyManager {

    private static final char SEPARATOR = ':';

    private volatile Keys keys;

    private record Keys(int number, X509ExtendedKeyManager now, X509ExtendedKeyManager before) {}

    /** Begins with these keys. */
    public CurrentKeys(X509ExtendedKeyManager first) {
        this.keys = new Keys(0, first, first);
    }

    /** Uses these keys from now on. */
    public void replace(X509ExtendedKeyManager next) {
        Keys old = keys;
        keys = new Keys(old.number() + 1, next, old.now());
    }

    private static @Nullable String named(Keys of, @Nullable String alias) {
        return alias == null ? null : of.number() + String.valueOf(SEPARATOR) + alias;
    }

    private X509ExtendedKeyManager owner(String name) {
        Keys all = keys;
        return name.startsWith(all.number() + String.valueOf(SEPARATOR)) ? all.now() : all.before();
    }

    private static String alias(String name) {
        return name.substring(name.indexOf(SEPARATOR) + 1);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Keys all = keys;
        return named(all, all.now().chooseEngineServerAlias(keyType, issuers, engine));
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Keys all = keys;
        return named(all, all.now().chooseServerAlias(keyType, issuers, socket));
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        Keys all = keys;
        return named(all, all.now().getServerAliases(keyType, issuers));
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        Keys all = keys;
        return named(all, all.now().getClientAliases(keyType, issuers));
    }

    private static String @Nullable [] named(Keys of, String @Nullable [] aliases) {
        return aliases == null
                ? null
                : Arrays.stream(aliases).map(alias -> named(of, alias)).toArray(String[]::new);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Keys all = keys;
        return named(all, all.now().chooseClientAlias(keyTypes, issuers, socket));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String name) {
        return owner(name).getCertificateChain(alias(name));
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String name) {
        return owner(name).getPrivateKey(alias(name));
    }
}
