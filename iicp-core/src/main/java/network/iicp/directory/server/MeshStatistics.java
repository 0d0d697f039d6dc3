package network.iicp.directory.server;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers on the mesh as a whole, for dashboards. The health of the mesh is the median of its live nodes; with fewer than
 * three of them it says so instead of a label. Source: IICP directory, stats.
 */
final class MeshStatistics {

    private static final int LEAST_SAMPLE = 3;
    private static final double TENTH = 0.10;
    private static final double HALF = 0.50;

    private MeshStatistics() {}

    static Map<String, Object> of(List<NodeRecord> nodes, Instant now) {
        List<NodeRecord> live = nodes.stream()
                .filter(record -> Discovery.isListed(record, true, now))
                .toList();
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("nodes_known", nodes.size());
        server.put("nodes_live", live.size());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("server", server);
        json.put("mesh_health", health(live, now));
        json.put("sdk_adoption", adoption(live));
        return json;
    }

    private static Map<String, Object> health(List<NodeRecord> live, Instant now) {
        List<Integer> scores = live.stream()
                .map(record -> Health.of(record, now).score())
                .sorted()
                .toList();
        Map<String, Integer> distribution = new TreeMap<>();
        live.forEach(record -> distribution.merge(Health.of(record, now).label(), 1, Integer::sum));
        Map<String, Object> json = new LinkedHashMap<>();
        int score = rank(scores, HALF);
        json.put("score", score);
        json.put("label", scores.size() < LEAST_SAMPLE ? "insufficient_sample" : Health.label(score));
        json.put(
                "mean", Numbers.plain(scores.stream().mapToInt(s -> s).average().orElse(0)));
        json.put("p10", rank(scores, TENTH));
        json.put("distribution", distribution);
        json.put("sample", scores.size());
        json.put("basis", "median_of_live_nodes");
        json.put("window", "now");
        return json;
    }

    /** Nearest rank. */
    private static int rank(List<Integer> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }

    private static Map<String, Object> adoption(List<NodeRecord> live) {
        Map<String, Integer> languages = new TreeMap<>();
        Map<String, Integer> versions = new TreeMap<>();
        for (NodeRecord record : live) {
            languages.merge(record.profile().text("sdk_language").orElse("unknown"), 1, Integer::sum);
            versions.merge(record.profile().text("sdk_version").orElse("unknown"), 1, Integer::sum);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total_active", live.size());
        json.put("by_language", languages);
        json.put("by_version", versions);
        return json;
    }
}
