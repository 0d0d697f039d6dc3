package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import network.iicp.crypto.Hashes;
import network.iicp.directory.server.NodeStore.Insertion;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class InMemoryNodeStoreTest {

    private final InMemoryNodeStore store = new InMemoryNodeStore(3);

    private static NodeRecord changed(NodeRecord record) {
        return record.next(record.profile(), record.credentials(), record.presence(), record.standing());
    }

    @Test
    void finds_a_node_by_id_token_prefix_and_intent() {
        NodeRecord record = Nodes.node("abcd1234-1").record();
        assertThat(store.insert(record)).isEqualTo(Insertion.DONE);
        assertThat(store.find("abcd1234-1")).contains(record);
        assertThat(store.findByToken(Hashes.sha256Hex("token-abcd1234-1"))).contains(record);
        assertThat(store.findByPrefix("abcd", 10)).containsExactly(record);
        assertThat(store.serving(Nodes.CHAT)).containsExactly(record);
        assertThat(store.serving(Nodes.EMBEDDING)).isEmpty();
        assertThat(store.find("abcd")).isEmpty();
        assertThat(store.findByToken("")).isEmpty();
        assertThat(store.findByPrefix("b", 10)).isEmpty();
    }

    @Test
    void a_replaced_node_is_gone_from_every_old_index() {
        NodeRecord record = Nodes.node("n").record();
        store.insert(record);
        NodeRecord next = record.next(
                Nodes.node("n")
                        .with("capabilities", List.of(Nodes.capability(Nodes.EMBEDDING, "e")))
                        .record()
                        .profile(),
                new NodeCredentials(Hashes.sha256Hex("new"), "k", null),
                record.presence(),
                record.standing());
        assertThat(store.replace(record, next)).isTrue();
        assertThat(store.findByToken(record.credentials().tokenSha256())).isEmpty();
        assertThat(store.findByToken(Hashes.sha256Hex("new"))).contains(next);
        assertThat(store.serving(Nodes.CHAT)).isEmpty();
        assertThat(store.serving(Nodes.EMBEDDING)).containsExactly(next);
    }

    @Test
    void a_stale_record_replaces_and_removes_nothing() {
        NodeRecord first = Nodes.node("n").record();
        store.insert(first);
        NodeRecord second = changed(first);
        assertThat(store.replace(first, second)).isTrue();
        assertThat(store.replace(first, changed(changed(first)))).isFalse();
        assertThat(store.remove(first)).isFalse();
        assertThat(store.find("n")).contains(second);
        assertThat(store.remove(second)).isTrue();
        assertThat(store.remove(second)).isFalse();
        assertThat(store.replace(second, changed(second))).isFalse();
        assertThat(store.count()).isZero();
        assertThat(store.findByToken(first.credentials().tokenSha256())).isEmpty();
    }

    @Test
    void refuses_a_replacement_that_is_no_successor() {
        NodeRecord record = Nodes.node("n").record();
        assertThatIllegalArgumentException().isThrownBy(() -> store.replace(record, record));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.replace(record, changed(Nodes.node("m").record())));
    }

    @Test
    void is_bounded_and_says_so() {
        for (String id : List.of("a", "b", "c")) {
            assertThat(store.insert(Nodes.node(id).record())).isEqualTo(Insertion.DONE);
        }
        assertThat(store.insert(Nodes.node("a").record())).isEqualTo(Insertion.EXISTS);
        assertThat(store.insert(Nodes.node("d").record())).isEqualTo(Insertion.FULL);
        assertThat(store.all()).extracting(NodeRecord::id).containsExactly("a", "b", "c");
        assertThat(store.findByPrefix("", 2)).hasSize(2);
    }

    @Test
    void forgets_the_silent_and_counts_the_live() {
        store.insert(
                Nodes.node("old").lastSeen(FakeClock.START.minusSeconds(100)).record());
        store.insert(Nodes.node("new").record());
        assertThat(store.countFrom("127.0.0.1", FakeClock.START.minusSeconds(90)))
                .isEqualTo(1);
        assertThat(store.countFrom("127.0.0.2", FakeClock.START.minusSeconds(90)))
                .isZero();
        assertThat(store.removeSilentSince(FakeClock.START.minusSeconds(100))).isZero();
        assertThat(store.removeSilentSince(FakeClock.START.minusSeconds(99))).isEqualTo(1);
        assertThat(store.all()).extracting(NodeRecord::id).containsExactly("new");
    }

    @Test
    void of_many_changes_at_once_exactly_one_wins_each_revision() {
        NodeRecord first = Nodes.node("n").record();
        store.insert(first);
        AtomicInteger won = new AtomicInteger();
        IntStream.range(0, 200).parallel().forEach(i -> {
            if (store.replace(first, changed(first))) {
                won.incrementAndGet();
            }
        });
        assertThat(won).hasValue(1);
        assertThat(store.find("n").orElseThrow().revision()).isEqualTo(2);
    }
}
