package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConflictException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AdmissionPartsTest {

    private final ManualClock time = new ManualClock();

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Nested
    class Rate_limits {

        @Test
        void count_each_origin_for_itself_in_windows_of_a_minute() {
            RateLimits rates = new RateLimits(2, 0, time);
            rates.count("https://a.example", null);
            rates.count("https://A.example", null);

            assertThatThrownBy(() -> rates.count("https://a.example", null))
                    .isInstanceOfSatisfying(CapacityException.class, e -> {
                        assertThat(e.code()).isEqualTo("rate_limited");
                        assertThat(e.retryAfter()).contains(Duration.ofSeconds(60));
                    });
            rates.count("https://b.example", null);
            rates.count(null, null);
            time.advance(Duration.ofSeconds(60));
            rates.count("https://a.example", null);
        }

        @Test
        void refill_an_address_evenly() {
            RateLimits rates = new RateLimits(0, 60, time);
            InetAddress caller = address("192.0.2.7");
            for (int i = 0; i < 60; i++) {
                rates.count(null, caller);
            }

            assertThatThrownBy(() -> rates.count(null, caller))
                    .isInstanceOfSatisfying(
                            IicpException.class,
                            e -> assertThat(e.retryAfter().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(1)));
            rates.count(null, address("192.0.2.8"));
            time.advance(Duration.ofSeconds(1));
            rates.count(null, caller);
            assertThatThrownBy(() -> rates.count(null, caller)).isInstanceOf(CapacityException.class);
        }

        @Test
        void count_an_IPv6_network_as_one_caller() {
            RateLimits rates = new RateLimits(0, 1, time);
            rates.count(null, address("2001:db8:1:2::1"));

            assertThatThrownBy(() -> rates.count(null, address("2001:db8:1:2:ffff::9")))
                    .isInstanceOf(CapacityException.class);
            rates.count(null, address("2001:db8:1:3::1"));
        }

        @Test
        void do_nothing_when_they_are_zero() {
            RateLimits rates = new RateLimits(0, 0, time);
            for (int i = 0; i < 10_000; i++) {
                rates.count("https://a.example", address("192.0.2.7"));
            }
            assertThat(time.getAsLong()).isZero();
        }

        @Test
        void survive_ten_thousand_origins() {
            RateLimits rates = new RateLimits(1, 0, time);
            for (int i = 0; i < 10_000; i++) {
                rates.count("https://" + i + ".example", null);
            }

            assertThatThrownBy(() -> rates.count("https://9999.example", null)).isInstanceOf(CapacityException.class);
        }
    }

    @Nested
    class The_replay_guard {

        private final ReplayGuard guard = new ReplayGuard(3, Duration.ofHours(1), time);

        private final Digest one = Digest.of("/", "1".getBytes(UTF_8));
        private final Digest two = Digest.of("/", "2".getBytes(UTF_8));

        @Test
        void lets_the_same_request_come_again_until_it_is_answered_for_good() {
            guard.use("n", one);
            guard.use("n", one);
            guard.spend("n");

            assertThatThrownBy(() -> guard.use("n", one))
                    .isInstanceOfSatisfying(
                            ConflictException.class, e -> assertThat(e.code()).isEqualTo("replay_detected"));
        }

        @Test
        void refuses_another_request_with_the_same_nonce() {
            guard.use("n", one);

            assertThatThrownBy(() -> guard.use("n", two)).isInstanceOf(ConflictException.class);
        }

        @Test
        void forgets_with_time_and_when_there_are_too_many() {
            guard.use("a", one);
            time.advance(Duration.ofHours(1));
            guard.use("a", two);
            guard.use("b", one);
            guard.use("c", one);
            guard.use("d", one);

            guard.use("a", one);
            assertThatThrownBy(() -> guard.use("d", two)).isInstanceOf(ConflictException.class);
        }
    }

    @Nested
    class Slots_of_a_node {

        @Test
        void are_given_out_up_to_their_number_and_come_back_once() {
            Slots slots = new Slots(2);
            Slots.Permit first = slots.tryAcquire().orElseThrow();
            assertThat(slots.tryAcquire()).isPresent();
            assertThat(slots.tryAcquire()).isEmpty();

            first.close();
            first.close();

            assertThat(slots.active()).isEqualTo(1);
            assertThat(slots.tryAcquire()).isPresent();
            assertThat(slots.tryAcquire()).isEmpty();
        }

        @Test
        void are_not_given_out_by_a_node_that_stops() {
            Slots slots = new Slots(2);
            slots.close();

            assertThatThrownBy(slots::tryAcquire)
                    .isInstanceOfSatisfying(
                            CapacityException.class, e -> assertThat(e.code()).isEqualTo("temporarily_unavailable"));
        }

        @Test
        void can_be_waited_for() throws Exception {
            Slots slots = new Slots(1);
            Slots.Permit permit = slots.tryAcquire().orElseThrow();
            assertThat(slots.awaitIdle(Duration.ofMillis(10))).isFalse();

            Thread other = new Thread(permit::close);
            other.start();

            assertThat(slots.awaitIdle(Duration.ofSeconds(10))).isTrue();
            other.join();
        }

        private Thread waits(Slots slots, int rank, List<Integer> order) {
            int before = slots.waiting();
            Thread thread = new Thread(() -> {
                try {
                    Slots.Permit permit =
                            slots.acquire(Duration.ofSeconds(30), rank).orElseThrow();
                    order.add(rank);
                    permit.close();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> slots.waiting() == before + 1);
            return thread;
        }

        @Test
        void go_to_the_best_rank_that_waits_then_to_the_oldest() throws Exception {
            Slots slots = new Slots(1);
            Slots.Permit permit = slots.tryAcquire().orElseThrow();
            List<Integer> order = new CopyOnWriteArrayList<>();
            List<Thread> threads = List.of(
                    waits(slots, 5, order), waits(slots, 1, order), waits(slots, 9, order), waits(slots, 1, order));

            permit.close();
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(order).containsExactly(1, 1, 5, 9);
            assertThat(slots.active()).isZero();
            assertThat(slots.waiting()).isZero();
        }

        @Test
        void are_not_waited_for_longer_than_said_nor_by_too_many() throws Exception {
            Slots slots = new Slots(1);
            Slots.Permit permit = slots.tryAcquire().orElseThrow();

            assertThat(slots.acquire(Duration.ofMillis(20), 1)).isEmpty();
            assertThat(slots.acquire(Duration.ZERO, 1)).isEmpty();
            List<Integer> order = new CopyOnWriteArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                threads.add(waits(slots, i, order));
            }
            assertThat(slots.acquire(Duration.ofSeconds(30), 0))
                    .as("the line is full")
                    .isEmpty();
            permit.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(order).isSorted().hasSize(64);
        }

        @Test
        void that_are_waited_for_are_refused_when_the_node_stops() throws Exception {
            Slots slots = new Slots(1);
            assertThat(slots.tryAcquire()).isPresent();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread thread =
                    new Thread(() -> thrown.set(catchThrowable(() -> slots.acquire(Duration.ofSeconds(30), 1))));
            thread.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> slots.waiting() == 1);

            slots.close();
            thread.join();

            assertThat(thrown.get()).isInstanceOfSatisfying(CapacityException.class, e -> assertThat(e.code())
                    .isEqualTo("temporarily_unavailable"));
            assertThat(slots.active()).isEqualTo(1);
        }

        @Test
        void that_are_waited_for_are_not_lost_when_the_waiting_is_interrupted() throws Exception {
            Slots slots = new Slots(1);
            Slots.Permit permit = slots.tryAcquire().orElseThrow();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread thread =
                    new Thread(() -> thrown.set(catchThrowable(() -> slots.acquire(Duration.ofSeconds(30), 1))));
            thread.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> slots.waiting() == 1);

            thread.interrupt();
            thread.join();
            permit.close();

            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            assertThat(slots.waiting()).isZero();
            assertThat(slots.tryAcquire()).isPresent();
        }

        @Test
        void shrink_and_grow_with_the_hours() {
            AtomicInteger offered = new AtomicInteger(2);
            Slots slots = new Slots(offered::get);
            Slots.Permit first = slots.tryAcquire().orElseThrow();
            assertThat(slots.tryAcquire()).isPresent();
            offered.set(0);
            assertThat(slots.tryAcquire()).isEmpty();
            first.close();
            assertThat(slots.tryAcquire()).isEmpty();
            assertThat(slots.total()).isZero();

            offered.set(2);

            assertThat(slots.tryAcquire()).isPresent();
        }

        @Test
        void are_never_more_than_their_number_under_contention() throws Exception {
            Slots slots = new Slots(3);
            AtomicInteger most = new AtomicInteger();
            AtomicInteger now = new AtomicInteger();
            CountDownLatch done = new CountDownLatch(8);
            ExecutorService executor = Executors.newFixedThreadPool(8);
            try {
                for (int t = 0; t < 8; t++) {
                    executor.execute(() -> {
                        for (int i = 0; i < 5000; i++) {
                            slots.tryAcquire().ifPresent(permit -> {
                                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                                now.decrementAndGet();
                                permit.close();
                            });
                        }
                        done.countDown();
                    });
                }
                done.await();
            } finally {
                executor.shutdownNow();
            }
            assertThat(most.get()).isBetween(1, 3);
            assertThat(slots.active()).isZero();
        }
    }

    @Nested
    class Quotas_of_callers {

        @Test
        void count_tasks_by_caller_and_refill_evenly() {
            Quotas quotas = new Quotas(new Quotas.Limits(2, 0, 0), time);
            quotas.admit("a");
            quotas.admit("a");
            quotas.admit("b");
            quotas.admit(null);

            assertLimited(() -> quotas.admit("a"), Duration.ofSeconds(30));
            time.advance(Duration.ofSeconds(30));
            quotas.admit("a");
            assertLimited(() -> quotas.admit("a"), Duration.ofSeconds(30));
        }

        @Test
        void count_tokens_afterwards_and_let_a_debt_be_paid_off() {
            Quotas quotas = new Quotas(new Quotas.Limits(0, 600, 0), time);
            quotas.admit("a");
            quotas.charge("a", 1200);

            assertLimited(() -> quotas.admit("a"), Duration.ofMillis(60_100));
            quotas.admit("b");
            time.advance(Duration.ofSeconds(61));
            quotas.admit("a");
            quotas.charge("a", -1);
            quotas.admit("a");
        }

        @Test
        void count_the_tokens_of_all_together() {
            Quotas quotas = new Quotas(new Quotas.Limits(0, 0, 60), time);
            quotas.charge("a", 30);
            quotas.charge(null, 30);

            assertLimited(() -> quotas.admit("b"), Duration.ofSeconds(1));
            assertLimited(() -> quotas.admit(null), Duration.ofSeconds(1));
            time.advance(Duration.ofSeconds(1));
            quotas.admit("b");
        }

        @Test
        void remember_a_bounded_number_of_callers() {
            Quotas quotas = new Quotas(new Quotas.Limits(1, 0, 0), time);
            quotas.admit("first");
            for (int i = 0; i < 10_000; i++) {
                quotas.admit("caller " + i);
            }

            quotas.admit("first");
            assertLimited(() -> quotas.admit("caller 9999"), Duration.ofSeconds(60));
        }

        private void assertLimited(Runnable call, Duration wait) {
            assertThatThrownBy(call::run).isInstanceOfSatisfying(CapacityException.class, e -> {
                assertThat(e.code()).isEqualTo("rate_limited");
                assertThat(e.retryAfter().orElseThrow()).isBetween(wait.minusMillis(2), wait.plusMillis(2));
            });
        }
    }

    @Nested
    class The_gate_of_sub_tasks {

        @Test
        void is_closed_unless_the_node_is_a_worker() {
            CooperationGate off = new CooperationGate(CooperationPolicy.OFF, time);
            assertCode("forbidden", () -> off.requireAllowed(Intent.LLM_CHAT, "a"));
            new CooperationGate(CooperationPolicy.asWorker(), time).requireAllowed(Intent.LLM_CHAT, "a");
        }

        @Test
        void is_closed_for_tools_and_the_like_whatever_the_policy_says() {
            CooperationGate gate =
                    new CooperationGate(CooperationPolicy.asWorker().withToolExecution(true), time);
            for (String name :
                    List.of("tool:run", "mcp:x", "x.acme:shell", "file:read", "web:browser", "x.a:network")) {
                assertCode(
                        "forbidden",
                        () -> gate.requireAllowed(Intent.parse("urn:iicp:intent:%s:v1".formatted(name)), "a"));
            }
            gate.requireAllowed(Intent.parse("urn:iicp:intent:x.acme:profile:v1"), "a");
        }

        @Test
        void lets_one_source_ask_a_hundred_times_a_minute() {
            CooperationGate gate = new CooperationGate(CooperationPolicy.asWorker(), time);
            for (int i = 0; i < 100; i++) {
                gate.requireAllowed(Intent.LLM_CHAT, "a");
            }
            assertCode("rate_limited", () -> gate.requireAllowed(Intent.LLM_CHAT, "a"));
            gate.requireAllowed(Intent.LLM_CHAT, "b");
        }

        @Test
        void has_places_of_its_own_and_a_bound_on_time() {
            CooperationGate gate = new CooperationGate(
                    CooperationPolicy.asWorker().withMaxConcurrentRemote(1).withMaxWorkerTimeout(Duration.ofSeconds(5)),
                    time);
            Slots.Permit permit = gate.place();
            assertCode("capacity_exhausted", gate::place);
            permit.close();
            gate.place().close();
            assertThat(gate.active()).isZero();
            assertThat(gate.bound(Duration.ofSeconds(9))).isEqualTo(Duration.ofSeconds(5));
            assertThat(gate.bound(Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(2));
        }

        @Test
        void lets_tools_run_only_when_that_was_allowed() {
            Intent tool = Intent.parse("urn:iicp:intent:tool:run:v1");
            assertCode("tool_execution_denied", () -> new CooperationGate(CooperationPolicy.OFF, time)
                    .requireToolsAllowed(tool));
            new CooperationGate(CooperationPolicy.OFF.withToolExecution(true), time).requireToolsAllowed(tool);
            new CooperationGate(CooperationPolicy.OFF, time).requireToolsAllowed(Intent.LLM_CHAT);
        }

        private void assertCode(String code, Runnable call) {
            assertThatThrownBy(call::run).isInstanceOfSatisfying(IicpException.class, e -> assertThat(e.code())
                    .isEqualTo(code));
        }
    }
}
