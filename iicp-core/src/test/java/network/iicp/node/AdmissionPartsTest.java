package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConflictException;
import network.iicp.protocol.IicpException;
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
}
