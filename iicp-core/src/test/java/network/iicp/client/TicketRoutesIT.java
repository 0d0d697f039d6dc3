package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Task;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client does with dispatch tickets, and without them. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TicketRoutesIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");

    private final FakeDirectory directory = new FakeDirectory();
    private final List<AutoCloseable> open = new ArrayList<>(List.of(directory));
    private final List<RoutingEvent> events = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private FakeNode node(String id, FakeNode.Behaviour behaviour) {
        FakeNode node = new FakeNode(id, behaviour);
        open.add(node);
        return node;
    }

    private FakeNode good(String id) {
        return node(id, job -> job.say("from " + id));
    }

    private FakeNode bad(String id) {
        return node(id, job -> job.line().json(502, "{\"error\":{\"code\":\"backend_error\"}}"));
    }

    private IicpClient client(UnaryOperator<IicpClient.Builder> more) {
        IicpClient client = more.apply(
                        IicpClient.builder().directoryUrl(directory.url()).listener(events::add))
                .build();
        open.add(client);
        return client;
    }

    private IicpClient client() {
        return client(builder -> builder);
    }

    private String ask(IicpClient client) {
        return client.chat(HELLO).text();
    }

    private static Map<String, Object> body(RawServer.Request request) {
        return Json.parseObject(request.body(), JsonLimits.DEFAULT);
    }

    @Test
    void one_ticket_is_taken_before_the_first_task_and_none_for_the_next_ones() {
        FakeNode first = good("aaaaaaaa-1");
        FakeNode second = good("bbbbbbbb-2");
        directory.with(first, second);
        IicpClient client = client();
        for (int i = 0; i < 5; i++) {
            assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
        }
        assertThat(directory.ticketsAsked()).isEqualTo(1);
        assertThat(directory.keysAsked()).isEqualTo(1);
        assertThat(second.server().requests()).isEmpty();
        assertThat(events)
                .filteredOn(RoutingEvent.Discovered.class::isInstance)
                .extracting(event -> ((RoutingEvent.Discovered) event).source())
                .containsExactly("ticket", "cache", "cache", "cache", "cache");
    }

    @Test
    void a_request_for_a_ticket_holds_what_the_route_needs_and_nothing_of_the_prompt() {
        directory.with(good("aaaaaaaa-1"));
        client().chat(
                        ChatRequest.builder()
                                .model("m1")
                                .user("a private question")
                                .build(),
                        CallOptions.DEFAULT.withRegion("eu-central").withMinReputation(0.0));
        RawServer.Request request = directory.asked("dispatch/ticket").get(0);
        assertThat(body(request))
                .containsOnlyKeys("intent", "limit", "region", "min_reputation", "model")
                .containsEntry("intent", Intent.LLM_CHAT.urn())
                .containsEntry("region", "eu-central")
                .containsEntry("model", "m1");
        assertThat(new String(request.body(), StandardCharsets.UTF_8)).doesNotContain("private question");
        assertThat(request.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(request.header("authorization")).isEmpty();
    }

    @Test
    void the_ticket_does_not_travel_to_the_node() {
        FakeNode node = good("aaaaaaaa-1");
        directory.with(node);
        ask(client());
        RawServer.Request task = node.server().requests().get(0);
        assertThat(task.headers().toString()).doesNotContain("dispatch");
        assertThat(new String(task.body(), StandardCharsets.UTF_8)).doesNotContain("ticket");
    }

    @Test
    void the_next_ticket_is_taken_when_the_node_fails_and_excludes_it() {
        directory.with(bad("aaaaaaaa-1"), bad("bbbbbbbb-2"), good("cccccccc-3"));
        assertThat(ask(client())).isEqualTo("from cccccccc-3");
        List<RawServer.Request> asked = directory.asked("dispatch/ticket");
        assertThat(asked).hasSize(3);
        assertThat(body(asked.get(0))).doesNotContainKey("exclude_node_id_prefixes");
        assertThat(body(asked.get(1))).containsEntry("exclude_node_id_prefixes", List.of("aaaaaaaa"));
        assertThat(((List<?>) body(asked.get(2)).get("exclude_node_id_prefixes")))
                .map(String::valueOf)
                .containsExactlyInAnyOrder("aaaaaaaa", "bbbbbbbb");
    }

    @Test
    void a_node_that_may_not_be_used_costs_a_ticket_and_no_send() {
        FakeNode keyless = good("aaaaaaaa-1").withoutKey();
        directory.with(keyless, good("bbbbbbbb-2"));
        assertThat(ask(client())).isEqualTo("from bbbbbbbb-2");
        assertThat(keyless.server().requests()).isEmpty();
        assertThat(events)
                .filteredOn(RoutingEvent.Rejected.class::isInstance)
                .singleElement()
                .isEqualTo(new RoutingEvent.Rejected(events.get(0).taskId(), "aaaaaaaa", "missing_encryption_key"));
    }

    @Test
    void when_no_node_may_be_used_all_that_were_named_count() {
        directory.with(good("aaaaaaaa-1").withoutKey(), good("bbbbbbbb-2").withoutKey());
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-CX-REQUIRED"))
                .hasMessageContaining("none of the 2 nodes");
    }

    @Test
    void a_candidate_that_was_won_is_used_though_no_further_ticket_can_be_had() {
        FakeNode first = node("aaaaaaaa-1", job -> job.line().json(429, "{\"error\":{\"code\":\"IICP-E021\"}}"));
        directory.with(first);
        IicpClient client = client(builder -> builder.routeDiscovery(RouteDiscovery.TICKETED));
        directory.tickets((request, line) -> {
            if (new String(request.body(), StandardCharsets.UTF_8).contains("exclude")) {
                first.behave(job -> job.say("now I can"));
                line.json(429, "{\"error\":{\"code\":\"rate_limited\"}}");
            } else {
                directory.ticket(request, line);
            }
        });
        assertThat(ask(client)).isEqualTo("now I can");
    }

    @Test
    void no_route_ends_the_search_without_a_list() {
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOf(NoProviderException.class)
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-E033"));
        assertThat(directory.ticketsAsked()).isEqualTo(1);
        assertThat(directory.listsAsked()).isZero();
    }

    static Stream<Arguments> answers_of_directories_without_tickets() {
        return Stream.of(
                Arguments.of(404, "not_found"),
                Arguments.of(405, "method_not_allowed"),
                Arguments.of(501, "not_implemented"),
                Arguments.of(503, "not_configured"));
    }

    @ParameterizedTest
    @MethodSource("answers_of_directories_without_tickets")
    void without_tickets_the_list_is_asked_and_the_ticket_not_again(int status, String code) {
        directory.with(good("aaaaaaaa-1"));
        directory.tickets(FakeDirectory.refusal(status, code));
        IicpClient client = client();
        assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
        client.chat(ChatRequest.builder().model("m1").user("another query").build());
        assertThat(directory.ticketsAsked()).isEqualTo(1);
        assertThat(directory.listsAsked()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("answers_of_directories_without_tickets")
    void with_tickets_only_a_directory_without_them_is_an_error(int status, String code) {
        directory.with(good("aaaaaaaa-1"));
        directory.tickets(FakeDirectory.refusal(status, code));
        IicpClient client = client(builder -> builder.routeDiscovery(RouteDiscovery.TICKETED));
        assertThatThrownBy(() -> ask(client))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-DISPATCH-TICKET-UNAVAILABLE"));
        assertThat(directory.listsAsked()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503})
    void a_directory_that_has_no_ticket_now_may_have_a_list(int status) {
        directory.with(good("aaaaaaaa-1"));
        directory.tickets(FakeDirectory.refusal(status, "busy", "Retry-After: 7"));
        assertThat(ask(client())).isEqualTo("from aaaaaaaa-1");
        assertThat(directory.listsAsked()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 409, 422})
    void other_refusals_are_told_with_their_status(int status) {
        directory.with(good("aaaaaaaa-1"));
        directory.tickets(FakeDirectory.refusal(status, "no"));
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-DISPATCH-TICKET-" + status));
        assertThat(directory.listsAsked()).isZero();
    }

    private static UnaryOperator<Map<String, Object>> put(String name, Object value) {
        return json -> {
            Map<String, Object> changed = new LinkedHashMap<>(json);
            if (value == null) {
                changed.remove(name);
            } else {
                changed.put(name, value);
            }
            return changed;
        };
    }

    static Stream<Arguments> claims_that_are_not_accepted() {
        return Stream.of(
                Arguments.of("iss", "https://iicp.network"),
                Arguments.of("aud", "somebody"),
                Arguments.of("node_id", "bbbbbbbb-2"),
                Arguments.of("intent", "urn:iicp:intent:llm:embedding:v1"),
                Arguments.of("jti", "0"),
                Arguments.of("exp", 1_700_000_000L));
    }

    @ParameterizedTest
    @MethodSource
    void claims_that_are_not_accepted(String name, Object value) {
        FakeNode node = good("aaaaaaaa-1");
        directory.with(node);
        directory.claims(put(name, value));
        assertThatThrownBy(() -> ask(client())).isInstanceOfSatisfying(IicpException.class, fault -> {
            assertThat(fault.iicpCode()).hasValue("IICP-DISPATCH-TICKET-UNVERIFIED");
            assertThat(fault.retryable()).isFalse();
        });
        assertThat(node.server().requests()).isEmpty();
        assertThat(directory.listsAsked()).isZero();
    }

    static Stream<Arguments> answers_that_hold_no_ticket() {
        return Stream.of(
                Arguments.of(put("ticket", null)),
                Arguments.of(put("ticket", "not-a-ticket")),
                Arguments.of(put("ticket", 5)),
                Arguments.of(put("ticket", "a".repeat(100_000))),
                Arguments.of(put("route", null)),
                Arguments.of(put("route", List.of())),
                Arguments.of(put("route", Map.of("node_id", "aaaaaaaa-1"))),
                Arguments.of(put("node_id", "bbbbbbbb-2")));
    }

    @ParameterizedTest
    @MethodSource
    void answers_that_hold_no_ticket(UnaryOperator<Map<String, Object>> change) {
        directory.with(good("aaaaaaaa-1"));
        directory.reply(change);
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-DISPATCH-TICKET-MALFORMED"));
    }

    @Test
    void an_issuer_that_is_accepted_is_accepted() {
        directory.with(good("aaaaaaaa-1"));
        directory.issuer("https://iicp.network");
        IicpClient client = client(builder -> builder.directories(List.of(DirectorySettings.builder(directory.url())
                .acceptedIssuers(Set.of("https://iicp.network"))
                .build())));
        assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
    }

    @Test
    void a_clock_that_is_a_little_wrong_does_no_harm() {
        directory.with(good("aaaaaaaa-1"));
        directory.claims(claims -> {
            Map<String, Object> behind = new LinkedHashMap<>(claims);
            behind.computeIfPresent("iat", (name, value) -> ((Long) value) - 140);
            behind.computeIfPresent("exp", (name, value) -> ((Long) value) - 140);
            return behind;
        });
        IicpClient client = client();
        assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
        assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
        assertThat(directory.ticketsAsked())
                .as("the ticket's own lifetime counts from its arrival")
                .isEqualTo(1);
    }

    @Test
    void a_key_that_was_changed_is_asked_for_once_more() {
        FakeNode first = good("aaaaaaaa-1");
        directory.with(first, good("bbbbbbbb-2"));
        IicpClient client = client();
        ask(client);
        directory.rotateKey();
        first.behave(job -> job.line().json(502, "{}"));
        assertThat(ask(client)).isEqualTo("from bbbbbbbb-2");
        assertThat(directory.keysAsked()).isEqualTo(2);
    }

    @Test
    void a_signature_that_does_not_fit_the_new_key_either_is_refused() {
        directory.with(good("aaaaaaaa-1"));
        directory.keys((request, line) -> line.json(
                200,
                Json.text(Map.of("public_key", "557a59f8820da4ad8a684fdc8a00355d30149b5ec22231ae331a62daa8dcf869"))));
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-DISPATCH-TICKET-UNVERIFIED"))
                .hasMessageContaining("not signed");
        assertThat(directory.keysAsked()).isEqualTo(2);
    }

    @Test
    void a_pinned_key_is_not_asked_for_and_not_replaced() {
        directory.with(good("aaaaaaaa-1"));
        IicpClient client = client(builder -> builder.directories(List.of(DirectorySettings.builder(directory.url())
                .publicKey(directory.publicKey())
                .build())));
        assertThat(ask(client)).isEqualTo("from aaaaaaaa-1");
        directory.rotateKey();
        IicpException fault = catchThrowableOfType(
                IicpException.class,
                () -> client.chat(ChatRequest.builder().model("m1").user("q").build()));
        assertThat(fault.iicpCode()).hasValue("IICP-DISPATCH-TICKET-UNVERIFIED");
        assertThat(directory.keysAsked()).isZero();
    }

    @Test
    void a_ticket_bound_to_a_manifest_needs_that_manifest() {
        String digest = "ab".repeat(32);
        Map<String, Object> described = new LinkedHashMap<>(good("aaaaaaaa-1").description(0.9));
        described.put("node_policy_manifest", Map.of("verification", Map.of("canonical_sha256", digest)));
        directory.withNode(described);
        directory.claims(put("policy_manifest_sha256", digest));
        assertThat(ask(client())).isEqualTo("from aaaaaaaa-1");

        directory.claims(put("policy_manifest_sha256", "cd".repeat(32)));
        assertThatThrownBy(() -> ask(client()))
                .isInstanceOfSatisfying(IicpException.class, fault -> assertThat(fault.iicpCode())
                        .hasValue("IICP-POLICY-MANIFEST-BINDING-MISMATCH"));
    }

    @Test
    void a_ticket_that_ends_on_the_way_is_renewed_before_it_is_used() {
        directory.with(good("aaaaaaaa-1"));
        directory.claims(claims -> put("exp", (Long) claims.get("iat") + 10).apply(claims));
        IicpClient client = client();
        ask(client);
        ask(client);
        assertThat(directory.ticketsAsked())
                .as("ten seconds before its end a ticket is too old")
                .isEqualTo(2);
    }

    @Test
    void intents_that_some_directories_refuse_tickets_for_are_found_in_lists() {
        directory.with(
                node("aaaaaaaa-1", job -> job.reply(Map.of("status", "success", "result", Map.of("done", true)))));
        IicpClient client = client();
        for (String urn : List.of("urn:iicp:intent:x.acme:invoice:v1", "urn:iicp:intent:translate:v1")) {
            assertThat(client.submit(Task.of(Intent.parse(urn), Map.of("text", "hi")))
                            .result())
                    .isEqualTo(Map.of("done", true));
        }
        assertThat(directory.ticketsAsked()).isZero();
        assertThat(directory.listsAsked()).isEqualTo(2);
    }

    @Test
    void a_stream_chooses_from_a_list() {
        directory.with(
                good("aaaaaaaa-1"),
                node("bbbbbbbb-2", job -> job.accept().delta("streamed").end()).streaming());
        CompletableFuture<ChatEvent.Completed> end = new CompletableFuture<>();
        client().chatStream(HELLO).subscribe(new Collector(end));
        assertThat(end.join().result().text()).isEqualTo("streamed");
        assertThat(directory.ticketsAsked()).isZero();
    }

    @Test
    void the_list_beside_the_ticket_replaces_a_node_when_the_directory_is_gone() {
        FakeNode first = good("aaaaaaaa-1");
        directory.with(first, good("bbbbbbbb-2"));
        IicpClient client = client();
        ask(client);
        await().atMost(Duration.ofSeconds(20)).until(() -> directory.listsAsked() == 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> directory.server().openConnections() > 0);
        directory.always((request, line) -> line.close());
        first.close();
        assertThat(ask(client)).isEqualTo("from bbbbbbbb-2");
        assertThat(events)
                .filteredOn(RoutingEvent.Discovered.class::isInstance)
                .extracting(event -> ((RoutingEvent.Discovered) event).source())
                .contains("standby");
    }

    @Test
    void calls_that_begin_together_take_one_ticket() {
        directory.with(good("aaaaaaaa-1"));
        IicpClient client = client();
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            calls.add(client.chatAsync(HELLO));
        }
        CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
        assertThat(directory.ticketsAsked()).isEqualTo(1);
        assertThat(directory.keysAsked()).isEqualTo(1);
    }

    /** Waits for the last event. */
    private record Collector(CompletableFuture<ChatEvent.Completed> end)
            implements java.util.concurrent.Flow.Subscriber<ChatEvent> {
        @Override
        public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ChatEvent event) {
            if (event instanceof ChatEvent.Completed completed) {
                end.complete(completed);
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            end.completeExceptionally(new AssertionError("no last event"));
        }
    }
}
