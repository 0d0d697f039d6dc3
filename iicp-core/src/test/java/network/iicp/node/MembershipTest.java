package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.crypto.Hashes;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatMetrics;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.spi.InferenceBackend.State;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MembershipTest {

    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final ManualClock time = new ManualClock();
    private final FakeDirectory directory = new FakeDirectory();
    private final FakeEngine engine = new FakeEngine("ollama", chat("a"));
    private final Offers offers = new Offers(List.of(Offer.of(engine)), List.of(), Set.of(), NodeAuthentication.AUTO);
    private final Slots slots = new Slots(4);
    private final Tally tally = new Tally(() -> "batch-1");
    private final List<NodeEvent> heard = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final CompletableFuture<Void> registered = new CompletableFuture<>();
    private final AtomicInteger delegations = new AtomicInteger();
    private final ConfidentialityKeys keys =
            ConfidentialityKeys.inMemory(Duration.ofDays(90), time, new SecureRandom());
    private final NodeSettings settings = NodeSettings.builder()
            .nodeId("node-1")
            .backend(engine)
            .price(new NodePrice(1.5, "per_token", true))
            .availability(AvailabilitySchedule.in(ZoneId.of("Asia/Tokyo"))
                    .window(LocalTime.of(21, 0), LocalTime.of(23, 30), 0.25))
            .registrationMembers(() -> Map.of("operator_delegation", "issued-" + delegations.incrementAndGet()))
            .time(time, time, new Random(7))
            .build();

    @TempDir
    private Path folder;

    private Membership membership;

    @BeforeEach
    void make() {
        membership = membership();
    }

    private Membership membership() {
        return membership(folder.resolve("credential.json"));
    }

    private Membership membership(Path credential) {
        return new Membership(
                new Membership.Identity("node-1", INTERVAL),
                new RegistrationForm(settings, URI.create("http://127.0.0.1:9484"), offers, keys, new SecureRandom()),
                new Surveys(offers, Duration.ZERO, time),
                directory,
                new CredentialFile(credential),
                offers,
                slots,
                tally,
                new DirectoryKey(directory::publicKey, time),
                new NodeEvents(List.of(event -> {
                    if (event instanceof NodeEvent.DirectoryCalled call) {
                        calls.add(call.call() + " " + call.failure());
                    } else {
                        heard.add(event);
                    }
                })),
                registered,
                time,
                new Random(7));
    }

    private static Capability chat(String... models) {
        return Capability.of(Intent.LLM_CHAT, List.of(models));
    }

    /** A directory that answers what it is told to, and keeps what it was asked. */
    private static final class FakeDirectory implements DirectoryLink {

        private final List<NodeRegistration> registrations = new ArrayList<>();
        private final List<Heartbeat> heartbeats = new ArrayList<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<String> deregistered = new ArrayList<>();
        private @Nullable IicpException failure;
        private @Nullable String hmacKey = "hmac-1";
        private @Nullable String challenge;
        private @Nullable String acceptedBatch;
        private Duration next = INTERVAL;
        private RecoveryCheck.Presence presence = RecoveryCheck.Presence.PRESENT;
        private int looks;

        @Override
        public String origin() {
            return "http://127.0.0.1:9480";
        }

        @Override
        public RegistrationReceipt register(NodeRegistration registration) {
            registrations.add(registration);
            failIfTold();
            return new RegistrationReceipt("node-1", "token-" + registrations.size(), hmacKey, "127.0.0.1", false, 0);
        }

        @Override
        public HeartbeatReply heartbeat(String token, Heartbeat heartbeat) {
            tokens.add(token);
            heartbeats.add(heartbeat);
            failIfTold();
            return new HeartbeatReply(next, 0.5, acceptedBatch, challenge);
        }

        @Override
        public void deregister(String token) {
            deregistered.add(token);
            failIfTold();
        }

        @Override
        public CompletableFuture<Void> award(String token, Map<String, Object> body) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public RecoveryCheck.Presence presence() {
            looks++;
            return presence;
        }

        @Override
        public Optional<byte[]> publicKey() {
            return Optional.empty();
        }

        private void failIfTold() {
            IicpException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
        }

        private Heartbeat lastHeartbeat() {
            return heartbeats.get(heartbeats.size() - 1);
        }
    }

    private static IicpException status(int status, @Nullable Duration retryAfter) {
        return IicpException.of(IicpError.of(ErrorCode.UNAUTHORIZED, ErrorComponent.DIRECTORY, "no")
                .withHttpStatus(status)
                .withRetryAfter(retryAfter));
    }

    private static IicpException unreachable() {
        return IicpException.of(IicpError.of(ErrorCode.NETWORK_ERROR, ErrorComponent.DIRECTORY, "connection refused"));
    }

    private void registerAndBeat() throws InterruptedException {
        assertThat(membership.step()).isZero();
        membership.step();
    }

    @Nested
    class At_the_start {

        @Test
        void the_node_registers_and_beats_at_once() throws Exception {
            assertThat(membership.step()).isZero();

            assertThat(membership.isListed()).isTrue();
            assertThat(membership.token()).contains("token-1");
            assertThat(registered).isDone();
            NodeRegistration sent = directory.registrations.get(0);
            assertThat(sent.capabilities()).containsExactly(chat("a"));
            assertThat(sent.currentToken()).isNull();
            Duration next = membership.step();

            assertThat(directory.tokens).containsExactly("token-1");
            assertThat(calls).containsExactly("REGISTER null", "HEARTBEAT null");
            assertThat(next).isBetween(Duration.ofSeconds(27), Duration.ofSeconds(33));
            assertThat(heard)
                    .containsExactly(
                            new NodeEvent.Registered("http://127.0.0.1:9480", URI.create("http://127.0.0.1:9484")));
        }

        @Test
        void a_directory_that_is_down_is_tried_with_growing_pauses_and_told_once() throws Exception {
            directory.failure = unreachable();
            Duration longest = Duration.ZERO;
            for (int i = 0; i < 20; i++) {
                Duration wait = membership.step();
                assertThat(wait).isBetween(Duration.ofMillis(100), Duration.ofSeconds(60));
                longest = wait.compareTo(longest) > 0 ? wait : longest;
                time.advance(wait);
            }
            assertThat(longest).isGreaterThan(Duration.ofSeconds(10));
            assertThat(membership.isListed()).isFalse();
            directory.failure = null;

            assertThat(membership.step()).isZero();

            assertThat(membership.isListed()).isTrue();
            assertThat(heard).hasSize(3);
            assertThat(heard.get(0)).isInstanceOf(NodeEvent.DirectoryLost.class);
            assertThat(heard.get(1))
                    .isInstanceOfSatisfying(NodeEvent.DirectoryRecovered.class, e -> assertThat(e.outage())
                            .isGreaterThan(Duration.ofSeconds(20)));
            assertThat(heard.get(2)).isInstanceOf(NodeEvent.Registered.class);
        }

        @Test
        void a_wish_of_the_directory_is_respected() throws Exception {
            directory.failure = status(429, Duration.ofSeconds(90));

            assertThat(membership.step()).isEqualTo(Duration.ofSeconds(90));
        }

        @Test
        void an_engine_without_models_is_waited_for() throws Exception {
            engine.capabilities = List.of();

            Duration wait = membership.step();

            assertThat(directory.registrations).isEmpty();
            assertThat(wait).isPositive();
            engine.capabilities = List.of(chat("late"));
            assertThat(membership.step()).isZero();
            assertThat(directory.registrations.get(0).capabilities()).containsExactly(chat("late"));
            assertThat(offers.models()).containsExactly("late");
        }
    }

    @Nested
    class A_registration {

        @Test
        void says_price_and_windows_in_the_form_of_directories() throws Exception {
            membership.step();

            NodeRegistration sent = directory.registrations.get(0);
            assertThat(sent.availability())
                    .containsExactly(new AvailabilityWindow(LocalTime.of(12, 0), LocalTime.of(14, 30), 0.25));
            assertThat(sent.hmacKey()).hasSize(64);
            assertThat(sent.pricing())
                    .isEqualTo(new NodePrice(1.5, "per_token", true).declare(String.valueOf(sent.hmacKey())));
            engine.capabilities = List.of(chat("b"));
            membership.step();
            assertThat(directory.registrations.get(1).hmacKey())
                    .as("the key both know by then")
                    .isEqualTo("hmac-1");
        }

        @Test
        void is_not_made_while_a_source_of_members_fails() throws Exception {
            NodeSettings failing = NodeSettings.builder()
                    .backend(engine)
                    .registrationMembers(() -> {
                        throw new IllegalStateException("the operator's key is locked");
                    })
                    .build();
            RegistrationForm form = new RegistrationForm(
                    failing, URI.create("http://127.0.0.1:9484"), offers, keys, new SecureRandom());

            assertThatThrownBy(() -> form.fill(List.of(chat("a")), form.edition(), null))
                    .hasMessageContaining("locked");
        }
    }

    @Nested
    class A_heartbeat {

        @Test
        void comes_as_often_as_the_directory_asks_but_never_less_often_than_configured() throws Exception {
            membership.step();
            directory.next = Duration.ofSeconds(10);
            assertThat(membership.step()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
            directory.next = Duration.ofMinutes(5);
            assertThat(membership.step()).isBetween(Duration.ofSeconds(27), Duration.ofSeconds(33));
        }

        @Test
        void tells_load_health_models_and_metrics() throws Exception {
            membership.step();
            Slots.Permit permit = slots.tryAcquire().orElseThrow();
            tally.success(Duration.ofSeconds(1));

            membership.step();

            Heartbeat sent = directory.lastHeartbeat();
            assertThat(sent.available()).isTrue();
            assertThat(sent.activeJobs()).isEqualTo(1);
            assertThat(sent.load()).isEqualTo(0.25);
            assertThat(sent.maxConcurrent()).isEqualTo(4);
            assertThat(sent.healthModels()).containsExactly("a");
            assertThat(sent.stability()).isEqualTo(BackendStability.OK);
            assertThat(sent.metrics()).isNotNull();
            permit.close();
        }

        @Test
        void answers_the_challenge_of_the_reply_before() throws Exception {
            membership.step();
            directory.challenge = "0123";
            membership.step();
            assertThat(directory.lastHeartbeat().challengeResponse()).isNull();

            membership.step();

            assertThat(directory.lastHeartbeat().challengeResponse()).isEqualTo(Hashes.hmacSha256Hex("hmac-1", "0123"));
        }

        @Test
        void repeats_a_batch_until_it_is_accepted() throws Exception {
            membership.step();
            tally.success(Duration.ofSeconds(1));
            directory.acceptedBatch = "another";
            membership.step();
            membership.step();
            assertThat(directory.lastHeartbeat().metrics()).isNotNull();

            directory.acceptedBatch = "batch-1";
            membership.step();
            membership.step();

            assertThat(directory.lastHeartbeat().metrics()).isNull();
        }

        @Test
        void that_is_not_answered_keeps_the_node_and_is_tried_again_within_the_interval() throws Exception {
            registerAndBeat();
            directory.failure = unreachable();
            for (int i = 0; i < 10; i++) {
                assertThat(membership.step()).isLessThanOrEqualTo(INTERVAL);
            }
            directory.failure = null;
            membership.step();

            assertThat(membership.isListed()).isTrue();
            assertThat(directory.registrations).hasSize(1);
            assertThat(heard)
                    .filteredOn(NodeEvent.DirectoryLost.class::isInstance)
                    .hasSize(1);
            assertThat(heard)
                    .filteredOn(NodeEvent.DirectoryRecovered.class::isInstance)
                    .hasSize(1);
        }

        @Test
        void an_hour_without_the_directory_costs_neither_the_service_nor_the_counts() throws Exception {
            registerAndBeat();
            directory.failure = unreachable();
            long start = time.getAsLong();
            int tasks = 0;
            int tries = directory.heartbeats.size();
            while (time.getAsLong() - start < Duration.ofHours(1).toNanos()) {
                tally.success(Duration.ofSeconds(1));
                tasks++;
                time.advance(membership.step());
                assertThat(offers.isAvailable(Intent.LLM_CHAT)).isTrue();
            }
            assertThat(directory.heartbeats.size() - tries)
                    .as("not more often than it pays, not less often than the interval")
                    .isBetween(100, 400);
            directory.failure = null;
            // It forgot the node meanwhile.
            directory.failure = status(404, null);
            membership.step();
            directory.failure = null;
            int unanswered = directory.heartbeats.size();
            for (int i = 0; i < 4; i++) {
                membership.step();
            }

            assertThat(directory.heartbeats.stream()
                            .skip(unanswered)
                            .map(Heartbeat::metrics)
                            .filter(Objects::nonNull)
                            .mapToInt(HeartbeatMetrics::tasksSuccess)
                            .sum())
                    .isEqualTo(tasks);
            assertThat(membership.isListed()).isTrue();
            assertThat(heard)
                    .filteredOn(NodeEvent.DirectoryLost.class::isInstance)
                    .hasSize(1);
            assertThat(heard)
                    .filteredOn(NodeEvent.DirectoryRecovered.class::isInstance)
                    .singleElement()
                    .isInstanceOfSatisfying(NodeEvent.DirectoryRecovered.class, e -> assertThat(e.outage())
                            .isGreaterThanOrEqualTo(Duration.ofHours(1)));
        }

        @Test
        void does_not_know_the_models_when_the_engine_does_not_answer() throws Exception {
            membership.step();
            engine.failure = FakeEngine.down();

            membership.step();

            Heartbeat sent = directory.lastHeartbeat();
            assertThat(sent.healthModels()).isNull();
            assertThat(sent.available()).isFalse();
            assertThat(sent.stability()).isNotNull();
            assertThat(sent.stability().state()).isEqualTo(BackendStability.State.DRAINING);
            assertThat(directory.registrations).hasSize(1);
        }

        @Test
        void hides_the_node_when_the_engine_serves_nothing_any_more() throws Exception {
            membership.step();
            engine.capabilities = List.of();

            membership.step();

            assertThat(directory.lastHeartbeat().healthModels()).isEmpty();
            assertThat(directory.registrations).hasSize(1);
        }

        @Test
        void tells_that_the_engine_is_not_well() throws Exception {
            membership.step();
            engine.state = State.DEGRADED;

            membership.step();

            assertThat(directory.lastHeartbeat().stability()).isEqualTo(BackendStability.UNSTABLE);
            assertThat(directory.lastHeartbeat().available()).isTrue();
        }
    }

    @Nested
    class The_node_registers_again {

        @Test
        void when_the_directory_does_not_know_it_any_more() throws Exception {
            for (int status : new int[] {401, 404, 410}) {
                registerAndBeat();
                int before = directory.registrations.size();
                String token = membership.token().orElseThrow();
                directory.failure = status(status, null);
                // The registration fails as well, the first time.
                assertThat(membership.step()).isPositive();
                directory.failure = null;

                assertThat(membership.step()).isZero();

                List<NodeRegistration> after = directory.registrations.subList(before, directory.registrations.size());
                assertThat(after).hasSize(2).allSatisfy(sent -> assertThat(sent.currentToken())
                        .isEqualTo(token));
                assertThat(membership.token()).isPresent().get().isNotEqualTo(token);
                directory.registrations.clear();
                directory.failure = status(401, null);
                membership.step();
                directory.failure = null;
            }
        }

        @Test
        void with_the_new_key_or_else_the_one_it_has() throws Exception {
            registerAndBeat();
            directory.hmacKey = null;
            engine.capabilities = List.of(chat("b"));
            assertThat(membership.step()).isZero();
            directory.challenge = "77";
            membership.step();
            membership.step();
            assertThat(directory.lastHeartbeat().challengeResponse()).isEqualTo(Hashes.hmacSha256Hex("hmac-1", "77"));

            directory.hmacKey = "hmac-2";
            engine.capabilities = List.of(chat("c"));
            assertThat(membership.step()).isZero();
            membership.step();
            assertThat(directory.lastHeartbeat().challengeResponse())
                    .as("a challenge of the registration before is not answered")
                    .isNull();
            membership.step();
            assertThat(directory.lastHeartbeat().challengeResponse()).isEqualTo(Hashes.hmacSha256Hex("hmac-2", "77"));
        }

        @Test
        void when_its_models_change_and_serves_the_new_ones_only_then() throws Exception {
            registerAndBeat();
            engine.capabilities = List.of(chat("a", "b"));
            directory.failure = status(422, null);
            membership.step();
            assertThat(offers.models()).containsExactly("a");
            directory.failure = null;

            membership.step();

            assertThat(directory
                            .registrations
                            .get(directory.registrations.size() - 1)
                            .capabilities())
                    .containsExactly(chat("a", "b"));
            assertThat(offers.models()).containsExactly("a", "b");
        }

        @Test
        void with_a_delegation_issued_for_that_registration() throws Exception {
            registerAndBeat();
            engine.capabilities = List.of(chat("b"));
            membership.step();

            assertThat(directory.registrations)
                    .extracting(sent -> sent.extra().get("operator_delegation"))
                    .containsExactly("issued-1", "issued-2");
        }

        @Test
        void when_its_confidentiality_key_has_served_its_time_and_the_one_before_still_opens() throws Exception {
            registerAndBeat();
            String before = keys.opening().get(0).keyId();
            time.advance(Duration.ofDays(90));

            assertThat(membership.step()).isZero();

            NodeRegistration sent = directory.registrations.get(1);
            assertThat(sent.currentToken()).isEqualTo("token-1");
            assertThat(sent.confidentialityKey()).isNotNull();
            assertThat(sent.confidentialityKey().keyId()).isNotEqualTo(before);
            assertThat(keys.opening()).extracting(ConfidentialityKeyPair::keyId).contains(before);
            membership.step();
            assertThat(directory.registrations).hasSize(2);
        }

        @Test
        void when_the_directory_answers_it_and_does_not_show_it_three_times_in_a_row() throws Exception {
            registerAndBeat();
            directory.presence = RecoveryCheck.Presence.ABSENT;
            for (int i = 0; i < 4; i++) {
                membership.step();
            }
            assertThat(directory.registrations).hasSize(1);

            assertThat(membership.step()).isZero();
            assertThat(directory.registrations).hasSize(2);
            assertThat(directory.registrations.get(1).currentToken()).isEqualTo("token-1");
        }

        @Test
        void but_not_forever_when_the_directory_has_no_register_to_look_into() throws Exception {
            registerAndBeat();
            directory.presence = RecoveryCheck.Presence.ABSENT;
            for (int i = 0; i < 60; i++) {
                membership.step();
            }

            assertThat(directory.registrations).hasSize(2);
            assertThat(directory.looks).isEqualTo(6);
        }

        @Test
        void and_not_when_the_directory_does_not_say_whether_it_shows_it() throws Exception {
            registerAndBeat();
            directory.presence = RecoveryCheck.Presence.UNKNOWN;
            for (int i = 0; i < 20; i++) {
                membership.step();
            }

            assertThat(directory.registrations).hasSize(1);
        }

        @Test
        void after_a_restart_with_the_token_it_had() throws Exception {
            registerAndBeat();
            membership = membership();
            assertThat(membership.token()).contains("token-1");

            membership.step();

            assertThat(directory.registrations.get(1).currentToken()).isEqualTo("token-1");
            assertThat(membership.token()).contains("token-2");
        }

        @Test
        void even_if_its_token_cannot_be_kept() throws Exception {
            membership = membership(folder.resolve("later-a-file").resolve("credential.json"));
            Files.createFile(folder.resolve("later-a-file"));

            assertThat(membership.step()).isZero();

            assertThat(membership.isListed()).isTrue();
        }

        @Test
        void but_not_when_only_their_order_does() throws Exception {
            engine.capabilities = List.of(chat("a", "b"));
            registerAndBeat();
            engine.capabilities = List.of(chat("b", "a"));

            membership.step();

            assertThat(directory.registrations).hasSize(1);
        }
    }

    @Nested
    class At_the_end {

        @Test
        void the_node_says_that_it_drains_and_later_leaves_with_its_last_metrics() throws Exception {
            registerAndBeat();
            membership.drain();
            membership.step();
            assertThat(directory.lastHeartbeat().available()).isFalse();
            tally.failure(Duration.ofSeconds(2));

            membership.last();

            assertThat(directory.lastHeartbeat().metrics()).isNotNull();
            assertThat(directory.deregistered).containsExactly("token-1");
            assertThat(calls).endsWith("HEARTBEAT null", "DEREGISTER null");
            assertThat(membership.isListed()).isFalse();
        }

        @Test
        void a_directory_that_is_gone_does_not_hold_it_back() throws Exception {
            registerAndBeat();
            directory.failure = unreachable();
            membership.drain();
            membership.step();

            membership.last();

            assertThat(membership.isListed()).isFalse();
        }

        @Test
        void a_node_that_was_never_registered_has_nothing_to_leave() throws Exception {
            membership.last();

            assertThat(directory.deregistered).isEmpty();
        }
    }

    @Test
    void the_pauses_between_tries_double_with_full_jitter_up_to_a_minute() {
        BackOff high = new BackOff(new Random(1) {
            private static final long serialVersionUID = 1L;

            @Override
            public double nextDouble() {
                return 0.999999;
            }
        });
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            seconds.add(high.failed(null).plusMillis(1).toSeconds());
        }
        assertThat(seconds).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
        high.succeeded();
        assertThat(high.failed(Duration.ofHours(1))).isEqualTo(Duration.ofMinutes(5));
    }
}
