package network.iicp.directory;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;

/** The base URL of a directory in its normal form: without trailing slashes and without a trailing {@code /v1}. */
record DirectoryUrl(URI base) {

    private static final String VERSION = "/v1";
    private static final String API = "/api";

    /**
     * Brings a configured URL into its normal form.
     *
     * @throws ConfigurationException if it is not an http or https URL with a host and nothing behind the path
     */
    static DirectoryUrl of(URI configured) {
        String scheme =
                configured.getScheme() == null ? "" : configured.getScheme().toLowerCase(Locale.ROOT);
        boolean http = scheme.equals("http") || scheme.equals("https");
        boolean plain = configured.getRawUserInfo() == null
                && configured.getRawQuery() == null
                && configured.getRawFragment() == null;
        if (!http || configured.getHost() == null || !plain) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "directory URL %s must be an http or https URL such as https://iicp.network/api, without user, query or fragment"
                            .formatted(Quoted.of(withoutUser(configured)))));
        }
        String text = stripSlashes(configured.toString());
        if (stripSlashes(configured.getRawPath()).endsWith(VERSION)) {
            text = stripSlashes(text.substring(0, text.length() - VERSION.length()));
        }
        return new DirectoryUrl(URI.create(text));
    }

    /** What a person typed before an at sign may be a password. */
    private static String withoutUser(URI configured) {
        String text = configured.toString();
        return text.substring(text.lastIndexOf('@') + 1);
    }

    private static String stripSlashes(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '/') {
            end--;
        }
        return text.substring(0, end);
    }

    /** Returns the URL of a call, {@code path} already encoded and with a leading slash. */
    URI resolve(String path) {
        return URI.create(base + VERSION + path);
    }

    /** Returns the URL of the call for consumer tokens, which has {@code /api} in every directory whatever its base is. */
    URI consumerTokenUrl() {
        String root = base.toString();
        String stripped = root.endsWith(API) ? root.substring(0, root.length() - API.length()) : root;
        return URI.create(stripped + API + VERSION + "/consumer-token");
    }

    /** Returns scheme, host and port: the only part that is shown in messages. */
    String origin() {
        return base.getScheme() + "://" + base.getRawAuthority();
    }

    /** Percent-encodes one segment of a path. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
