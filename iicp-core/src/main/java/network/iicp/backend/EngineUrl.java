package network.iicp.backend;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.protocol.ConfigurationException;

/**
 * Where an engine is.
 *
 * @param root the address without the version step, such as {@code http://localhost:11434}; native probes go below it
 * @param api the address of the OpenAI dialect, such as {@code http://localhost:11434/v1}
 */
record EngineUrl(String root, String api) {

    /** {@code /v1}, and the versions of those who count otherwise: {@code /v4}, {@code /v1beta/openai}. */
    private static final Pattern VERSION = Pattern.compile("/v[0-9][A-Za-z0-9]*(?=/|$)");

    /**
     * Reads the address an operator gave. A path without a version step gets {@code /v1}.
     *
     * @throws ConfigurationException if it is no {@code http} or {@code https} URL, or carries a user name, query or fragment
     */
    static EngineUrl of(URI baseUrl) {
        String scheme = baseUrl.getScheme();
        boolean web = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        if (!web || baseUrl.getHost() == null) {
            throw BackendFaults.invalidConfig(
                    "the engine's base URL must be like http://localhost:11434 or https://host/v1");
        }
        if (baseUrl.getRawUserInfo() != null) {
            throw BackendFaults.invalidConfig(
                    "the engine's base URL must not carry a user name or password; set the API key instead");
        }
        if (baseUrl.getRawQuery() != null || baseUrl.getRawFragment() != null) {
            throw BackendFaults.invalidConfig("the engine's base URL must not have a query or fragment");
        }
        String origin = scheme + "://" + baseUrl.getRawAuthority();
        String path = baseUrl.getRawPath().replaceAll("/+$", "");
        Matcher version = VERSION.matcher(path);
        if (version.find()) {
            return new EngineUrl(origin + path.substring(0, version.start()), origin + path);
        }
        return new EngineUrl(origin + path, origin + path + "/v1");
    }

    /** Returns an address of the dialect. */
    URI dialect(String path) {
        return URI.create(api + path);
    }

    /** Returns an address outside the dialect. */
    URI nativePath(String path) {
        return URI.create(root + path);
    }
}
