package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.transport.internal.IpLiteral;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The vectors that all official SDKs share: {@code endpoint-security-v1.json}. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndpointSecurityFixtureTest {

    private JsonObject fixture;

    @BeforeEach
    void load() throws Exception {
        String folder = System.getenv("IICP_FIXTURES");
        assumeTrue(folder != null, "IICP_FIXTURES is not set: the official vectors are not here");
        Path file = Path.of(folder, "sdk", "endpoint-security-v1.json");
        assumeTrue(Files.exists(file), file + " is missing");
        fixture = JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
    }

    private static EndpointGuard guard(boolean allowPrivate, Deque<List<String>> answers) {
        EndpointScope scope = allowPrivate ? EndpointScope.PRIVATE : EndpointScope.PUBLIC;
        List<String> networks = allowPrivate ? List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16") : List.of();
        return EndpointGuard.of(scope, networks, host -> answers.remove().stream()
                .map(text -> IpLiteral.parse(text).orElseThrow())
                .toArray(InetAddress[]::new));
    }

    private static boolean isAllowed(EndpointGuard guard, String host) {
        try {
            guard.checkResolved(URI.create("https://" + host + "/"));
            return true;
        } catch (EndpointRefusedException e) {
            return false;
        }
    }

    @Test
    void address_vectors() {
        List<JsonObject> vectors = fixture.objects("address_vectors");
        assertThat(vectors).hasSizeGreaterThanOrEqualTo(12);
        for (JsonObject vector : vectors) {
            List<String> addresses = vector.strings("addresses");
            EndpointGuard guard = guard(vector.bool("allow_private", false), new ArrayDeque<>(List.of(addresses)));
            assertThat(isAllowed(guard, "provider.example.com"))
                    .as(vector.string("id"))
                    .isEqualTo(vector.bool("allowed", false));
        }
    }

    @Test
    void hostname_vectors() {
        List<JsonObject> vectors = fixture.objects("hostname_vectors");
        assertThat(vectors).hasSizeGreaterThanOrEqualTo(5);
        for (JsonObject vector : vectors) {
            EndpointGuard guard = guard(false, new ArrayDeque<>(List.of(List.of("93.184.216.34"))));
            assertThat(isAllowed(guard, vector.string("host")))
                    .as(vector.string("id"))
                    .isEqualTo(vector.bool("allowed", false));
        }
    }

    @Test
    void resolution_attempt_vectors() {
        for (JsonObject vector : fixture.objects("resolution_attempt_vectors")) {
            Deque<List<String>> answers = new ArrayDeque<>();
            for (Object attempt : vector.list("attempts")) {
                answers.add(((List<?>) attempt).stream().map(String::valueOf).toList());
            }
            int attempts = answers.size();
            EndpointGuard guard = guard(vector.bool("allow_private", false), answers);
            List<String> outcome = new ArrayList<>();
            for (int i = 0; i < attempts; i++) {
                outcome.add(isAllowed(guard, "provider.example.com") ? "allow" : "refuse");
            }
            assertThat(outcome).as(vector.string("id")).isEqualTo(vector.strings("expected"));
        }
    }
}
