package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.crypto.Hashes;
import network.iicp.crypto.ReplicaSignature;
import network.iicp.directory.DirectoryClient;
import network.iicp.directory.DispatchTickets;
import network.iicp.json.Json;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The memory for routes, over real directories, with a clock that the test moves. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RouteTableIT {

    private static final RouteQuery LIST = new RouteQuery(Intent.LLM_CHAT, null, null, null, null, true, null);
    private static final RouteQuery TICKET = new RouteQuery(Intent.LLM_CHAT, null, null, null, null, false, null);

    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);
    private final FakeDirectory first = new FakeDirectory();
    private final FakeDirectory second = new FakeDirectory();
    private final HttpTransport transport = HttpTransport.builder().build();
    private final Random random = new Random(7);
    private Duration staleFor = Duration.ofMinutes(10);

    @AfterEach
    void close() {
        transport.close();
        first.close();
        second.close();
    }

    private static Map<String, Object> node(String id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", id);
        json.put("endpoint", "http://127.0.0.1:9");
        json.put("score", 0.9);
        return json;
    }

    private RouteTable table(FakeDirectory... directories) {
        return table(false, directories);
    }

    private RouteTable table(boolean merge, FakeDirectory... directories) {
        List<RouteSource> sources = Arrays.stream(directories)
                .map(directory -> source(DirectoryClient.of(transport, URI.create(directory.url()))))
                .toList();
        return new RouteTable(new Directories(sources, merge, nanos::get), true, staleFor, nanos::get, random);
    }

    private RouteSource source(DirectoryClient client) {
        DispatchTickets tickets = new DispatchTickets(client, Set.of(), null, Clock.systemUTC(), nanos::get);
        return new RouteSource(client, tickets, RouteDiscovery.AUTO, nanos::get);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private CompletableFuture<Routes> asked(RouteTable table, RouteQuery query) {
        return table.find(query, Deadline.after(Duration.ofSeconds(20)), TraceContext.root(random));
    }

    private Routes find(RouteTable table, RouteQuery query) {
        return asked(table, query).join();
    }

    private static List<String> ids(Routes routes) {
        return routes.nodes().stream().map(NodeDescriptor::id).toList();
    }

    private static void awaitListsAsked(FakeDirectory directory, int times) {
        await().atMost(Duration.ofSeconds(20)).until(() -> directory.listsAsked() == times);
    }

    @Test
    void a_list_is_used_five_seconds_then_renewed_in_the_background_then_asked_for() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        assertThat(find(table, LIST).source()).isEqualTo("directory");
        pass(Duration.ofMillis(4900));
        assertThat(find(table, LIST)).satisfies(routes -> {
            assertThat(routes.source()).isEqualTo("cache");
            assertThat(routes.age()).isEqualTo(Duration.ofMillis(4900));
        });
        assertThat(first.listsAsked()).isEqualTo(1);
        pass(Duration.ofSeconds(5));
        assertThat(find(table, LIST).source()).isEqualTo("cache");
        awaitListsAsked(first, 2);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> find(table, LIST).age().isZero());
        pass(Duration.ofSeconds(36));
        assertThat(find(table, LIST).source()).isEqualTo("directory");
        assertThat(first.listsAsked()).isEqualTo(3);
    }

    @Test
    void that_there_is_nobody_holds_for_two_seconds() {
        RouteTable table = table(first);
        assertThat(find(table, LIST).nodes()).isEmpty();
        pass(Duration.ofMillis(1900));
        assertThat(find(table, LIST).nodes()).isEmpty();
        assertThat(first.listsAsked()).isEqualTo(1);
        first.withNode(node("aaaaaaaa-1"));
        pass(Duration.ofMillis(200));
        assertThat(ids(find(table, LIST))).containsExactly("aaaaaaaa-1");
    }

    @Test
    void that_no_ticket_can_be_had_holds_for_two_seconds() {
        RouteTable table = table(first);
        assertThat(find(table, TICKET).nodes()).isEmpty();
        assertThat(find(table, TICKET).nodes()).isEmpty();
        assertThat(first.ticketsAsked()).isEqualTo(1);
        first.withNode(node("aaaaaaaa-1"));
        pass(Duration.ofMillis(2100));
        assertThat(ids(find(table, TICKET))).containsExactly("aaaaaaaa-1");
    }

    @Test
    void a_ticket_is_used_for_110_seconds_and_renewed_in_the_last_twenty() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        assertThat(find(table, TICKET).source()).isEqualTo("ticket");
        pass(Duration.ofSeconds(89));
        assertThat(find(table, TICKET).source()).isEqualTo("cache");
        assertThat(first.ticketsAsked()).isEqualTo(1);
        pass(Duration.ofSeconds(2));
        assertThat(find(table, TICKET).source()).isEqualTo("cache");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> find(table, TICKET).age().isZero());
        assertThat(first.ticketsAsked()).isEqualTo(2);
        pass(Duration.ofSeconds(111));
        assertThat(find(table, TICKET).source()).isEqualTo("ticket");
        assertThat(first.ticketsAsked()).isEqualTo(3);
    }

    @Test
    void further_tickets_are_remembered_with_the_first() {
        first.withNode(node("aaaaaaaa-1")).withNode(node("bbbbbbbb-2"));
        RouteTable table = table(first);
        find(table, TICKET);
        Routes more = table.more(
                        TICKET, Set.of("aaaaaaaa-1"), Deadline.after(Duration.ofSeconds(20)), TraceContext.root(random))
                .join();
        assertThat(ids(more)).containsExactly("bbbbbbbb-2");
        assertThat(ids(find(table, TICKET))).containsExactly("aaaaaaaa-1", "bbbbbbbb-2");
        assertThat(first.ticketsAsked()).isEqualTo(2);
    }

    @Test
    void what_was_disproved_is_asked_for_anew() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        find(table, LIST);
        table.forget(LIST);
        assertThat(find(table, LIST).source()).isEqualTo("directory");
    }

    @Test
    void callers_that_ask_together_share_one_request() throws Exception {
        first.withNode(node("aaaaaaaa-1"));
        CountDownLatch all = new CountDownLatch(1);
        first.lists((request, line) -> {
            all.await();
            first.list(request, line);
        });
        RouteTable table = table(first);
        List<CompletableFuture<Routes>> callers =
                IntStream.range(0, 100).mapToObj(i -> asked(table, LIST)).toList();
        all.countDown();
        callers.forEach(caller -> assertThat(ids(caller.join())).containsExactly("aaaaaaaa-1"));
        assertThat(first.listsAsked()).isEqualTo(1);
    }

    @Test
    void an_impatient_caller_leaves_the_request_to_the_others() {
        CountDownLatch go = new CountDownLatch(1);
        first.withNode(node("aaaaaaaa-1")).lists((request, line) -> {
            go.await();
            first.list(request, line);
        });
        RouteTable table = table(first);
        CompletableFuture<Routes> patient = asked(table, LIST);
        assertThatThrownBy(() -> table.find(LIST, Deadline.after(Duration.ofMillis(50)), TraceContext.root(random))
                        .join())
                .hasCauseInstanceOf(network.iicp.protocol.TaskTimeoutException.class);
        go.countDown();
        assertThat(ids(patient.join())).containsExactly("aaaaaaaa-1");
    }

    @Test
    void a_question_that_cannot_be_put_fails_and_leaves_nothing_behind() {
        RouteTable table = table(first);
        RouteQuery tooLong = new RouteQuery(Intent.LLM_CHAT, "m".repeat(200), null, null, null, true, null);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> find(table, tooLong)).hasCauseInstanceOf(InvalidRequestException.class);
        }
    }

    static Stream<Arguments> directories_that_cannot_be_used() {
        return Stream.of(
                Arguments.of("cut", (RawServer.Script) (request, line) -> line.close()),
                Arguments.of("429", FakeDirectory.refusal(429, "rate_limited")),
                Arguments.of("500", FakeDirectory.refusal(500, "server_error")),
                Arguments.of("503", FakeDirectory.refusal(503, "temporarily_unavailable")),
                Arguments.of("a page", FakeDirectory.page(200)),
                Arguments.of("an error page", FakeDirectory.page(502)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("directories_that_cannot_be_used")
    void what_is_known_is_used_while_no_directory_answers(String how, RawServer.Script broken) {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        find(table, LIST);
        first.always(broken);
        pass(Duration.ofMinutes(9));
        assertThat(find(table, LIST)).satisfies(routes -> {
            assertThat(routes.source()).isEqualTo("stale_cache");
            assertThat(routes.age()).isEqualTo(Duration.ofMinutes(9));
            assertThat(ids(routes)).containsExactly("aaaaaaaa-1");
        });
        pass(Duration.ofMinutes(2));
        assertThatThrownBy(() -> find(table, LIST)).hasCauseInstanceOf(IicpException.class);
        first.healthy();
        assertThat(find(table, LIST).source()).isEqualTo("directory");
    }

    private static final RawServer.Script NOBODY = (request, line) -> line.json(200, "{\"nodes\":[],\"count\":0}");

    private Routes awaitAnswered(RouteTable table, RouteQuery query) {
        AtomicReference<Routes> found = new AtomicReference<>();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            pass(Duration.ofSeconds(1));
            found.set(find(table, query));
            return !found.get().source().equals("stale_cache");
        });
        return found.get();
    }

    @Test
    void a_directory_that_comes_back_without_its_nodes_is_not_believed() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        find(table, LIST);
        first.always((request, line) -> line.close());
        pass(Duration.ofMinutes(1));
        assertThat(find(table, LIST).source()).isEqualTo("stale_cache");
        first.healthy();
        first.lists(NOBODY);
        int before = first.listsAsked();
        for (int asked = 1; asked <= 3; asked++) {
            pass(Duration.ofSeconds(40));
            assertThat(ids(find(table, LIST))).containsExactly("aaaaaaaa-1");
            awaitListsAsked(first, before + asked);
        }
        pass(Duration.ofMinutes(10));
        assertThat(find(table, LIST).nodes()).as("too old to stand in").isEmpty();
    }

    @Test
    void nodes_that_a_directory_has_forgotten_stay_for_a_minute_behind_those_it_names() {
        first.withNode(node("aaaaaaaa-1")).withNode(node("bbbbbbbb-2"));
        RouteTable table = table(first);
        find(table, LIST);
        first.always((request, line) -> line.close());
        pass(Duration.ofMinutes(1));
        find(table, LIST);
        first.healthy();
        first.lists((request, line) -> line.json(
                200, Json.text(Map.of("nodes", List.of(node("cccccccc-3"), node("bbbbbbbb-2")), "count", 2))));
        pass(Duration.ofSeconds(40));
        assertThat(ids(awaitAnswered(table, LIST))).containsExactly("cccccccc-3", "bbbbbbbb-2", "aaaaaaaa-1");
        table.forget(LIST);
        assertThat(find(table, LIST)).satisfies(asked -> {
            assertThat(asked.source()).isEqualTo("directory");
            assertThat(ids(asked)).containsExactly("cccccccc-3", "bbbbbbbb-2", "aaaaaaaa-1");
        });
        pass(Duration.ofSeconds(90));
        assertThat(ids(find(table, LIST))).containsExactly("cccccccc-3", "bbbbbbbb-2");
    }

    @Test
    void nodes_that_a_directory_of_tickets_has_forgotten_stand_by() {
        first.withNode(node("aaaaaaaa-1")).withNode(node("bbbbbbbb-2"));
        RouteTable table = table(first);
        find(table, TICKET);
        awaitListsAsked(first, 1);
        first.always((request, line) -> line.close());
        pass(Duration.ofMinutes(2));
        assertThat(ids(find(table, TICKET))).containsExactly("aaaaaaaa-1", "bbbbbbbb-2");
        first.healthy();
        first.lists(
                (request, line) -> line.json(200, Json.text(Map.of("nodes", List.of(node("aaaaaaaa-1")), "count", 1))));
        int before = first.listsAsked();
        pass(Duration.ofSeconds(40));
        awaitAnswered(table, TICKET);
        awaitListsAsked(first, before + 1);
        first.tickets(FakeDirectory.refusal(404, "no_candidate"));
        Routes more = table.more(
                        TICKET, Set.of("aaaaaaaa-1"), Deadline.after(Duration.ofSeconds(20)), TraceContext.root(random))
                .join();
        assertThat(ids(more)).containsExactly("bbbbbbbb-2");
    }

    @Test
    void a_directory_that_refuses_is_up_and_what_was_known_is_not_used() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        find(table, LIST);
        first.always(FakeDirectory.refusal(422, "validation_error"));
        pass(Duration.ofMinutes(1));
        assertThatThrownBy(() -> find(table, LIST)).hasCauseInstanceOf(InvalidRequestException.class);
    }

    @Test
    void without_patience_for_old_routes_a_call_fails_with_the_directory() {
        staleFor = Duration.ZERO;
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        find(table, LIST);
        first.always((request, line) -> line.close());
        pass(Duration.ofMinutes(1));
        assertThatThrownBy(() -> find(table, LIST)).hasCauseInstanceOf(IicpException.class);
    }

    @Test
    void one_question_at_a_time_finds_out_whether_the_outage_is_over() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        List<RouteQuery> queries = IntStream.range(0, 50)
                .mapToObj(i -> new RouteQuery(Intent.LLM_CHAT, "m" + i, null, null, null, true, null))
                .toList();
        queries.forEach(query -> find(table, query));
        int before = first.listsAsked();
        first.always(FakeDirectory.refusal(503, "temporarily_unavailable"));
        pass(Duration.ofMinutes(1));
        find(table, queries.get(0));
        assertThat(first.listsAsked()).isEqualTo(before + 1);
        for (int round = 0; round < 20; round++) {
            queries.forEach(query -> assertThat(find(table, query).source()).isEqualTo("stale_cache"));
        }
        assertThat(first.listsAsked()).as("nobody asks during the pause").isEqualTo(before + 1);
        pass(Duration.ofSeconds(2));
        queries.forEach(query -> assertThat(find(table, query).source()).isEqualTo("stale_cache"));
        await().atMost(Duration.ofSeconds(20)).until(() -> first.listsAsked() == before + 2);
        first.healthy();
        pass(Duration.ofSeconds(60));
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            pass(Duration.ofSeconds(1));
            return !find(table, queries.get(0)).source().equals("stale_cache");
        });
    }

    @Test
    void the_second_directory_answers_while_the_first_does_not() {
        first.withNode(node("aaaaaaaa-1")).always(FakeDirectory.refusal(503, "temporarily_unavailable"));
        second.withNode(node("bbbbbbbb-2"));
        RouteTable table = table(first, second);
        assertThat(ids(find(table, LIST))).containsExactly("bbbbbbbb-2");
        int tried = first.listsAsked();
        pass(Duration.ofSeconds(20));
        table.forget(LIST);
        assertThat(ids(find(table, LIST))).containsExactly("bbbbbbbb-2");
        assertThat(first.listsAsked()).as("it rests for thirty seconds").isEqualTo(tried);
        first.healthy();
        pass(Duration.ofSeconds(11));
        table.forget(LIST);
        assertThat(ids(find(table, LIST))).containsExactly("aaaaaaaa-1");
    }

    @Test
    void a_refusal_of_the_first_directory_is_not_brought_to_the_second() {
        first.always(FakeDirectory.refusal(422, "validation_error"));
        second.withNode(node("bbbbbbbb-2"));
        assertThatThrownBy(() -> find(table(first, second), LIST)).hasCauseInstanceOf(InvalidRequestException.class);
        assertThat(second.listsAsked()).isZero();
    }

    @Test
    void each_directory_vouches_for_its_own_tickets() {
        first.withNode(node("aaaaaaaa-1")).always((request, line) -> line.close());
        second.withNode(node("bbbbbbbb-2"));
        RouteTable table = table(first, second);
        assertThat(ids(find(table, TICKET))).containsExactly("bbbbbbbb-2");
        assertThat(second.keysAsked()).isEqualTo(1);
    }

    @Test
    void when_all_rest_they_are_asked_all_the_same() {
        first.always((request, line) -> line.close());
        second.always((request, line) -> line.close());
        RouteTable table = table(first, second);
        assertThatThrownBy(() -> find(table, LIST)).hasCauseInstanceOf(IicpException.class);
        first.healthy();
        first.withNode(node("aaaaaaaa-1"));
        assertThat(ids(find(table, LIST))).containsExactly("aaaaaaaa-1");
    }

    @Test
    void a_replica_that_does_not_sign_is_passed_over_for_the_next_directory() {
        Ed25519KeyPair replica = Ed25519KeyPair.generate(FakeDirectory.RANDOM);
        first.withNode(node("aaaaaaaa-1"));
        second.withNode(node("bbbbbbbb-2"));
        RouteSource checked =
                source(DirectoryClient.of(transport, URI.create(first.url())).withReplicaKey(replica.publicKey()));
        RouteSource plain = source(DirectoryClient.of(transport, URI.create(second.url())));
        RouteTable table = new RouteTable(
                new Directories(List.of(checked, plain), false, nanos::get), true, staleFor, nanos::get, random);
        assertThat(ids(find(table, LIST))).containsExactly("bbbbbbbb-2");

        first.lists((request, line) -> {
            String body = Json.text(Map.of("nodes", List.of(node("aaaaaaaa-1"))));
            String text = ReplicaSignature.text(
                    "GET", URI.create("http://h" + request.path()), "7", body.getBytes(StandardCharsets.UTF_8));
            String signature =
                    HexFormat.of().formatHex(replica.sign(Hashes.sha256(text.getBytes(StandardCharsets.UTF_8))));
            line.json(200, body, "X-IICP-Snapshot-Seq: 7", "X-IICP-Replica-Sig: " + signature);
        });
        pass(Duration.ofSeconds(31));
        table.forget(LIST);
        assertThat(ids(find(table, LIST))).containsExactly("aaaaaaaa-1");
    }

    @Test
    void joined_lists_are_ordered_by_score_and_name_each_node_once() {
        Map<String, Object> better = new LinkedHashMap<>(node("cccccccc-3"));
        better.put("score", 0.95);
        first.withNode(node("aaaaaaaa-1")).withNode(node("bbbbbbbb-2"));
        second.withNode(better).withNode(node("aaaaaaaa-1"));
        RouteTable table = table(true, first, second);
        assertThat(ids(find(table, TICKET))).containsExactly("cccccccc-3", "aaaaaaaa-1", "bbbbbbbb-2");
        assertThat(first.ticketsAsked()).isZero();
        second.always((request, line) -> line.close());
        table.forget(TICKET);
        assertThat(ids(find(table, TICKET))).containsExactly("aaaaaaaa-1", "bbbbbbbb-2");
    }

    @Test
    void a_flood_of_nodes_is_cut_off_and_repeats_and_rubbish_are_left_out() {
        List<Object> flood = new ArrayList<>(
                List.of(Map.of("node_id", "no endpoint"), "rubbish", node("aaaaaaaa-1"), node("aaaaaaaa-1")));
        IntStream.range(0, 10_000)
                .forEach(i -> flood.add(Map.of("node_id", "n" + i, "endpoint", "http://127.0.0.1:9")));
        String text = Json.text(Map.of("nodes", flood, "count", flood.size()));
        first.lists((request, line) -> line.json(200, text));
        Routes routes = find(table(first), LIST);
        assertThat(routes.nodes()).hasSize(20);
        assertThat(ids(routes)).startsWith("aaaaaaaa-1", "n0", "n1");
    }

    @Test
    void the_memory_is_bounded() {
        first.withNode(node("aaaaaaaa-1"));
        RouteTable table = table(first);
        for (int i = 0; i < 400; i++) {
            find(table, new RouteQuery(Intent.LLM_CHAT, "m" + i, null, null, null, true, null));
        }
        assertThat(table.size()).isEqualTo(256);
    }
}
