package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Qos;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.transport.CallerAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SmallPartsTest {

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Releases {

        @ParameterizedTest
        @CsvSource(
                nullValues = "-",
                value = {
                    "0.7.107, current, latest_known",
                    "v0.7.107, current, latest_known",
                    "0.7.68, current, behind_known",
                    "0.7.67, downlevel, behind_known",
                    "0.7, downlevel, behind_known",
                    "0.8.0-rc1, current, ahead_of_known",
                    "1, current, ahead_of_known",
                    "0.7.107.dev3, current, latest_known",
                    "nonsense, unknown, unknown",
                    "0.7.99999999999, unknown, unknown",
                    "-, unknown, unknown"
                })
        void are_compared_by_their_numbers(@Nullable String version, String status, String relation) {
            Nodes node = Nodes.node("n").without("sdk_version");
            if (version != null) {
                node.with("sdk_compatibility_version", version);
            }
            NodeProfile profile = node.record().profile();
            assertThat(profile.followsCurrentSdk()).isEqualTo(status.equals("current"));
            assertThat(SdkRelease.status(profile.json())).isEqualTo(status);
            assertThat(SdkRelease.of(profile.json()).wireName()).isEqualTo(relation);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_rate_limiter {

        private final FakeClock clock = new FakeClock();

        @Test
        void counts_each_caller_for_itself_and_begins_anew_each_minute() {
            RateLimiter limiter = new RateLimiter("calls", 2, clock);
            limiter.admit("a");
            limiter.admit("a");
            limiter.admit("b");
            clock.advance(Duration.ofSeconds(20));
            assertThatThrownBy(() -> limiter.admit("a")).isInstanceOfSatisfying(DirectoryRefusal.class, e -> {
                assertThat(e.status()).isEqualTo(429);
                assertThat(e.headers()).containsEntry("Retry-After", "40");
                assertThat(e.body())
                        .containsEntry("retry_after", 40)
                        .hasEntrySatisfying(
                                "error", error -> assertThat(error).asString().contains("rate_limited", "IICP-E034"));
            });
            clock.advance(Duration.ofSeconds(40));
            assertThatCode(() -> limiter.admit("a")).doesNotThrowAnyException();
        }

        @Test
        void gives_a_call_back_and_never_more_than_were_made() {
            RateLimiter limiter = new RateLimiter("calls", 1, clock);
            limiter.giveBack("a");
            limiter.admit("a");
            limiter.giveBack("a");
            limiter.giveBack("a");
            limiter.admit("a");
            assertThatThrownBy(() -> limiter.admit("a")).isInstanceOf(DirectoryRefusal.class);
        }

        @Test
        void lets_everything_pass_when_it_is_off() {
            RateLimiter limiter = new RateLimiter("calls", 0, clock);
            assertThatCode(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            limiter.admit("a");
                        }
                    })
                    .doesNotThrowAnyException();
        }

        @Test
        void counts_callers_beyond_its_bound_together() {
            RateLimiter limiter = new RateLimiter("calls", 2, clock, 3);
            for (String caller : List.of("a", "b", "c", "d", "e")) {
                limiter.admit(caller);
            }
            assertThatThrownBy(() -> limiter.admit("f")).isInstanceOf(DirectoryRefusal.class);
            assertThatCode(() -> limiter.admit("a")).doesNotThrowAnyException();
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class The_address_of_a_caller {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        203.0.113.9 | 198.51.100.7              | 203.0.113.9
                        10.0.0.1    | 198.51.100.7              | 198.51.100.7
                        10.0.0.1    | 1.2.3.4, 198.51.100.7     | 198.51.100.7
                        10.0.0.1    | 198.51.100.7, 10.0.0.2    | 198.51.100.7
                        10.0.0.1    | localhost                 | 10.0.0.1
                        10.0.0.1    | evil.example, 10.0.0.2    | 10.0.0.2
                        10.0.0.1    | 10.0.0.3                  | 10.0.0.3
                        fd00::1     | 2001:db8::7               | 2001:db8:0:0:0:0:0:7
                        """)
        void is_believed_as_far_as_trusted_proxies_wrote_it(String peer, String forwarded, String expected)
                throws Exception {
            CallerAddress callers = new CallerAddress(List.of("10.0.0.0/8", "fd00::1"));
            assertThat(callers.caller(InetAddress.getByName(peer), List.of(forwarded))
                            .getHostAddress())
                    .isEqualTo(expected);
        }

        @Test
        void is_the_peer_when_nobody_is_trusted() throws Exception {
            assertThat(new CallerAddress(List.of())
                            .caller(InetAddress.getByName("127.0.0.1"), List.of("1.2.3.4"))
                            .getHostAddress())
                    .isEqualTo("127.0.0.1");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "10.0.0.0/33", "10.0.0.0/x", "proxy.example", "10.0.0.0/", "::1/129", "300.1.1.1"})
        void refuses_what_is_no_block(String entry) {
            assertThatThrownBy(() -> new CallerAddress(List.of(entry))).isInstanceOf(ConfigurationException.class);
        }

        @ParameterizedTest
        @CsvSource({
            "203.0.113.9, 203.0.113.9",
            "2001:db8:1:2:3:4:5:6, 20010db800010002/64",
            "2001:db8:1:2::9, 20010db800010002/64",
            "fe80:0:0:0:1:2:3:4%eth0, fe80000000000000/64",
            "unknown, unknown"
        })
        void counts_an_ipv6_network_as_one(String source, String counted) {
            assertThat(CallerAddress.countedAs(source)).isEqualTo(counted);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Health_and_trust {

        @Test
        void a_new_reachable_node_is_healthy() {
            Health health = Health.of(Nodes.node("n").record(), FakeClock.START);
            assertThat(health.score()).isEqualTo(85);
            assertThat(health.label()).isEqualTo("healthy");
        }

        @Test
        void a_silent_node_is_offline_with_zero() {
            Health health = Health.of(Nodes.node("n").record(), FakeClock.START.plusSeconds(91));
            assertThat(health.score()).isZero();
            assertThat(health.label()).isEqualTo("offline");
        }

        @Test
        void an_unreachable_node_is_critical() {
            Health health =
                    Health.of(Nodes.node("n").reachability(Reachability.DEAD).record(), FakeClock.START);
            assertThat(health.score()).isEqualTo(15);
            assertThat(health.label()).isEqualTo("critical");
        }

        @ParameterizedTest
        @CsvSource({
            "0.39, 5000, 1000, bronze",
            "0.40, 5000, 1000, silver",
            "0.64, 5000, 1000, silver",
            "0.65, 99,   1000, silver",
            "0.65, 100,  1000, gold",
            "0.85, 999,  1000, gold",
            "0.85, 1000, 719,  gold",
            "0.85, 1000, 720,  platinum"
        })
        void the_tier_follows_reputation_tasks_and_age(double reputation, long tasks, long hours, String tier) {
            Instant now = FakeClock.START.plus(Duration.ofHours(hours));
            assertThat(Trust.tier(Nodes.node("n").standing(reputation, tasks).record(), now))
                    .isEqualTo(tier);
        }

        @Test
        void progress_says_what_is_missing() {
            assertThat(Trust.progress(Nodes.node("n").record()))
                    .containsEntry("tasks_until_gold", 100L)
                    .containsEntry("probation", true)
                    .containsEntry("remaining_gold_requirements", List.of("completed_tasks", "reputation_score"));
            assertThat(Trust.progress(Nodes.node("n").standing(0.7, 150).record()))
                    .containsEntry("tasks_until_gold", 0L)
                    .containsEntry("tasks_until_platinum", 850L)
                    .containsEntry("remaining_gold_requirements", List.of());
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class The_status_in_one_word {

        @Test
        void is_tested_in_the_official_order() {
            assertThat(state(Nodes.node("n"))).isEqualTo("ready");
            assertThat(state(Nodes.node("n").unavailable())).isEqualTo("watch");
            assertThat(state(Nodes.node("n").reachability(Reachability.DECLARED)))
                    .isEqualTo("direct_unverified");
            assertThat(state(Nodes.node("n")
                            .reachability(Reachability.DECLARED)
                            .with("exposure_mode", "ipv4_public_direct")))
                    .isEqualTo("ready");
            assertThat(state(Nodes.node("n").reachability(Reachability.ASSUMED)))
                    .isEqualTo("ready");
            assertThat(state(Nodes.node("n").with("sdk_version", "0.1"))).isEqualTo("upgrade_needed");
            assertThat(state(Nodes.node("n").with("sdk_version", "0.1").without("cx_public_key")))
                    .isEqualTo("upgrade_privacy_needed");
            assertThat(state(Nodes.node("n").reachability(Reachability.DEAD))).isEqualTo("limited_reach");
            assertThat(state(
                            Nodes.node("n").reachability(Reachability.DEAD).lastSeen(FakeClock.START.minusSeconds(91))))
                    .isEqualTo("not_seen");
        }

        private Object state(Nodes node) {
            return String.valueOf(
                    StatusSummary.of(node.record(), FakeClock.START).get("state"));
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Rules {

        @Test
        void thresholds_of_urgent_queries_follow_the_official_values() {
            NodeStanding young = Nodes.node("n").standing(0.9, 99).record().standing();
            NodeStanding old = Nodes.node("n").standing(0.8, 1000).record().standing();
            NodeStanding distrusted =
                    Nodes.node("n").standing(0.79, 1000).record().standing();
            assertThat(QosThresholds.OFFICIAL.admits(young, Qos.INTERACTIVE)).isFalse();
            assertThat(QosThresholds.OFFICIAL.admits(old, Qos.INTERACTIVE)).isTrue();
            assertThat(QosThresholds.OFFICIAL.admits(old, Qos.REALTIME)).isTrue();
            assertThat(QosThresholds.OFFICIAL.admits(distrusted, Qos.REALTIME)).isFalse();
            assertThat(QosThresholds.OFFICIAL.admits(young, Qos.BATCH)).isTrue();
            assertThat(QosThresholds.OFFICIAL.admits(young, null)).isTrue();
            assertThat(QosThresholds.NONE.admits(young, Qos.REALTIME)).isTrue();
        }

        @Test
        void refuse_values_out_of_range() {
            assertThatIllegalArgumentException().isThrownBy(() -> new QosThresholds(-1, 0, 0));
            assertThatIllegalArgumentException().isThrownBy(() -> new QosThresholds(0, 0, 1.1));
            assertThatIllegalArgumentException().isThrownBy(() -> new RateLimits(0, -1, 0));
            assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryNodeStore(0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DirectoryServer.builder().joinToken("short"));
        }

        @Test
        void secrets_are_not_shown() {
            NodeRecord record = Nodes.node("node-number-one").record();
            assertThat(record.toString()).doesNotContain("hmac", "token", "node-number-one", "127.0.0.1");
            assertThat(record.credentials().toString())
                    .doesNotContain("hmac-", record.credentials().tokenSha256());
        }
    }

    @Test
    void whole_numbers_are_printed_without_fraction() {
        assertThat(Numbers.plain(5.0)).isEqualTo(5L);
        assertThat(Numbers.plain(0.123456)).isEqualTo(0.1235);
        assertThat(Numbers.plain(0)).isEqualTo(0L);
    }

    @Test
    void a_profile_of_an_unreadable_record_reads_as_empty() {
        NodeProfile profile = NodeProfile.of(Map.of(
                "capabilities", List.of(7, Map.of("intent", 7), Map.of("intent", "x", "models", "y")),
                "availability", List.of(Map.of("start", "late", "end", "later", "share", 1)),
                "limits", "none"));
        assertThat(profile.intents()).containsExactly("x");
        assertThat(profile.models()).isEmpty();
        assertThat(profile.windows()).isEmpty();
        assertThat(profile.maxConcurrent()).isEqualTo(4);
        assertThat(profile.creditCostMultiplier()).isEqualTo(1.0);
        assertThat(profile.region()).isEqualTo("unknown");
        assertThat(new NodePresence(
                                true,
                                FakeClock.START,
                                0,
                                0,
                                null,
                                new BackendStability(
                                        BackendStability.State.DRAINING, BackendStability.Reason.OK, null, null),
                                "s",
                                Reachability.ASSUMED,
                                null)
                        .isDraining())
                .isTrue();
    }
}
