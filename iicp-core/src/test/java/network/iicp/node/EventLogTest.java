package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.transport.ServerSentEvent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class EventLogTest {

    private static final EventLog.Bounds SMALL = new EventLog.Bounds(3, 1000, 2, 1000);

    private final AtomicInteger wakes = new AtomicInteger();

    private static EventLog.Entry entry(long sequence, int bytes, boolean terminal) {
        return new EventLog.Entry(sequence, ServerSentEvent.of("e" + sequence), bytes, terminal);
    }

    private static void add(EventLog log, int count) {
        for (int i = 0; i < count; i++) {
            log.add(entry(log.nextSequence(), 10, false)).forEach(Runnable::run);
        }
    }

    private EventLog.Reader lead(EventLog log, long after) {
        return log.lead(after, wakes::incrementAndGet).orElseThrow();
    }

    private static List<Long> takeAll(EventLog.Reader reader) {
        List<Long> taken = new ArrayList<>();
        for (EventLog.Entry entry = reader.poll(); entry != null; entry = reader.poll()) {
            taken.add(entry.sequence());
            reader.taken(entry);
        }
        return taken;
    }

    @Test
    void a_reader_gets_every_event_once_and_in_order() {
        EventLog log = new EventLog(EventLog.Bounds.DEFAULT);
        EventLog.Reader reader = lead(log, -1);
        add(log, 3);

        assertThat(takeAll(reader)).containsExactly(0L, 1L, 2L);
        assertThat(takeAll(reader)).isEmpty();
        assertThat(wakes).hasValue(3);
        add(log, 1);
        assertThat(takeAll(reader)).containsExactly(3L);
    }

    @Test
    void the_handler_waits_while_it_is_too_far_ahead() throws Exception {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader reader = lead(log, -1);
        add(log, 2);
        CountDownLatch through = new CountDownLatch(1);
        Thread handler = new Thread(() -> {
            try {
                log.awaitRoom();
                through.countDown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        handler.start();
        assertThat(through.await(100, TimeUnit.MILLISECONDS)).isFalse();

        EventLog.Entry first = reader.poll();
        assertThat(first).isNotNull();
        reader.taken(first);

        assertThat(through.await(10, TimeUnit.SECONDS)).isTrue();
        handler.join();
    }

    @Test
    void bytes_count_as_well_as_events() throws Exception {
        EventLog log = new EventLog(new EventLog.Bounds(10, 10_000, 10, 100));
        lead(log, -1);
        log.awaitRoom();
        assertThat(log.add(entry(0, 100, false))).hasSize(1);

        Thread.currentThread().interrupt();
        assertThatThrownBy(log::awaitRoom).isInstanceOf(InterruptedException.class);
    }

    @Test
    void the_end_of_the_task_frees_a_waiting_handler() throws Exception {
        EventLog log = new EventLog(SMALL);
        lead(log, -1);
        add(log, 2);
        CountDownLatch freed = new CountDownLatch(1);
        Thread handler = new Thread(() -> {
            try {
                log.awaitRoom();
            } catch (InterruptedException e) {
                freed.countDown();
            }
        });
        handler.start();

        log.closeForHandler();

        assertThat(freed.await(10, TimeUnit.SECONDS)).isTrue();
        handler.join();
    }

    @Test
    void taken_events_stay_until_newer_ones_push_them_out() {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader reader = lead(log, -1);
        add(log, 2);
        takeAll(reader);
        add(log, 2);
        takeAll(reader);

        assertThat(log.lead(-1, () -> {})).isEmpty();
        Optional<EventLog.Reader> again = log.lead(0, () -> {});
        assertThat(again).isPresent();
        assertThat(takeAll(again.get())).containsExactly(1L, 2L, 3L);
    }

    @Test
    void events_that_were_not_taken_are_never_pushed_out() {
        EventLog log = new EventLog(new EventLog.Bounds(2, 1000, 100, 100_000));
        EventLog.Reader reader = lead(log, -1);
        add(log, 50);

        assertThat(takeAll(reader)).hasSize(50);
        assertThat(log.weight()).isLessThan(1000);
    }

    @Test
    void a_new_leader_ends_the_one_before() {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader old = lead(log, -1);
        add(log, 1);

        EventLog.Reader young = lead(log, -1);

        assertThat(wakes).as("the old one is told").hasValue(2);
        assertThat(old.poll()).isNull();
        assertThat(old.isLost()).isTrue();
        old.leave();
        assertThat(log.isLed()).isTrue();
        assertThat(takeAll(young)).containsExactly(0L);
        young.leave();
        assertThat(log.isLed()).isFalse();
    }

    @Test
    void the_last_to_leave_is_told_unless_everything_was_said() {
        EventLog log = new EventLog(SMALL);
        AtomicInteger alone = new AtomicInteger();
        log.whenAlone(alone::incrementAndGet);
        EventLog.Reader leader = lead(log, -1);
        add(log, 1);
        EventLog.Reader watcher = log.watch(4, () -> {}).orElseThrow();
        leader.leave();
        assertThat(alone).hasValue(0);
        watcher.leave();
        assertThat(alone).hasValue(1);
        watcher.leave();
        assertThat(alone).as("once for each time").hasValue(1);

        EventLog.Reader last = lead(log, -1);
        log.add(entry(1, 10, true));
        last.leave();
        assertThat(alone).as("nothing is to come").hasValue(1);
    }

    @Test
    void who_watches_when_the_leader_goes_leads_and_makes_room() throws Exception {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader leader = lead(log, -1);
        add(log, 2);
        EventLog.Reader watcher = log.watch(4, () -> {}).orElseThrow();
        assertThat(takeAll(watcher)).containsExactly(0L, 1L);
        leader.leave();

        assertThat(log.isLed()).isTrue();
        log.awaitRoom();
        add(log, 2);
        assertThat(takeAll(watcher)).containsExactly(2L, 3L);
        log.awaitRoom();
    }

    @Test
    void who_comes_when_nobody_leads_leads() {
        EventLog log = new EventLog(SMALL);
        add(log, 1);
        EventLog.Reader first = log.watch(4, () -> {}).orElseThrow();
        assertThat(log.isLed()).isTrue();
        EventLog.Reader second = log.watch(4, () -> {}).orElseThrow();
        second.leave();
        assertThat(log.isLed()).isTrue();
        assertThat(takeAll(first)).containsExactly(0L);
    }

    @Test
    void attaching_after_an_event_confirms_the_ones_before() throws Exception {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader first = lead(log, -1);
        add(log, 2);
        first.poll();
        first.poll();
        first.leave();

        EventLog.Reader second = lead(log, 1);

        log.awaitRoom();
        assertThat(second.poll()).isNull();
        assertThat(second.isLost()).isFalse();
    }

    @Test
    void events_that_were_never_sent_cannot_be_had() {
        EventLog log = new EventLog(SMALL);
        add(log, 1);

        assertThat(log.lead(1, () -> {})).isEmpty();
        assertThat(log.lead(0, () -> {})).isPresent();
    }

    @Test
    void a_watcher_does_not_hold_the_handler_back_and_is_lost_when_it_falls_behind() throws Exception {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader leader = lead(log, -1);
        EventLog.Reader watcher = log.watch(4, () -> {}).orElseThrow();
        for (int i = 0; i < 20; i++) {
            log.awaitRoom();
            add(log, 1);
            takeAll(leader);
        }

        assertThat(watcher.poll()).isNull();
        assertThat(watcher.isLost()).isTrue();
        assertThat(log.watch(4, () -> {})).as("the beginning is gone").isEmpty();
    }

    @Test
    void only_so_many_may_read() {
        EventLog log = new EventLog(SMALL);
        lead(log, -1);

        assertThat(log.watch(2, () -> {})).isPresent();
        assertThat(log.watch(2, () -> {})).isEmpty();
    }

    @Test
    void nothing_follows_the_terminal_event() {
        EventLog log = new EventLog(SMALL);
        assertThat(log.add(entry(0, 1, true))).isEmpty();

        assertThat(log.isComplete()).isTrue();
        assertThat(log.isWhole()).isTrue();
        assertThatThrownBy(() -> log.add(entry(1, 1, false))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_gap_is_a_defect() {
        EventLog log = new EventLog(SMALL);

        assertThatThrownBy(() -> log.add(entry(1, 1, false))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void while_nobody_leads_the_way_ahead_is_all_there_is() throws Exception {
        EventLog log = new EventLog(SMALL);
        EventLog.Reader reader = lead(log, -1);
        add(log, 1);
        takeAll(reader);
        reader.leave();
        log.awaitRoom();
        add(log, 1);
        log.awaitRoom();
        add(log, 1);
        CountDownLatch through = new CountDownLatch(1);
        Thread handler = new Thread(() -> {
            try {
                log.awaitRoom();
                through.countDown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        handler.start();
        assertThat(through.await(Duration.ofMillis(100).toMillis(), TimeUnit.MILLISECONDS))
                .isFalse();

        EventLog.Reader again = lead(log, 0);
        assertThat(takeAll(again)).containsExactly(1L, 2L);
        assertThat(through.await(10, TimeUnit.SECONDS)).isTrue();
        handler.join();
    }
}
