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
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES does not name the folder of the official fixtures");
        Path file = Path.of(folder).resolve("conformance").resolve(name);
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

    @Test
    void the_lifecycle_profile() throws IOException {
        Map<String, String> captured = new LinkedHashMap<>();
        for (JsonObject test : manifest("directory-lifecycle-v1.json").objects("tests")) {
            check(test, captured);
        }
        assertThat(captured).containsKeys("node_id", "stale_node_token", "node_token");
        assertThat(server.nodeCount()).isZero();
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
            case "deregister_shape" -> assertThat(reply.json()).containsEntry("deregistered", true);
            default -> throw new AssertionError("unknown assertion " + assertion);
        }
    }
}
