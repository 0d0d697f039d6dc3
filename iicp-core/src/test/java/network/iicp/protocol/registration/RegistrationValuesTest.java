package network.iicp.protocol.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Qos;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RegistrationValuesTest {

    private static final URI ENDPOINT = URI.create("http://127.0.0.1:9484");
    private static final Capability CHAT = Capability.of(Intent.LLM_CHAT, List.of("llama3:8b"));

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_registration {

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "-a", ".a", "a b", "a/b", "äb", "0123456789012345678901234567890123456"})
        void refuses_an_id_that_directories_refuse(String id) {
            NodeRegistration.Builder builder =
                    NodeRegistration.builder(ENDPOINT).capability(CHAT).nodeId(id);
            assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("nodeId");
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", "0", "node-1", "a.b_c:d-e", "3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e"})
        void takes_an_id_that_directories_take(String id) {
            assertThat(NodeRegistration.isValidId(id)).isTrue();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "1eu", "eu central", "_eu"})
        void refuses_a_region_that_directories_refuse(String region) {
            NodeRegistration.Builder builder =
                    NodeRegistration.builder(ENDPOINT).capability(CHAT).region(region);
            assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("region");
        }

        @ParameterizedTest
        @ValueSource(strings = {"ftp://host", "iicp://host:1", "http:///path", "relative", "mailto:a@b"})
        void refuses_an_endpoint_that_is_not_http(String endpoint) {
            NodeRegistration.Builder builder =
                    NodeRegistration.builder(URI.create(endpoint)).capability(CHAT);
            assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("endpoint");
        }

        @Test
        void refuses_to_offer_nothing() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> NodeRegistration.builder(ENDPOINT).build())
                    .withMessageContaining("capability");
        }

        @Test
        void never_shows_its_credentials() {
            NodeRegistration registration = NodeRegistration.builder(ENDPOINT)
                    .capability(CHAT)
                    .currentToken("secret-token")
                    .hmacKey("secret-key")
                    .build();
            assertThat(registration.toString()).doesNotContain("secret").doesNotContain("9484");
            assertThat(new RegistrationReceipt("n", "secret", "secret", null, false, 0).toString())
                    .doesNotContain("secret");
            assertThat(new HeartbeatReply(Duration.ofSeconds(1), 0.5, null, "secret").toString())
                    .doesNotContain("secret");
        }

        @Test
        void survives_the_way_through_its_builder() {
            NodeRegistration registration = NodeRegistration.builder(ENDPOINT)
                    .nodeId("node-1")
                    .currentToken("t")
                    .region("eu-central")
                    .capability(CHAT)
                    .limits(new NodeLimits(8, 500))
                    .exposure(NodeExposure.direct())
                    .backend("ollama")
                    .policy(new NodePolicy(true, false, false, 2.0))
                    .pricing(NodePricing.perToken(1.5))
                    .availability(List.of(new AvailabilityWindow(LocalTime.of(8, 0), LocalTime.of(17, 30), 0.5)))
                    .hmacKey("k")
                    .extra("listing", Map.of("public_listing", true))
                    .build();
            assertThat(registration.toBuilder().build()).isEqualTo(registration);
            assertThat(registration.withCurrentToken("u").currentToken()).isEqualTo("u");
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_query {

        @ParameterizedTest
        @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 51, Integer.MAX_VALUE})
        void refuses_a_limit_out_of_range(int limit) {
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).limit(limit), Integer.toString(limit));
        }

        @ParameterizedTest
        @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
        void refuses_shares_out_of_range(double share) {
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).minReputation(share), "min_reputation");
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).minScore(share), "min_quality_score");
        }

        @ParameterizedTest
        @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
        void refuses_a_price_out_of_range(double factor) {
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).maxMultiplier(factor), "max_multiplier");
        }

        @Test
        void refuses_names_that_cannot_be_sent() {
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).model(" "), "model");
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).model("a,b"), "comma");
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).model("m".repeat(129)), "128");
            assertInvalid(DiscoverQuery.builder(Intent.LLM_CHAT).region("r".repeat(65)), "region");
        }

        @Test
        void can_drop_its_urgency_and_nothing_else() {
            DiscoverQuery query = DiscoverQuery.builder(Intent.LLM_CHAT)
                    .qos(Qos.INTERACTIVE)
                    .limit(3)
                    .model("m")
                    .build();
            assertThat(query.withoutQos())
                    .isEqualTo(DiscoverQuery.builder(Intent.LLM_CHAT)
                            .limit(3)
                            .model("m")
                            .build());
        }

        private void assertInvalid(DiscoverQuery.Builder builder, String named) {
            assertThatThrownBy(builder::build)
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining(named);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_heartbeat {

        @Test
        void clamps_the_load() {
            assertThat(Heartbeat.builder().slots(9, 4).build().load()).isEqualTo(1.0);
            assertThat(Heartbeat.builder().slots(1, 4).build().load()).isEqualTo(0.25);
            assertThat(Heartbeat.builder().slots(0, 0).build().load()).isEqualTo(1.0);
            assertThat(new Heartbeat(true, Double.NaN, null, null, null, null, null, null).load())
                    .isEqualTo(1.0);
            assertThat(Heartbeat.alive().load()).isNull();
        }

        @Test
        void refuses_what_directories_refuse() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Heartbeat.builder().slots(-1, 4).build());
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("b", 1001, 0, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("b", 0, -1, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("b", 0, 0, Double.NaN));
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("", 0, 0, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("a b", 0, 0, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> new HeartbeatMetrics("x".repeat(65), 0, 0, 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            new BackendStability(BackendStability.State.OK, BackendStability.Reason.OK, 86_401, null));
        }
    }

    @Test
    void windows_limits_prices_and_ports_keep_their_ranges() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AvailabilityWindow(LocalTime.of(9, 0), LocalTime.of(8, 0), 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AvailabilityWindow(LocalTime.of(8, 0), LocalTime.of(9, 0), 1.1));
        assertThatIllegalArgumentException().isThrownBy(() -> new NodeLimits(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new NodeLimits(257, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new NodeLimits(1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> NodePricing.perToken(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> new NodePricing(1, "per_letter", null));
        assertThatIllegalArgumentException().isThrownBy(() -> new NodePolicy(true, true, true, 1001.0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NodeExposure(null, null, null, null, Map.of(), 65_536));
    }

    @ParameterizedTest
    @EnumSource(TransportMethod.class)
    void transport_methods_are_read_as_written(TransportMethod method) {
        assertThat(TransportMethod.of(method.wireName())).contains(method);
    }

    @ParameterizedTest
    @EnumSource(ExposureMode.class)
    void exposure_modes_are_read_as_written(ExposureMode mode) {
        assertThat(ExposureMode.of(mode.wireName())).contains(mode);
    }

    @ParameterizedTest
    @EnumSource(NatType.class)
    void nat_types_are_read_as_written(NatType type) {
        assertThat(NatType.of(type.wireName())).contains(type);
        assertThat(NatType.of("none of them")).isEmpty();
    }

    @Test
    void only_a_found_translation_with_a_method_counts_as_declared_reachable() {
        assertThat(exposure(TransportMethod.UPNP_MAPPED, NatType.FULL_CONE).isDeclaredReachable())
                .isTrue();
        assertThat(exposure(TransportMethod.UPNP_MAPPED, NatType.UNKNOWN).isDeclaredReachable())
                .isFalse();
        assertThat(exposure(TransportMethod.DIRECT, NatType.NONE).isDeclaredReachable())
                .isFalse();
        assertThat(exposure(null, NatType.FULL_CONE).isDeclaredReachable()).isFalse();
        assertThat(NodeExposure.UNSTATED.isDeclaredReachable()).isFalse();
    }

    private static NodeExposure exposure(@org.jspecify.annotations.Nullable TransportMethod method, NatType natType) {
        return new NodeExposure(null, method, natType, null, Map.of(), null);
    }
}
