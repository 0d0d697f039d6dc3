package network.iicp.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The vectors that all official SDKs and directories share: {@code dispatch-route-ticket-v1.json}. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DispatchTicketFixtureTest {

    private JsonObject fixture;

    @BeforeEach
    void load() throws Exception {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES is not set: the official vectors are not here");
        Path file = Path.of(folder, "sdk", "dispatch-route-ticket-v1.json");
        assumeTrue(Files.exists(file), file + " is missing");
        fixture = JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }

    private String token(String named) {
        return switch (named) {
            case "valid" -> fixture.object("valid").string("token");
            case "valid+0" -> fixture.object("valid").string("token") + "0";
            case "wrong_audience" -> fixture.object("wrong_audience").string("token");
            default -> named;
        };
    }

    private String verdict(JsonObject vector) {
        byte[] key = HexFormat.of().parseHex(fixture.string("public_key_hex"));
        DispatchTicket.Expected expected = new DispatchTicket.Expected(
                Set.of(vector.string("issuer")),
                vector.string("node_id"),
                vector.string("intent"),
                Instant.ofEpochSecond(vector.optionalLong("now_s").orElseThrow()),
                Duration.ZERO);
        return DispatchTicket.read(token(vector.string("token")))
                        .filter(ticket -> ticket.isSignedBy(key))
                        .filter(ticket -> ticket.objection(expected).isEmpty())
                        .isPresent()
                ? "valid"
                : "rejected";
    }

    @TestFactory
    List<DynamicTest> validation_vectors() {
        List<JsonObject> vectors = fixture.objects("validation_vectors");
        assertThat(vectors).hasSizeGreaterThanOrEqualTo(8);
        return vectors.stream()
                .map(vector -> dynamicTest(
                        vector.string("name"), () -> assertThat(verdict(vector)).isEqualTo(vector.string("expected"))))
                .toList();
    }

    @Test
    void the_domain_is_the_official_one() {
        assertThat(DispatchTicket.DOMAIN + "\n").isEqualTo(fixture.string("domain"));
    }

    @Test
    void the_wrong_audience_is_refused_for_that_and_not_for_its_signature() {
        byte[] key = HexFormat.of().parseHex(fixture.string("public_key_hex"));
        DispatchTicket ticket = DispatchTicket.read(token("wrong_audience")).orElseThrow();
        assertThat(ticket.isSignedBy(key)).isTrue();
        assertThat(ticket.objection(new DispatchTicket.Expected(
                        Set.of("https://directory.example.test"),
                        "node-00000001",
                        "urn:iicp:intent:llm:chat:v1",
                        Instant.ofEpochSecond(1_800_000_000),
                        Duration.ZERO)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("iicp.directory.wrong-audience"));
    }
}
