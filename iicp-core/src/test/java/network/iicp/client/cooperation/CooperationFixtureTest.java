package network.iicp.client.cooperation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The official vectors of cooperative inference. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CooperationFixtureTest {

    @Test
    void the_published_cases_hold() throws IOException {
        List<JsonObject> cases = fixture().objects("cases");
        assertThat(cases).hasSizeGreaterThanOrEqualTo(17);
        for (JsonObject one : cases) {
            JsonObject input = one.object("input");
            JsonObject expected = one.object("expected");
            CooperationPolicy policy = input.optionalString("policy")
                    .flatMap(CooperationPolicy::of)
                    .orElse(null);
            int replicas = input.integer("replicas");
            Integer quorum = input.has("quorum") ? input.integer("quorum") : null;
            boolean enveloped =
                    CooperationRequest.envelopeFault(replicas, quorum).isEmpty();
            assertThat(enveloped ? "accept" : "reject").as(one.string("name")).isEqualTo(expected.string("envelope"));
            Optional<String> fault = CooperationGates.fault(
                    policy,
                    replicas,
                    quorum,
                    input.optionalInt("operator_max_replicas").orElse(10));
            assertThat(execution(input, policy, fault)).as(one.string("name")).isEqualTo(expected.string("execution"));
            expected.optionalString("error")
                    .ifPresent(code -> assertThat(fault).as(one.string("name")).contains(code));
            if (expected.has("quorum") && expected.raw("quorum") != null) {
                CooperationRequest request = new CooperationRequest(policy, replicas, quorum, false, List.of());
                assertThat(request.effectiveQuorum()).as(one.string("name")).isEqualTo(expected.integer("quorum"));
            }
        }
    }

    private static String execution(JsonObject input, CooperationPolicy policy, Optional<String> fault) {
        Intent intent = Intent.parse(input.string("intent", Intent.LLM_CHAT.urn()));
        if (fault.isPresent() || !CooperationGates.isPureInference(intent)) {
            return "reject";
        }
        if (input.has("implemented_modes")
                && policy != null
                && !input.strings("implemented_modes").contains(policy.wireName())) {
            return "unsupported";
        }
        CooperationSettings settings = CooperationSettings.builder()
                .enabled(true)
                .strategy(CooperationSettings.Strategy.REMOTE_FIRST)
                .maxCreditsPerTask(100)
                .maxReplicas(10)
                .sendSensitivePrompts(input.bool("send_sensitive_prompts", false))
                .build();
        CooperationRequest request =
                CooperationRequest.bestOf(2).withSensitive("high".equals(input.string("sensitivity", "")));
        return new CooperationGates(settings).judge(intent, Map.of(), request, true) == CooperationGates.Verdict.LOCAL
                ? "local"
                : "accept";
    }

    @Test
    void the_published_receipts_have_our_hash_and_signature() throws IOException {
        List<JsonObject> vectors = fixture().objects("canonical_receipt_vectors");
        assertThat(vectors).isNotEmpty();
        for (JsonObject vector : vectors) {
            Object result = vector.raw("result");
            assertThat(ResponseHash.render(result, true)).isEqualTo(vector.string("canonical_result_json"));
            assertThat(ResponseHash.matches(result, vector.string("response_hash")))
                    .isTrue();
            assertThat(CoordinatorReceipt.sign(vector.string("hmac_key_utf8"), vector.string("canonical_message")))
                    .isEqualTo(vector.string("signature_hmac_sha256"));
        }
    }

    private static JsonObject fixture() throws IOException {
        String root = System.getenv("IICP_FIXTURES");
        assumeTrue(root != null, "official fixtures are not here: set IICP_FIXTURES to their folder");
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            Path file = files.filter(f -> f.endsWith("cip-conformance-v0.json"))
                    .findFirst()
                    .orElseThrow();
            return JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
        }
    }
}
