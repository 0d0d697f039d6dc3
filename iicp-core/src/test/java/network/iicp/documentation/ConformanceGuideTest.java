package network.iicp.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConformanceGuideTest {

    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))#([A-Za-z0-9_]+)`");

    private static final Pattern RANGE = Pattern.compile("(.*?)(\\d\\d) to (?:.*?)(\\d\\d)");

    private static final List<String> CONSUMER = List.of(
            "Consumer: routes and directories",
            "Consumer: dispatch",
            "Consumer: streams",
            "Consumer: secrets and traces",
            "Cooperative inference: coordinator");

    /** What the conformance suite asks of whoever uses a mesh. */
    private static final String CONSUMER_IDS =
            "PROXY-ROUTE-01 to 05, PROXY-TIMEOUT-01 to 02, PROXY-OAI-01 to 02, PROXY-ERR-01 to 02,"
                    + " SDK-01 to 06, SDK-DISC-01 to 02, SDK-ERR-01 to 02, PROTO-MSG-01 to 05, PROTO-URN-01 to 03, SEC-TLS-01, SEC-LOG-01,"
                    + " SEC-LEAK-01 to 02, DIR-DISPATCH-01 to 05, DIR-CIP-01 to 03, DIR-FED-05, DIR-FED-06, DIR-FED-19, DIR-FED-20,"
                    + " DIR-FED-TRUST-01, CIP-01 to 05, CIP-CALL-01 to 06, CIP-TIMEOUT-01, CIP-VAL-01, CIP-V01 to 08, CIP-V02a, CIP-AGG-01,"
                    + " CIP-BIND-01, CIP-CFG-01, CIP-TC9A, CIP-TC9B, CIP-TC9D, CIP-CR1-PROXY, CIP-CR1-WIRE, IICP-E2E-04, CX-01 to 07,"
                    + " CX-T2-01 to 03, QOS-ADMIT-01 to 02, METRICS-02, METRICS-03, METRICS-05, METRICS-07, TRACE-01 to 04,"
                    + " TEL-OUTLIER-01 to 03, DIR-TEL-01, NATIVE-FRAME-BASE-01 to 04, SERVICE-LIFECYCLE-01 to 23";

    /** What it asks of a node. */
    private static final String PROVIDER_IDS =
            "NODE-TASK-01 to 08, NODE-HEALTH-01 to 03, NODE-CONC-01, NODE-REG-01 to 02, HB-2, TASK-2, TASK-3, TASK-4, TASK-5,"
                    + " SDK-NODE-01 to 05, PROTO-MSG-01 to 05, PROTO-URN-01 to 03, SEC-AUTH-01 to 02, SEC-RN-01 to 02, SEC-LEAK-01 to 02,"
                    + " SEC-LOG-01, SEC-TLS-01, SEC-NONCE-01, DIR-HB-05, METRICS-01, METRICS-03, METRICS-04, METRICS-06, METRICS-08,"
                    + " TRACE-01 to 04, CIP-W01, CIP-SESSION, CIP-V03 to 05, CIP-W01-RUST, CIP-V03-RUST, CIP-V04-RUST, CIP-02, CIP-W02,"
                    + " CIP-04, CIP-TC9C-RUST, CIP-CR1-ADAPTER, CIP-CR1-RUST, CIP-W01-GATE, CIP-W02-GATE, CIP-W01-ALLOW, CIP-W02-ALLOW,"
                    + " CIP-W03-CLAMP, CIP-A1-GATE-01 to 06, CIP-CONF-01 to 03, IICP-E2E-04, DIR-TRUST-01, REP-09, CX-01, CX-02, CX-04,"
                    + " CX-05, QOS-ADMIT-01, MCP-ERA-01 to 16, SERVICE-LIFECYCLE, ADMISSION-01 to 06, http-task-resource-boundary";

    /** Test classes of all modules, with their sources. */
    private static Map<String, String> tests() throws IOException {
        Path root = Path.of(System.getProperty("basedir", "."), "..");
        Map<String, String> sources = new TreeMap<>();
        List<Path> folders;
        try (Stream<Path> modules = Files.walk(root, 2)) {
            folders = modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList();
        }
        for (Path folder : folders) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }

    @Test
    void every_test_that_is_claimed_exists() throws IOException {
        Map<String, String> sources = tests();
        List<String> missing = new ArrayList<>();
        int claims = 0;
        for (String line : Guide.read("conformance.md").lines()) {
            Matcher claim = TEST.matcher(line);
            while (claim.find()) {
                claims++;
                String source = sources.getOrDefault(claim.group(1), "");
                if (!source.contains(" " + claim.group(2) + "(")) {
                    missing.add(claim.group());
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(claims).isGreaterThan(10);
    }

    @Test
    void every_rule_of_a_provider_has_a_test_or_says_what_is_missing() {
        assertThat(Guide.read("conformance.md").table("Provider")).allSatisfy(row -> {
            assertThat(row).hasSize(4);
            assertThat(row.get(3)).as(row.get(0)).isNotBlank();
            assertThat(!row.get(2).isBlank() || row.get(3).startsWith("no"))
                    .as(row.get(0))
                    .isTrue();
        });
    }

    @Test
    void every_rule_of_a_consumer_has_a_test_or_says_what_is_missing() {
        for (String section : CONSUMER) {
            assertThat(Guide.read("conformance.md").table(section)).isNotEmpty().allSatisfy(row -> {
                assertThat(row).hasSize(4);
                assertThat(row.get(3)).as(row.get(0)).isNotBlank();
                assertThat(row.get(2).isBlank())
                        .as(row.get(0))
                        .isEqualTo(row.get(3).startsWith("not "));
            });
        }
    }

    @Test
    void every_id_that_concerns_a_consumer_has_a_row() {
        Set<String> mapped = new TreeSet<>();
        for (String section : CONSUMER) {
            Guide.read("conformance.md").table(section).forEach(row -> mapped.addAll(ids(row.get(0))));
        }
        Guide.read("conformance.md")
                .table("Directory: tickets and tokens")
                .forEach(row -> mapped.addAll(ids(row.get(0))));
        Guide.read("conformance.md").table("Provider").forEach(row -> mapped.addAll(ids(row.get(0))));

        Set<String> missing = new TreeSet<>(ids(CONSUMER_IDS));
        missing.removeAll(mapped);
        assertThat(missing).isEmpty();
    }

    @Test
    void every_id_that_concerns_a_node_has_a_row() {
        Set<String> missing = new TreeSet<>(ids(PROVIDER_IDS));
        Guide.read("conformance.md").table("Provider").forEach(row -> missing.removeAll(ids(row.get(0))));
        assertThat(missing).isEmpty();
    }

    @Test
    void every_fault_has_a_test() {
        for (String section : List.of("Faults at a node", "Faults at a client")) {
            assertThat(Guide.read("conformance.md").table(section))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(row -> {
                        assertThat(row).hasSize(2);
                        assertThat(row.get(1)).as(row.get(0)).contains("#");
                    });
        }
    }

    /** The ids of a list such as {@code A-01 to 03, B-01/02, C-V02a}, each by itself. */
    private static Set<String> ids(String list) {
        Set<String> all = new TreeSet<>();
        for (String part : list.split(", ")) {
            Matcher range = RANGE.matcher(part);
            if (range.matches()) {
                for (int i = Integer.parseInt(range.group(2)); i <= Integer.parseInt(range.group(3)); i++) {
                    all.add(range.group(1) + "%02d".formatted(i));
                }
                continue;
            }
            String[] ends = part.split("/");
            all.add(ends[0]);
            for (int i = 1; i < ends.length; i++) {
                all.add(ends[0].substring(0, ends[0].length() - ends[i].length()) + ends[i]);
            }
        }
        return all;
    }
}
