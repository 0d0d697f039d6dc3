package network.iicp.client.cooperation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CooperationTest {

    private static final WorkerReceipts.Binding BINDING = new WorkerReceipts.Binding("task", "parent", "session");
    private static final Map<String, Object> RESULT = Map.of("answer", "ok");

    // ---- requests

    @ParameterizedTest
    @CsvSource({
        "BEST_OF_N, 1, , IICP-E028",
        "BEST_OF_N, 11, , IICP-E028",
        "MAJORITY_VOTE, 4, , IICP-E025",
        "MAJORITY_VOTE, 1, , IICP-E025",
        "MAJORITY_VOTE, 5, 6, IICP-E028",
        "MAJORITY_VOTE, 5, 0, IICP-E028",
        "MAP_REDUCE, 2, , IICP-E026"
    })
    void a_request_out_of_range_is_refused_with_the_number_of_the_rule(
            CooperationPolicy policy, int replicas, Integer quorum, String code) {
        assertThatThrownBy(() -> new CooperationRequest(policy, replicas, quorum, false, List.of()))
                .isInstanceOf(InvalidRequestException.class)
                .satisfies(e -> assertThat(((IicpException) e).iicpCode()).contains(code));
    }

    @Test
    void chunks_must_cover_the_question_exactly_once() {
        List<CooperationRequest.Chunk> gap =
                List.of(new CooperationRequest.Chunk(0, Map.of()), new CooperationRequest.Chunk(2, Map.of()));
        assertThatThrownBy(() -> new CooperationRequest(CooperationPolicy.MAP_REDUCE, 2, null, false, gap))
                .satisfies(e -> assertThat(((IicpException) e).iicpCode()).contains("IICP-E026"));
        assertThat(CooperationRequest.mapReduce(List.of(Map.of("a", 1), Map.of("b", 2)))
                        .chunk(1)
                        .payload())
                .isEqualTo(Map.of("b", 2));
    }

    @Test
    void a_vote_needs_more_than_half_unless_told_otherwise() {
        assertThat(CooperationRequest.majorityOf(5).effectiveQuorum()).isEqualTo(3);
        assertThat(CooperationRequest.majorityOf(5).withQuorum(4).effectiveQuorum())
                .isEqualTo(4);
    }

    // ---- gates

    private static CooperationSettings.Builder on() {
        return CooperationSettings.builder().enabled(true).strategy(CooperationSettings.Strategy.REMOTE_FIRST);
    }

    private static CooperationGates.Verdict judge(
            CooperationSettings settings, CooperationRequest request, boolean local) {
        return new CooperationGates(settings).judge(Intent.LLM_CHAT, Map.of(), request, local);
    }

    @Test
    void the_gates_are_passed_in_order() {
        CooperationRequest sensitive = CooperationRequest.bestOf(3).withSensitive(true);
        assertThat(judge(CooperationSettings.OFF, sensitive, true)).isEqualTo(CooperationGates.Verdict.OFF);
        assertThat(judge(on().maxCreditsPerTask(2).build(), sensitive, true))
                .isEqualTo(CooperationGates.Verdict.TOO_EXPENSIVE);
        assertThat(judge(on().build(), sensitive, true)).isEqualTo(CooperationGates.Verdict.LOCAL);
        assertThat(judge(on().build(), sensitive, false)).isEqualTo(CooperationGates.Verdict.SENSITIVE);
        assertThat(judge(on().sendSensitivePrompts(true).build(), sensitive, true))
                .isEqualTo(CooperationGates.Verdict.REMOTE);
        CooperationSettings localFirst =
                on().strategy(CooperationSettings.Strategy.LOCAL_FIRST).build();
        assertThat(judge(localFirst, CooperationRequest.bestOf(2), true)).isEqualTo(CooperationGates.Verdict.LOCAL);
        assertThat(judge(localFirst, CooperationRequest.bestOf(2), false)).isEqualTo(CooperationGates.Verdict.REMOTE);
        assertThat(judge(on().maxReplicas(2).build(), CooperationRequest.bestOf(3), false))
                .isEqualTo(CooperationGates.Verdict.TOO_MANY);
    }

    @Test
    void the_budget_of_the_session_is_used_up() {
        CooperationGates gates =
                new CooperationGates(on().sessionCreditBudget(4.0).build());
        assertThat(gates.judge(Intent.LLM_CHAT, Map.of(), CooperationRequest.bestOf(3), false))
                .isEqualTo(CooperationGates.Verdict.REMOTE);
        gates.spend(2_000);
        assertThat(gates.spent()).isEqualTo(2.0);
        assertThat(gates.judge(Intent.LLM_CHAT, Map.of(), CooperationRequest.bestOf(3), false))
                .isEqualTo(CooperationGates.Verdict.TOO_EXPENSIVE);
        assertThat(gates.judge(Intent.LLM_CHAT, Map.of("max_tokens", 900), CooperationRequest.bestOf(2), false))
                .isEqualTo(CooperationGates.Verdict.REMOTE);
    }

    @Test
    void settings_out_of_range_are_refused_at_once() {
        assertThatThrownBy(() -> on().maxReplicas(11)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> on().minReputation(1.1)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> on().maxCreditsPerTask(-1)).isInstanceOf(ConfigurationException.class);
        assertThat(on().settlementCredential("s3cret").build().toString()).doesNotContain("s3cret");
    }

    // ---- receipts

    private static Map<String, Object> receipt(String nonce) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("task_id", "task");
        json.put("cip_parent_task_id", "parent");
        json.put("cip_session_key", "session");
        json.put("nonce", nonce);
        json.put("response_hash", ResponseHash.of(RESULT, true));
        return json;
    }

    private static final String NONCE = "00112233445566778899aabbccddeeff";
    private static final Map<String, Object> TRACE = Map.of("cip_session_key", "session");

    @Test
    void an_answer_counts_once() {
        MovingClock clock = new MovingClock();
        WorkerReceipts receipts = new WorkerReceipts(clock);
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt(NONCE))).isEmpty();
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt(NONCE))).contains("nonce_replayed");
        clock.now = clock.now.plus(Duration.ofSeconds(301));
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt(NONCE))).isEmpty();
    }

    @Test
    void an_answer_that_is_not_bound_to_the_call_does_not_count() {
        WorkerReceipts receipts = new WorkerReceipts(new MovingClock());
        assertThat(receipts.rejection(BINDING, RESULT, Map.of(), receipt(NONCE)))
                .contains("session_key_mismatch");
        assertThat(receipts.rejection(BINDING, RESULT, Map.of("cip_session_key", "other"), receipt(NONCE)))
                .contains("session_key_mismatch");
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, null)).contains("receipt_missing");
        for (String member : List.of("task_id", "cip_parent_task_id", "cip_session_key")) {
            Map<String, Object> wrong = receipt(NONCE);
            wrong.put(member, "other");
            assertThat(receipts.rejection(BINDING, RESULT, TRACE, wrong)).contains("receipt_of_another_task");
        }
        Map<String, Object> changed = receipt(NONCE);
        changed.put("response_hash", ResponseHash.of(Map.of("answer", "changed"), true));
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, changed)).contains("response_hash_mismatch");
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt("short"))).contains("nonce_missing");
        assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt(NONCE)))
                .as("what did not count is not remembered")
                .isEmpty();
    }

    @Test
    void many_nonces_do_not_fill_the_memory() {
        WorkerReceipts receipts = new WorkerReceipts(new MovingClock());
        for (int i = 0; i < 9_000; i++) {
            assertThat(receipts.rejection(BINDING, RESULT, TRACE, receipt("%032x".formatted(i))))
                    .isEmpty();
        }
    }

    @Test
    void letters_beyond_ascii_may_be_escaped_or_not_and_numbers_keep_their_text() {
        Object result = Json.parse(
                "{\"é\":\"ü\\u0000\\n😀\",\"a\":[1.0,1e5,true,null],\"B\":\"\\u007f/\"}", JsonLimits.DEFAULT);
        String raw = ResponseHash.render(result, false);
        String escaped = ResponseHash.render(result, true);
        assertThat(raw).isEqualTo("{\"B\":\"\u007f/\",\"a\":[1.0,1e5,true,null],\"é\":\"ü\\u0000\\n😀\"}");
        assertThat(escaped)
                .isEqualTo(
                        "{\"B\":\"\u007f/\",\"a\":[1.0,1e5,true,null],\"\\u00e9\":\"\\u00fc\\u0000\\n\\ud83d\\ude00\"}");
        assertThat(ResponseHash.matches(result, ResponseHash.of(result, false))).isTrue();
        assertThat(ResponseHash.matches(result, ResponseHash.of(result, true))).isTrue();
        assertThat(ResponseHash.matches(result, "00")).isFalse();
        assertThat(ResponseHash.of(null, true))
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void members_are_sorted_by_code_point() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("\ud83d\ude00", 1);
        members.put("\uff5a", 2);
        assertThat(ResponseHash.render(members, false)).startsWith("{\"\uff5a\"");
    }

    @Test
    void a_note_of_the_coordinator_is_bound_to_its_session() {
        CoordinatorReceipt receipt = CoordinatorReceipt.of("key", "task", "worker", 1_500, Instant.EPOCH, NONCE);
        assertThat(receipt.isGenuine("key")).isTrue();
        assertThat(receipt.isGenuine("other")).isFalse();
        assertThat(receipt.creditsCharged()).isEqualTo("1.5");
        CoordinatorReceipt changed =
                new CoordinatorReceipt("task", "worker", 15, "1.5", receipt.issuedAt(), NONCE, receipt.signature());
        assertThat(changed.isGenuine("key")).isFalse();
    }

    // ---- choices

    private static TaskResult said(String text, String finish, Map<String, Object> metrics) {
        Map<String, Object> choice =
                Map.of("index", 0, "message", Map.of("role", "assistant", "content", text), "finish_reason", finish);
        return new TaskResult(
                "t",
                Map.of("choices", List.of(choice)),
                Usage.UNKNOWN,
                null,
                metrics,
                new Provenance("t", "node", null, null, true, false, "trace", List.of()));
    }

    private static TaskResult said(String text) {
        return said(text, "stop", Map.of());
    }

    @Test
    void the_best_text_has_the_least_perplexity_or_is_the_longest_that_was_not_cut_off() {
        TaskResult cut = said("a very long answer that was cut", "length", Map.of());
        assertThat(AnswerChoice.best(List.of(said("no"), cut, said("longer")), null)
                        .answer()
                        .toString())
                .isNotNull();
        assertThat(AnswerChoice.text(AnswerChoice.best(List.of(said("no"), cut, said("longer")), null)
                        .answer()))
                .isEqualTo("longer");
        TaskResult sure = said("sure", "stop", Map.of("perplexity", 1.2));
        TaskResult unsure = said("unsure and long", "stop", Map.of("perplexity", 9.0));
        assertThat(AnswerChoice.best(List.of(unsure, sure, said("longest of them all")), null)
                        .answer())
                .isSameAs(sure);
    }

    @Test
    void the_best_structure_fills_most_members_of_the_schema() {
        Map<String, Object> schema = Map.of("properties", Map.of("a", Map.of(), "b", Map.of()));
        TaskResult half = said("{\"a\":1}");
        TaskResult whole = said("{\"a\":1,\"b\":2}");
        assertThat(AnswerChoice.best(List.of(said("none at all, and much longer than the others"), half, whole), schema)
                        .answer())
                .isSameAs(whole);
    }

    @Test
    void the_majority_is_the_largest_group_and_the_fastest_of_it_speaks() {
        TaskResult slow = said("Paris", "stop", Map.of("latency_ms", 90));
        TaskResult fast = said("Paris", "stop", Map.of("latency_ms", 10));
        AnswerChoice.Chosen chosen = AnswerChoice.majority(List.of(said("London"), slow, fast), 2, null)
                .orElseThrow();
        assertThat(chosen.answer()).isSameAs(fast);
        assertThat(chosen.votes()).isEqualTo(2);
        assertThat(AnswerChoice.majority(List.of(said("a"), said("b"), said("c")), 2, null))
                .isEmpty();
        assertThat(AnswerChoice.majority(List.of(said("a"), said("b"), said("c")), 3, (x, y) -> true))
                .isPresent();
    }

    @Test
    void how_it_was_decided_has_the_names_of_the_protocol() {
        Map<String, Object> json = new Aggregation(CooperationPolicy.BEST_OF_N, 3, 2, null, 4, 1, 2).toMap();
        assertThat(json)
                .containsEntry("policy", "best_of_n")
                .containsEntry("replicas_dispatched", 3)
                .containsEntry("replicas_responded", 2)
                .containsEntry("selected_worker_id", null)
                .containsEntry("cip_vote_count", 1)
                .containsEntry("cip_quorum_threshold", 2)
                .containsKey("aggregation_latency_ms");
    }

    private static final class MovingClock extends Clock {
        private Instant now = Instant.parse("2026-11-20T12:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }
    }
}
