package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("Payloads against the intent registry")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PayloadRulesFixtureTest {

    private static Path registry() {
        String root = System.getenv("IICP_FIXTURES");
        assumeTrue(root != null, "official fixtures are not here: set IICP_FIXTURES to their folder");
        Path registry = Path.of(root, "registry");
        assumeTrue(Files.isDirectory(registry), "IICP_FIXTURES has no registry");
        return registry;
    }

    private static JsonObject read(Path file) throws IOException {
        return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }

    private static void check(Intent intent, Map<String, Object> payload) {
        PayloadRules.requireRegistered(intent, payload, ErrorComponent.CLIENT);
    }

    @TestFactory
    Stream<DynamicTest> published_payloads_are_taken_or_refused_as_published() throws IOException {
        List<JsonObject> cases =
                read(registry().resolve("fixtures/intent-payloads-v1.json")).objects("cases");
        assertThat(cases).hasSize(12);
        return cases.stream()
                .map(each -> DynamicTest.dynamicTest(each.string("id"), () -> {
                    Intent intent = Intent.parse(each.string("intent"));
                    Map<String, Object> payload = each.object("payload").asMap();
                    if (each.bool("valid", false)) {
                        assertThatCode(() -> check(intent, payload)).doesNotThrowAnyException();
                    } else {
                        assertThatThrownBy(() -> check(intent, payload)).isInstanceOf(InvalidRequestException.class);
                    }
                }));
    }

    /** Makes payloads from each published schema and looks whether the rules, which were written by hand, agree with it. */
    @TestFactory
    Stream<DynamicTest> every_published_schema_and_our_rules_say_the_same() throws IOException {
        Path registry = registry();
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonObject entry : read(registry.resolve("intents.json")).objects("intents")) {
            Intent intent = Intent.parse(entry.string("urn"));
            Path file = registry.resolveSibling(
                    entry.object("schemas").object("input").string("path"));
            JsonObject schema = read(file);
            tests.add(DynamicTest.dynamicTest(intent.urn(), () -> agrees(intent, schema)));
        }
        assertThat(tests).hasSize(17);
        return tests.stream();
    }

    private static void agrees(Intent intent, JsonObject schema) {
        Map<String, Object> whole = whole(schema);
        assertThatCode(() -> check(intent, whole)).as("all members").doesNotThrowAnyException();
        for (String name : schema.strings("required")) {
            Map<String, Object> without = new HashMap<>(whole);
            without.remove(name);
            refused(intent, without, name);
        }
        JsonObject properties = schema.object("properties");
        for (String name : properties.names()) {
            for (Object wrong : SchemaValues.wrong(properties.object(name))) {
                Map<String, Object> changed = new HashMap<>(whole);
                changed.put(name, wrong);
                refused(intent, changed, name);
            }
        }
        Map<String, Object> more = new HashMap<>(whole);
        more.put("unheard_of", 1);
        if (schema.bool("additionalProperties", true)) {
            assertThatCode(() -> check(intent, more)).as("another member").doesNotThrowAnyException();
        } else {
            refused(intent, more, "unheard_of");
        }
    }

    private static void refused(Intent intent, Map<String, Object> payload, String member) {
        assertThatThrownBy(() -> check(intent, payload))
                .as("%s of %s", member, payload)
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(member);
    }

    private static Map<String, Object> whole(JsonObject schema) {
        Map<String, Object> payload = new HashMap<>();
        JsonObject properties = schema.object("properties");
        for (String name : properties.names()) {
            payload.put(name, SchemaValues.right(properties.object(name)));
        }
        return payload;
    }

    @Test
    void intents_that_are_not_registered_pass() {
        assertThatCode(() -> check(Intent.parse("urn:iicp:intent:x.acme:anything:v1"), Map.of("a", 1)))
                .doesNotThrowAnyException();
    }
}
