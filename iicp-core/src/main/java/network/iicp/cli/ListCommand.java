package network.iicp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the nodes saved on this machine and the nodes that a directory names. */
@Command(
        name = "list",
        description = "Lists the nodes saved on this machine, and the nodes of a mesh when a directory is named.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class)
final class ListCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Mixin
    private final DirectoryOptions directory = new DirectoryOptions();

    @Option(
            names = "--intent",
            paramLabel = "URN",
            defaultValue = "${env:IICP_INTENT:-urn:iicp:intent:llm:chat:v1}",
            description = "List nodes that serve this intent (IICP_INTENT; default ${DEFAULT-VALUE}).")
    private String intent = Intent.LLM_CHAT.urn();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /** A saved node file; {@code broken} when it cannot be read. */
    private record Saved(String name, String model, String backend, boolean broken) {}

    @Override
    public Integer call() throws IOException {
        List<Saved> saved = saved(Home.directory().resolve("nodes"));
        List<NodeDescriptor> nodes = directoryNamed() ? nodes() : List.of();
        if (json) {
            out().println(Json.pretty(asJson(saved, nodes)));
        } else {
            print(saved, nodes);
        }
        return ExitCode.OK;
    }

    /** The public directory is not asked by accident: it must be named by flag or variable. */
    private boolean directoryNamed() {
        return spec.commandLine().getParseResult().hasMatchedOption("--directory-url")
                || System.getenv("IICP_DIRECTORY_URL") != null;
    }

    private List<NodeDescriptor> nodes() {
        URI url = directory.url();
        try (IicpClient client = IicpClient.builder()
                .directoryUrl(url)
                .privateNetworks(directory.privateNetworks())
                .build()) {
            return client.discover(
                    DiscoverQuery.builder(Intent.parse(intent)).limit(50).build());
        }
    }

    private static List<Saved> saved(Path folder) throws IOException {
        List<Saved> all = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return all;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                all.add(read(file));
            }
        }
        all.sort(Comparator.comparing(Saved::name));
        return all;
    }

    private static Saved read(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.json$", "");
        try {
            if (Files.size(file) > SavedNode.LARGEST_FILE) {
                return new Saved(name, "", "", true);
            }
            JsonObject node = JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
            return new Saved(
                    node.string("name", name), node.string("model", ""), node.string("backend_url", ""), false);
        } catch (IOException | JsonException e) {
            return new Saved(name, "", "", true);
        }
    }

    private void print(List<Saved> saved, List<NodeDescriptor> nodes) {
        PrintWriter out = out();
        if (directoryNamed()) {
            out.println("%d node(s) for %s at %s".formatted(nodes.size(), intent, directory.url()));
            if (!nodes.isEmpty()) {
                out.println("  %-10s %-7s %-6s %-12s %-11s %s"
                        .formatted("NODE", "SCORE", "LOAD", "REGION", "ENCRYPTION", "MODELS"));
            }
            nodes.forEach(node -> out.println("  %-10s %-7.3f %-6s %-12s %-11s %s"
                    .formatted(
                            node.prefix(),
                            node.score(),
                            node.load() == null ? "-" : "%.2f".formatted(node.load()),
                            node.region() == null ? "-" : node.region(),
                            node.key().isPresent() ? "yes" : "no",
                            String.join(", ", node.allModels()))));
        }
        if (saved.isEmpty()) {
            out.println("No saved nodes in " + Home.directory().resolve("nodes"));
        } else {
            out.println("Saved nodes:");
            saved.forEach(node -> out.println(
                    node.broken()
                            ? "  %-20s (unreadable)".formatted(node.name())
                            : "  %-20s %-20s %s".formatted(node.name(), node.model(), node.backend())));
        }
        if (!directoryNamed()) {
            out.println("Nodes of a mesh: iicp-node list --directory-url http://127.0.0.1:9480/api");
        }
    }

    private Map<String, Object> asJson(List<Saved> saved, List<NodeDescriptor> nodes) {
        List<Object> files = new ArrayList<>();
        saved.forEach(node -> {
            Map<String, Object> file = new LinkedHashMap<>();
            file.put("name", node.name());
            file.put("model", node.model());
            file.put("backend_url", node.backend());
            file.put("readable", !node.broken());
            files.add(file);
        });
        List<Object> found = new ArrayList<>();
        nodes.forEach(node -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("node_id", node.id());
            one.put("score", node.score());
            one.put("load", node.load());
            one.put("region", node.region());
            one.put("encryption", node.key().isPresent());
            one.put("models", List.copyOf(node.allModels()));
            found.add(one);
        });
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("saved", files);
        all.put("nodes", found);
        return all;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
