package network.iicp.client.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import network.iicp.client.selection.RoutingPolicy.ManifestIdentity;
import network.iicp.client.selection.RoutingPolicy.Profile;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CandidateFilterTest {

    private static final ConfidentialityKey KEY =
            ConfidentialityKeyPair.generate(new java.security.SecureRandom()).publicKey();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-20T12:00:00Z"), ZoneOffset.UTC);
    private static final CandidateFilter FILTER =
            new CandidateFilter(EndpointGuard.of(EndpointScope.LOCAL, List.of()), CLOCK);
    private static final String FAR = "https://node.example.org/";
    private static final String HERE = "http://127.0.0.1:9484";

    /** A node that every policy accepts; tests spoil one thing. */
    private record Node(
            String endpoint,
            boolean available,
            String id,
            List<String> models,
            @Nullable String region,
            boolean keyed,
            double reputation,
            Map<String, Object> extra) {

        static Node perfect() {
            Map<String, Object> manifest = new LinkedHashMap<>();
            manifest.put("verification", Map.of("status", "signed_valid"));
            manifest.put("retention", Map.of("task_payload", "none"));
            manifest.put("manifest_identity_level", "known_operator");
            return new Node(HERE, true, "node-1", List.of("m1"), "eu-central", true, 0.9, manifest(manifest));
        }

        static Map<String, Object> manifest(Map<String, Object> members) {
            return Map.of("node_policy_manifest", members);
        }

        NodeDescriptor described() {
            return new NodeDescriptor(
                    id,
                    URI.create(endpoint),
                    0.5,
                    available,
                    region,
                    null,
                    models,
                    List.of(),
                    keyed ? KEY : null,
                    reputation,
                    null,
                    List.of(),
                    extra);
        }

        Node at(String where) {
            return new Node(where, available, id, models, region, keyed, reputation, extra);
        }

        Node unavailable() {
            return new Node(endpoint, false, id, models, region, keyed, reputation, extra);
        }

        Node in(@Nullable String place) {
            return new Node(endpoint, available, id, models, place, keyed, reputation, extra);
        }

        Node keyless() {
            return new Node(endpoint, available, id, models, region, false, reputation, extra);
        }

        Node with(Map<String, Object> manifest) {
            return new Node(endpoint, available, id, models, region, keyed, reputation, manifest(manifest));
        }

        Node without() {
            return new Node(endpoint, available, id, models, region, keyed, reputation, Map.of());
        }

        Node listing(String... names) {
            return new Node(endpoint, available, id, List.of(names), region, keyed, reputation, extra);
        }
    }

    private static CandidateFilter.Wanted wanted(RoutingPolicy policy) {
        return new CandidateFilter.Wanted(
                null, null, false, null, null, policy, !Boolean.FALSE.equals(policy.requireEncryption()));
    }

    private static @Nullable String reason(Node node, RoutingPolicy policy) {
        return FILTER.rejection(node.described(), wanted(policy)).orElse(null);
    }

    private static RoutingPolicy everything() {
        return RoutingPolicy.profile(Profile.STRICT_POLICY)
                .regions(List.of("eu"))
                .allowRemoteExecutor(false)
                .minManifestIdentity(ManifestIdentity.KNOWN_OPERATOR)
                .build();
    }

    /** Each row spoils one thing more than the row before; the reason that is found is always the first in order. */
    static Stream<Arguments> reasons_from_the_last_to_the_first() {
        Node node = Node.perfect();
        Map<String, Object> weak = Map.of(
                "verification", Map.of("status", "signed_valid"),
                "retention", Map.of("task_payload", "none"),
                "manifest_identity_level", "operator_bound");
        Map<String, Object> keeping = Map.of(
                "verification", Map.of("status", "signed_valid"),
                "retention", Map.of("task_payload", "transient"),
                "manifest_identity_level", "operator_bound");
        Map<String, Object> unsigned = Map.of("evidence", "self_attested");
        return Stream.of(
                Arguments.of(node, null),
                Arguments.of(node.with(weak), "manifest_identity_level_too_low"),
                Arguments.of(node.with(keeping), "payload_retention_not_none"),
                Arguments.of(node.with(unsigned), "policy_manifest_not_signed"),
                Arguments.of(node.without(), "missing_policy_manifest"),
                Arguments.of(node.without().keyless(), "missing_encryption_key"),
                Arguments.of(node.without().keyless().in("us-east"), "region_not_allowed"),
                Arguments.of(node.without().keyless().in("us-east").at(FAR), "remote_executor_disabled"),
                Arguments.of(node.without().keyless().in("us-east").at(FAR).unavailable(), "unavailable"),
                Arguments.of(
                        node.without()
                                .keyless()
                                .in("us-east")
                                .at("http://10.0.0.1")
                                .unavailable(),
                        "endpoint_refused"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("reasons_from_the_last_to_the_first")
    void the_first_reason_that_applies_is_the_one_told(Node node, @Nullable String expected) {
        assertThat(reason(node, everything())).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "eu, eu, true",
        "eu-central, eu, true",
        "EU-Central, eu, true",
        "europe, eu, false",
        "eu, eu-central, false",
        "eu-west, eea, true",
        "eea, eea, true",
        "us-east, eea, false",
        ", eu, false"
    })
    void a_region_allows_itself_and_its_parts_and_the_eea_holds_the_eu(
            @Nullable String place, String allowed, boolean fits) {
        RoutingPolicy policy = RoutingPolicy.profile(Profile.STANDARD)
                .regions(List.of(allowed))
                .build();
        assertThat(policy.allowsRegion(place)).isEqualTo(fits);
    }

    @Test
    void each_profile_does_what_it_says() {
        Node far = Node.perfect().without().in("us-east").at(FAR);
        assertThat(reason(far, RoutingPolicy.STANDARD)).isNull();
        assertThat(reason(far, RoutingPolicy.SENSITIVE)).isEqualTo("remote_executor_disabled");
        assertThat(reason(far.at(HERE), RoutingPolicy.SENSITIVE)).isNull();
        assertThat(reason(far, RoutingPolicy.EU_RESTRICTED)).isEqualTo("region_not_allowed");
        assertThat(reason(far.in("eu-west"), RoutingPolicy.EU_RESTRICTED)).isNull();
        assertThat(reason(far, RoutingPolicy.STRICT_POLICY)).isEqualTo("missing_policy_manifest");
        assertThat(reason(Node.perfect(), RoutingPolicy.STRICT_POLICY)).isNull();
        assertThat(reason(far.keyless(), RoutingPolicy.STANDARD)).isEqualTo("missing_encryption_key");
        assertThat(reason(far.keyless(), RoutingPolicy.DEBUG_OVERRIDE)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "self_attested, manifest_identity_level_too_low",
        "signed_valid, manifest_identity_level_too_low",
        "operator_bound,",
        "known_operator,",
        "rotated, policy_manifest_revoked_or_rotated",
        "revoked, policy_manifest_revoked_or_rotated",
        "whatever, manifest_identity_level_too_low",
        "'', missing_manifest_identity"
    })
    void a_manifest_needs_an_identity_that_is_known_well_enough(String level, @Nullable String expected) {
        RoutingPolicy policy = RoutingPolicy.profile(Profile.STANDARD)
                .minManifestIdentity(ManifestIdentity.OPERATOR_BOUND)
                .build();
        assertThat(reason(Node.perfect().with(Map.of("manifest_identity_level", level)), policy))
                .isEqualTo(expected);
    }

    @Test
    void a_signature_may_be_told_as_evidence_too() {
        Map<String, Object> manifest =
                Map.of("evidence", "signed_verified", "retention", Map.of("task_payload", "none"));
        assertThat(reason(Node.perfect().with(manifest), RoutingPolicy.STRICT_POLICY))
                .isNull();
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void profiles_are_read_in_any_spelling(Profile profile) {
        assertThat(Profile.of(profile.wireName())).contains(profile);
        assertThat(Profile.of(" " + profile.name().replace('_', '-') + " ")).contains(profile);
        assertThat(Profile.of("nonsense")).isEmpty();
    }

    @Test
    void what_is_laid_over_a_profile_counts_and_nothing_keeps_it() {
        RoutingPolicy policy = RoutingPolicy.profile(Profile.STRICT_POLICY)
                .regions(null)
                .requireEncryption(null)
                .requireSignedManifest(false)
                .requireNoRetention(null)
                .minManifestIdentity(null)
                .allowRemoteExecutor(null)
                .build();
        assertThat(policy.requireSignedManifest()).isFalse();
        assertThat(policy.requireNoRetention()).isTrue();
        assertThat(policy.requireEncryption()).isTrue();
        assertThat(policy).isNotEqualTo(RoutingPolicy.STRICT_POLICY);
        assertThatThrownBy(() -> RoutingPolicy.profile(Profile.STANDARD).regions(List.of(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 64");
    }

    @Test
    void a_call_can_name_node_model_modality_and_reputation() {
        NodeDescriptor node = Node.perfect().listing("llama3:latest", "qwen-vl").described();
        assertThat(FILTER.rejection(node, wish("other", null, false, null, null)))
                .contains("not_the_node_asked_for");
        assertThat(FILTER.rejection(node, wish(null, "m2", false, null, null))).contains("model_not_served");
        assertThat(FILTER.rejection(node, wish(null, "llama3", false, null, null)))
                .isEmpty();
        assertThat(FILTER.rejection(node, wish(null, "llama3:8b", false, null, null)))
                .contains("model_not_served");
        assertThat(FILTER.rejection(node, wish(null, null, false, Modality.AUDIO, null)))
                .contains("modality_not_served");
        assertThat(FILTER.rejection(node, wish(null, null, false, Modality.IMAGE, null)))
                .isEmpty();
        assertThat(FILTER.rejection(node, wish(null, null, false, null, 0.95))).contains("reputation_too_low");
    }

    @Test
    void a_node_that_lists_no_models_may_serve_any_unless_the_call_is_strict() {
        NodeDescriptor node = Node.perfect().listing().described();
        assertThat(FILTER.rejection(node, wish(null, "m2", false, null, null))).isEmpty();
        assertThat(FILTER.rejection(node, wish(null, "m2", true, null, null))).contains("model_not_served");
    }

    @Test
    void an_advertised_modality_counts() {
        Capability sees = Capability.of(Intent.LLM_CHAT, List.of("m1")).withInputModalities(Set.of(Modality.IMAGE));
        NodeDescriptor plain = Node.perfect().described();
        NodeDescriptor seeing = new NodeDescriptor(
                plain.id(),
                plain.endpoint(),
                0.5,
                true,
                null,
                null,
                List.of("m1"),
                List.of(sees),
                KEY,
                null,
                null,
                List.of(),
                Map.of());
        assertThat(CandidateFilter.takes(seeing, Modality.IMAGE)).isTrue();
        assertThat(CandidateFilter.takes(seeing, Modality.AUDIO)).isFalse();
        assertThat(CandidateFilter.takes(plain, Modality.TEXT)).isTrue();
    }

    private static CandidateFilter.Wanted wish(
            @Nullable String node,
            @Nullable String model,
            boolean listed,
            @Nullable Modality modality,
            @Nullable Double reputation) {
        return new CandidateFilter.Wanted(node, model, listed, modality, reputation, RoutingPolicy.STANDARD, true);
    }
}
