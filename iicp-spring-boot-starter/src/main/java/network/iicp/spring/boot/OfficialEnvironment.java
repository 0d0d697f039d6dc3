package network.iicp.spring.boot;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Reads the environment variables of the official command line whose names differ from our properties, such as
 * {@code IICP_BACKEND_URL} for {@code iicp.node.backend.url}. Others, such as {@code IICP_DIRECTORY_URL} and
 * {@code IICP_REGION}, need no help: Spring Boot reads them as {@code iicp.directory-url} and {@code iicp.region}.
 * Every other source of a property goes before these variables.
 */
final class OfficialEnvironment implements EnvironmentPostProcessor {

    static final String SOURCE = "iicpOfficialEnvironment";

    /** What the command line calls them, and what we call them. */
    static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("IICP_BACKEND_URL", "iicp.node.backend.url"),
            Map.entry("IICP_BACKEND_TYPE", "iicp.node.backend.type"),
            Map.entry("IICP_BACKEND_API_KEY", "iicp.node.backend.api-key"),
            Map.entry("IICP_BACKEND_MODEL", "iicp.node.model"),
            Map.entry("IICP_PUBLIC_ENDPOINT", "iicp.node.endpoint"),
            Map.entry("IICP_HOST", "iicp.node.host"),
            Map.entry("IICP_PORT", "iicp.node.port"),
            Map.entry("IICP_MAX_CONCURRENT", "iicp.node.max-concurrent"),
            Map.entry("IICP_JOIN_TOKEN", "iicp.node.join-token"),
            Map.entry("IICP_CX_KEY_DIR", "iicp.node.key-directory"),
            Map.entry("IICP_ROUTE_DISCOVERY_MODE", "iicp.client.route-discovery"),
            Map.entry("IICP_TASK_RATE_LIMIT", "iicp.node.tasks-per-minute-per-origin"),
            Map.entry("IICP_CIP_ALLOW_WORKER", "iicp.node.cooperation.worker"),
            Map.entry("IICP_POLICY_MANIFEST_FILE", "iicp.node.policy-manifest"),
            Map.entry("IICP_LOG_DIR", "iicp.node.log-directory"),
            Map.entry("IICP_ROUTING_STRATEGY", "iicp.client.routing-strategy"),
            Map.entry("IICP_ROUTING_EPSILON", "iicp.client.routing-epsilon"),
            Map.entry("IICP_ROUTING_TOP_K", "iicp.client.routing-top-k"),
            Map.entry("IICP_ROUTING_SOFTMAX_TAU", "iicp.client.routing-softmax-tau"),
            Map.entry("IICP_ROUTING_PROFILE", "iicp.client.policy.profile"),
            Map.entry("IICP_REGION_ALLOWLIST", "iicp.client.policy.regions"));

    /** Switches of the official clients, and what they mean for ours when they are on. */
    static final Map<String, Map.Entry<String, String>> SWITCHES = Map.of(
            "IICP_CX_ALLOW_PLAINTEXT", Map.entry("iicp.client.encryption", "preferred"),
            "IICP_PROXY_ALLOW_LOOPBACK_NODES", Map.entry("iicp.client.scope", "local"));

    private static final Set<String> ON = Set.of("1", "true", "yes", "on");

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        PropertySource<?> variables =
                environment.getPropertySources().get(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        if (variables == null) {
            return;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        PROPERTIES.forEach((variable, property) -> {
            Object value = variables.getProperty(variable);
            if (value != null && !value.toString().isBlank()) {
                values.put(property, OriginTrackedValue.of(value.toString(), new Variable(variable)));
            }
        });
        SWITCHES.forEach((variable, meaning) -> {
            Object value = variables.getProperty(variable);
            if (value != null && ON.contains(value.toString().strip().toLowerCase(Locale.ROOT))) {
                values.put(meaning.getKey(), OriginTrackedValue.of(meaning.getValue(), new Variable(variable)));
            }
        });
        if (!values.isEmpty()) {
            environment.getPropertySources().addLast(new OriginTrackedMapPropertySource(SOURCE, values, true));
        }
    }

    private record Variable(String name) implements Origin {
        @Override
        public String toString() {
            return "environment variable " + name;
        }
    }
}
