package network.iicp.cli;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.EngineBuilder;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Which engines a node serves. */
final class BackendOptions {

    @Option(
            names = "--backend-type",
            paramLabel = "TYPE",
            defaultValue = "${env:IICP_BACKEND_TYPE:-openai_compat}",
            description =
                    "Engine: openai_compat (finds out what answers), ollama, vllm, llamacpp, lmstudio, anthropic, or"
                            + " demo, which needs no engine (IICP_BACKEND_TYPE; default ${DEFAULT-VALUE}).")
    String type = "openai_compat";

    @Option(
            names = "--backend-url",
            paramLabel = "URL",
            defaultValue = "${env:IICP_BACKEND_URL:-}",
            description = "Base URL of the engine (IICP_BACKEND_URL; default by type: openai_compat"
                    + " http://localhost:11434, vllm :8000, llamacpp :8080, lmstudio :1234, anthropic"
                    + " https://api.anthropic.com).")
    String url = "";

    @Option(
            names = "--backend-api-key",
            paramLabel = "KEY",
            defaultValue = "${env:IICP_BACKEND_API_KEY:-}",
            showDefaultValue = Visibility.NEVER,
            description = "Key of the engine (IICP_BACKEND_API_KEY; better set as a variable).")
    String apiKey = "";

    @Option(
            names = "--add-backend",
            paramLabel = "TYPE[=URL]",
            split = ",",
            defaultValue = "${env:IICP_ADD_BACKENDS:-}",
            description = "One more engine, without a key; may be repeated (IICP_ADD_BACKENDS, separated by commas).")
    List<String> more = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "${env:IICP_BACKEND_MODEL:-}",
            description = "Model to serve (IICP_BACKEND_MODEL; default: all that the engine lists).")
    String model = "";

    /** Returns the engines, the main one first. */
    List<InferenceBackend> backends() {
        List<InferenceBackend> all = new ArrayList<>();
        all.add(backend(type, url, apiKey, "--backend-type", "--backend-url"));
        for (String spec : more) {
            if (!spec.isBlank()) {
                int equals = spec.indexOf('=');
                String kind = equals < 0 ? spec : spec.substring(0, equals);
                String address = equals < 0 ? "" : spec.substring(equals + 1);
                all.add(backend(kind.trim(), address.trim(), "", "--add-backend", "--add-backend"));
            }
        }
        return all;
    }

    private InferenceBackend backend(String kind, String address, String key, String typeFlag, String urlFlag) {
        if (kind.equalsIgnoreCase("demo")) {
            return model.isBlank()
                    ? DemoBackend.create()
                    : DemoBackend.builder().models(model).build();
        }
        EngineBuilder<?> builder = engine(kind, typeFlag);
        if (!address.isBlank()) {
            builder.baseUrl(url(address, urlFlag));
        }
        if (!key.isBlank()) {
            builder.apiKey(key);
        }
        if (!model.isBlank()) {
            builder.model(model);
        }
        return builder.build();
    }

    private static EngineBuilder<?> engine(String kind, String flag) {
        try {
            return EngineBuilder.ofType(kind);
        } catch (ConfigurationException e) {
            throw invalid("%s: %s, or demo".formatted(flag, e.error().message()), e);
        }
    }

    /** Reads the URL of a flag. */
    static URI url(String text, String flag) {
        try {
            URI url = URI.create(text.trim());
            if (url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw invalid("%s %s is not a URL".formatted(flag, Quoted.of(text)), e);
        }
        throw invalid("%s %s is not an http or https URL with a host".formatted(flag, Quoted.of(text)), null);
    }

    static ConfigurationException invalid(String message, @Nullable Throwable cause) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message), cause);
    }
}
