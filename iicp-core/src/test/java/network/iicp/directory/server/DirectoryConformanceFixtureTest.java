package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.directory.server.Http.Reply;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The case lists of the official conformance runner, run against this directory over HTTP. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryConformanceFixtureTest {

    /** Where every directory in use, and the parsers of the official consumers, differ from the published schema. */
    private static final Set<String> OTHER_IN_PRACTICE = Set.of("route_evidence", "quantization", "inference_engine");

    private DirectoryServer server;
    private Http http;

    @BeforeEach
    void start() {
        server = DirectoryServer.builder().port(0).build();
        server.start();
        http = new Http("http://127.0.0.1:" + server.port());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static JsonObject manifest(String name) throws IOException {
        return fixture("conformance", name);
    }

    private static JsonObject fixture(String kind, String name) throws IOException {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES does not name the folder of the official fixtures");
        Path file = Path.of(folder).resolve(kind).resolve(name);
        assumeTrue(Files.isReadable(file), file + " is not there");
        return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }

    @TestFactory
    List<DynamicTest> cases_of_the_public_profile() throws IOException {
        assertThat(http.post("/v1/register", Nodes.registration("n")).status()).isEqualTo(201);
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonObject test : manifest("directory-public-v1.json").objects("tests")) {
            tests.add(dynamicTest(test.string("id"), () -> {
                assumeTrue(
                        test.string("id").startsWith("DIR-DISC-"),
                        "probe, credits and telemetry are not served by this directory yet");
                check(test, new LinkedHashMap<>());
            }));
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> cases_of_the_dispatch_profile() throws IOException {
        assertThat(http.post("/v1/register", Nodes.registration("n")).status()).isEqualTo(201);
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonObject test : manifest("directory-dispatch-v1.json").objects("tests")) {
            tests.add(dynamicTest(test.string("id"), () -> check(test, new LinkedHashMap<>())));
        }
        assertThat(tests).hasSizeGreaterThanOrEqualTo(5);
        return tests;
    }

    @Test
    void the_lifecycle_profile() throws IOException {
        Map<String, String> captured = new LinkedHashMap<>();
        for (JsonObject test : manifest("directory-lifecycle-v1.json").objects("tests")) {
            check(test, captured);
        }
        assertThat(captured).containsKeys("node_id", "stale_node_token", "node_token");
        assertThat(server.nodeCount()).isZero();
    }

    @Test
    void discovered_nodes_keep_to_the_official_schema() throws IOException {
        Map<String, Object> registration = Nodes.registration(null);
        registration.put("transport_endpoint", "iicp://127.0.0.1:9484");
        registration.put("transport_method", "direct");
        registration.put("exposure_mode", "ipv4_public_direct");
        registration.put("backend", "ollama");
        registration.put("auto_update_enabled", false);
        registration.put("implementation_name", "iicp-java");
        registration.put("implementation_version", "0.1.0");
        assertThat(http.post("/v1/register", registration).status()).isEqualTo(201);
        JsonObject schema = fixture("schemas", "nodelist.json");
        for (String view : List.of("dispatch", "public")) {
            Reply reply = http.get("/v1/discover?intent=%s&view=%s".formatted(Nodes.CHAT, view));
            assertKeepsTo(schema.object("properties"), reply.json());
            assertKeepsTo(
                    schema.object("$defs").object("NodeSummary").object("properties"),
                    reply.nodes().get(0));
        }
    }

    /** As much of JSON Schema as the official file uses on these members: type, enum, range and pattern. */
    private static void assertKeepsTo(JsonObject properties, Map<String, Object> json) {
        json.forEach((name, value) -> {
            if (properties.has(name) && !OTHER_IN_PRACTICE.contains(name)) {
                assertKeepsTo(properties.object(name), name, value);
            }
        });
    }

    private static void assertKeepsTo(JsonObject rule, String name, Object value) {
        if (rule.has("type")) {
            Object type = rule.raw("type");
            List<?> types = type instanceof List<?> list ? list : List.of(String.valueOf(type));
            assertThat(types.stream().anyMatch(t -> isOf(String.valueOf(t), value)))
                    .as("%s is %s, and must be %s", name, value, types)
                    .isTrue();
        }
        if (rule.has("enum")) {
            assertThat(rule.list("enum")).as(name).contains(value);
        }
        if (rule.has("pattern")) {
            assertThat(String.valueOf(value)).as(name).matches(rule.string("pattern"));
        }
        if (value instanceof Number number) {
            rule.optionalDouble("minimum")
                    .ifPresent(
                            least -> assertThat(number.doubleValue()).as(name).isGreaterThanOrEqualTo(least));
            rule.optionalDouble("maximum")
                    .ifPresent(most -> assertThat(number.doubleValue()).as(name).isLessThanOrEqualTo(most));
        }
        if (value instanceof Map<?, ?> && rule.has("properties")) {
            Map<String, Object> members = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((member, inner) -> members.put(String.valueOf(member), inner));
            assertKeepsTo(rule.object("properties"), members);
        }
    }

    private static boolean isOf(String type, Object value) {
        return switch (type) {
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue());
            case "number" -> value instanceof Number;
            case "array" -> value instanceof List;
            case "object" -> value instanceof Map;
            default -> false;
        };
    }

    private void check(JsonObject test, Map<String, String> captured) {
        Http caller = http;
        for (Map.Entry<String, Object> header : test.optionalObject("headers")
                .map(JsonObject::asMap)
                .orElse(Map.of())
                .entrySet()) {
            caller = caller.with(header.getKey(), filled(header.getValue().toString(), captured));
        }
        String body = test.optionalObject("body")
                .map(json -> filled(Json.text(json.asMap()), captured))
                .orElse(null);
        Reply reply = caller.send(test.string("method"), test.string("path"), body);
        assertThat(reply.status()).as(test.string("id") + " " + reply.text()).isEqualTo(test.integer("status"));
        assertShape(test.string("assertion"), reply);
        test.optionalObject("capture").ifPresent(capture -> capture.asMap()
                .forEach((name, member) -> captured.put(name, reply.string(member.toString()))));
    }

    private static String filled(String text, Map<String, String> captured) {
        String filled = text;
        for (Map.Entry<String, String> value : captured.entrySet()) {
            filled = filled.replace("${" + value.getKey() + "}", value.getValue());
        }
        return filled;
    }

    private static void assertShape(String assertion, Reply reply) {
        switch (assertion) {
            case "none" -> assertThat(reply.text()).startsWith("{");
            case "discovery_shape" -> {
                assertThat(reply.json().get("nodes")).isInstanceOf(List.class);
                assertThat(reply.string("count")).matches("[0-9]+");
            }
            case "score_range" ->
                assertThat(reply.nodes()).isNotEmpty().allSatisfy(node -> assertThat(
                                ((Number) node.get("score")).doubleValue())
                        .isBetween(0.1, 1.0));
            case "registration_shape" -> {
                assertThat(reply.string("node_id")).isNotBlank();
                assertThat(reply.string("node_token")).hasSizeGreaterThanOrEqualTo(64);
            }
            case "heartbeat_shape" -> {
                assertThat(reply.json()).containsEntry("ok", true);
                assertThat(reply.string("next_heartbeat_ms")).matches("[1-9][0-9]*");
            }
            case "json_error" -> assertThat(reply.code()).isNotIn("", "null");
            case "dispatch_ticket_shape" -> {
                assertThat(reply.string("ticket")).isNotBlank();
                assertThat(reply.json().get("route")).isInstanceOf(Map.class);
                assertThat(reply.json())
                        .containsEntry("data_class", "ticketed_route_dispatch")
                        .containsEntry("route_fields_present", true)
                        .containsEntry("prompt_payload_accepted", false);
            }
            case "json_error_without_fixture_content" -> {
                assertThat(reply.code()).isNotIn("", "null");
                assertThat(reply.text()).doesNotContain("fixture-only");
            }
            case "deregister_shape" -> assertThat(reply.json()).containsEntry("deregistered", true);
            default -> {
                assertThat(assertion).startsWith("error_code:");
                assertThat(reply.code()).isEqualTo(assertion.substring("error_code:".length()));
            }
        }
    }
}
