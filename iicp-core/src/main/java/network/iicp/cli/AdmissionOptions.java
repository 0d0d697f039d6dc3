package network.iicp.cli;

import java.nio.file.Path;
import java.util.List;
import network.iicp.node.CooperationPolicy;
import network.iicp.node.MetricsAccess;
import network.iicp.node.NodeAuthentication;
import network.iicp.node.NodeSettingsBuilder;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import picocli.CommandLine.Option;

/** Who may use a node, how much of it, and what it declares about that. */
final class AdmissionOptions {

    @Option(
            names = "--authentication",
            paramLabel = "MODE",
            defaultValue = "${env:IICP_NODE_AUTHENTICATION:-auto}",
            description = "Who may call: auto, open, token or operator (IICP_NODE_AUTHENTICATION; default"
                    + " ${DEFAULT-VALUE}).")
    private NodeAuthentication authentication = NodeAuthentication.AUTO;

    @Option(
            names = "--operator-key",
            paramLabel = "KEY",
            defaultValue = "${env:IICP_OPERATOR_KEY:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "Who shows this key may send and cancel any task, and read the metrics; at least 16"
                    + " characters (IICP_OPERATOR_KEY; better set as a variable).")
    private String operatorKey = "";

    @Option(
            names = "--metrics",
            paramLabel = "WHO",
            defaultValue = "${env:IICP_METRICS:-open}",
            description = "Who may read GET /metrics: open, operator or off (IICP_METRICS; default ${DEFAULT-VALUE}).")
    private MetricsAccess metrics = MetricsAccess.OPEN;

    @Option(
            names = "--policy-manifest",
            paramLabel = "FILE",
            defaultValue = "${env:IICP_POLICY_MANIFEST_FILE:-}",
            description = "JSON file that declares what happens to tasks; the directory shows it"
                    + " (IICP_POLICY_MANIFEST_FILE).")
    private String policyManifest = "";

    @Option(
            names = "--cooperation-worker",
            arity = "0..1",
            fallbackValue = "true",
            converter = SwitchConverter.class,
            defaultValue = "${env:IICP_CIP_ALLOW_WORKER:-false}",
            description = "Take sub-tasks of coordinators (IICP_CIP_ALLOW_WORKER).")
    private boolean cooperationWorker;

    @Option(
            names = "--task-rate-limit",
            paramLabel = "N",
            defaultValue = "${env:IICP_TASK_RATE_LIMIT:-}",
            description = "Tasks a minute from one web page origin, 0 for no limit (IICP_TASK_RATE_LIMIT; default 120,"
                    + " none with a directory on this machine).")
    private String taskRateLimit = "";

    void applyTo(NodeSettingsBuilder settings) {
        settings.authentication(authentication).metrics(metrics);
        if (!operatorKey.isBlank()) {
            settings.operatorKey(operatorKey);
        }
        if (!policyManifest.isBlank()) {
            settings.policyManifest(Path.of(policyManifest));
        }
        if (cooperationWorker) {
            settings.cooperation(CooperationPolicy.asWorker());
        }
        if (!taskRateLimit.isBlank()) {
            settings.tasksPerMinutePerOrigin(number(taskRateLimit, "--task-rate-limit"));
        }
    }

    private static int number(String text, String flag) {
        try {
            return Integer.parseInt(text.trim());
        } catch (NumberFormatException e) {
            throw BackendOptions.invalid("%s %s is not a whole number".formatted(flag, Quoted.of(text)), e);
        }
    }

    /** Says for people who may send tasks to a node with these engines. */
    String whoMayCall(List<InferenceBackend> engines) {
        boolean automatic = authentication == NodeAuthentication.AUTO;
        boolean someClosed = automatic && engines.stream().anyMatch(InferenceBackend::requiresKnownCallers);
        boolean allClosed = automatic && engines.stream().allMatch(InferenceBackend::requiresKnownCallers);
        String who;
        if (authentication == NodeAuthentication.OPERATOR) {
            who = "Only holders of the operator's keys may send tasks";
        } else if (authentication == NodeAuthentication.TOKEN || allClosed) {
            who = "Only consumers with a token for this node may send tasks";
        } else {
            who = "Anyone who reaches this address may send tasks"
                    + (someClosed ? ", those for engines with a key only with a token" : "");
        }
        return who + "; tasks are encrypted to this node.";
    }
}
