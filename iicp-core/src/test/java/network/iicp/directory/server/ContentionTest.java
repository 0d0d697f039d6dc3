package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Others change the store between reading and writing. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ContentionTest {

    private final FakeClock clock = new FakeClock();
    private final ContendedStore store = new ContendedStore();
    private final HttpTransport transport = HttpTransport.builder().build();
    private final EndpointGuard guard = EndpointGuard.of(EndpointScope.LOCAL, List.of());
    private final Registrar registrar = new Registrar(
            store,
            DirectoryRules.of(EndpointScope.LOCAL),
            guard,
            new LivenessProbe(transport, guard),
            new SecureRandom(),
            clock);
    private final Heartbeats heartbeats = new Heartbeats(store, new SecureRandom(), clock);

    @AfterEach
    void close() {
        transport.close();
    }

    private RegistrationReceipt register() throws Exception {
        return registrar.register(Nodes.registration("n"), "127.0.0.1").get(10, TimeUnit.SECONDS);
    }

    private HeartbeatRequest beat() {
        return HeartbeatRequest.of(Nodes.json("{\"node_id\":\"n\",\"metrics\":{\"tasks_success\":1}}"));
    }

    @Test
    void a_registration_that_lost_the_race_goes_on_from_what_is_stored_now() throws Exception {
        store.insertFirst = Nodes.node("n").without("cx_public_key").record();
        assertThat(register().recovered()).isTrue();
        store.interfere = 3;
        RegistrationReceipt receipt = register();
        assertThat(receipt.recovered()).isTrue();
        assertThat(store.find("n").orElseThrow().revision()).isEqualTo(6);
    }

    @Test
    void a_registration_that_lost_the_race_to_another_owner_is_refused() {
        store.insertFirst =
                Nodes.node("n").with("cx_public_key", Nodes.key("cx-other")).record();
        assertThatThrownBy(this::register)
                .hasRootCauseInstanceOf(DirectoryRefusal.class)
                .hasStackTraceContaining("confidentiality key");
    }

    @Test
    void a_node_that_keeps_moving_is_not_dialled_for_ever() throws Exception {
        store.insert(Nodes.node("n").with("endpoint", "http://127.0.0.1:1").record());
        store.movesTo = List.of("http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4");
        assertThatThrownBy(this::register)
                .hasCauseInstanceOf(DirectoryRefusal.class)
                .hasMessageContaining("try again");
        store.movesTo = List.of("http://127.0.0.1:5");
        assertThat(register().recovered()).isTrue();
    }

    @Test
    void a_heartbeat_that_lost_the_race_counts_once_on_top() throws Exception {
        register();
        NodeRecord authenticated = store.find("n").orElseThrow();
        store.interfere = 5;
        heartbeats.beat(authenticated, beat(), "127.0.0.1");
        assertThat(store.find("n").orElseThrow().standing().tasks()).isEqualTo(1);
        assertThat(store.find("n").orElseThrow().revision()).isEqualTo(7);
    }

    @Test
    void endless_interference_ends_with_try_again() throws Exception {
        register();
        NodeRecord authenticated = store.find("n").orElseThrow();
        store.interfere = Integer.MAX_VALUE;
        assertThatThrownBy(() -> heartbeats.beat(authenticated, beat(), "127.0.0.1"))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThatThrownBy(() -> registrar.forget("n"))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThatThrownBy(() -> registrar.deregister(store.find("n").orElseThrow()))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThatThrownBy(this::register)
                .hasCauseInstanceOf(DirectoryRefusal.class)
                .hasMessageContaining("try again");
    }

    @Test
    void credentials_that_were_replaced_in_between_do_nothing_more() throws Exception {
        register();
        NodeRecord old = store.find("n").orElseThrow();
        register();
        assertThatThrownBy(() -> heartbeats.beat(old, beat(), "127.0.0.1"))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(401));
        assertThatThrownBy(() -> registrar.deregister(old))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.status()).isEqualTo(401));
        assertThat(store.count()).isEqualTo(1);
        registrar.forget("n");
        registrar.deregister(old);
        assertThatThrownBy(() -> heartbeats.beat(old, beat(), "127.0.0.1")).isInstanceOf(DirectoryRefusal.class);
    }

    /** Changes the record just before somebody else does, as often as it is told to. */
    private static final class ContendedStore implements NodeStore {

        private final InMemoryNodeStore inner = new InMemoryNodeStore();
        private int interfere;
        private @org.jspecify.annotations.Nullable NodeRecord insertFirst;

        private List<String> movesTo = List.of();

        private boolean moved(NodeRecord current) {
            if (movesTo.isEmpty()) {
                return false;
            }
            String endpoint = movesTo.get(0);
            movesTo = movesTo.subList(1, movesTo.size());
            return inner.replace(
                    current,
                    current.next(
                            current.profile().with("endpoint", endpoint),
                            current.credentials(),
                            current.presence(),
                            current.standing()));
        }

        private boolean interfered(NodeRecord current) {
            if (interfere == 0) {
                return false;
            }
            interfere--;
            return inner.replace(
                    current,
                    current.next(current.profile(), current.credentials(), current.presence(), current.standing()));
        }

        @Override
        public Optional<NodeRecord> find(String id) {
            return inner.find(id);
        }

        @Override
        public Optional<NodeRecord> findByToken(String tokenSha256) {
            return inner.findByToken(tokenSha256);
        }

        @Override
        public List<NodeRecord> findByPrefix(String prefix, int most) {
            return inner.findByPrefix(prefix, most);
        }

        @Override
        public List<NodeRecord> serving(String intent) {
            return inner.serving(intent);
        }

        @Override
        public List<NodeRecord> all() {
            return inner.all();
        }

        @Override
        public int count() {
            return inner.count();
        }

        @Override
        public int countFrom(String sourceAddress, Instant since) {
            return inner.countFrom(sourceAddress, since);
        }

        @Override
        public Insertion insert(NodeRecord record) {
            if (insertFirst != null) {
                inner.insert(insertFirst);
                insertFirst = null;
            }
            return inner.insert(record);
        }

        @Override
        public boolean replace(NodeRecord current, NodeRecord next) {
            return !moved(current) && !interfered(current) && inner.replace(current, next);
        }

        @Override
        public boolean remove(NodeRecord current) {
            return !interfered(current) && inner.remove(current);
        }

        @Override
        public int removeSilentSince(Instant since) {
            return inner.removeSilentSince(since);
        }
    }
}
