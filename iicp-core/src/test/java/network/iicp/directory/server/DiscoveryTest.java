package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.directory.server.Discovery.Ranked;
import network.iicp.protocol.registration.BackendStability;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DiscoveryTest {

    private final FakeClock clock = new FakeClock();
    private final InMemoryNodeStore store = new InMemoryNodeStore();
    private Discovery discovery = new Discovery(store, QosThresholds.NONE, clock);

    private void add(Nodes... nodes) {
        for (Nodes node : nodes) {
            assertThat(store.insert(node.record())).isEqualTo(NodeStore.Insertion.DONE);
        }
    }

    private List<String> find(String... parameters) {
        return rank(parameters).stream().map(ranked -> ranked.record().id()).toList();
    }

    private List<Ranked> rank(String... parameters) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        query.put("intent", List.of(Nodes.CHAT));
        for (String parameter : parameters) {
            int equals = parameter.indexOf('=');
            query.put(parameter.substring(0, equals), List.of(parameter.substring(equals + 1)));
        }
        return discovery.rank(DiscoverRequest.of(query));
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_node_is_listed {

        @Test
        void when_it_is_ready() {
            add(Nodes.node("a"));
            assertThat(find()).containsExactly("a");
        }

        @Test
        void for_ninety_seconds_after_its_last_sign_of_life() {
            add(Nodes.node("a"));
            clock.advance(Duration.ofSeconds(90));
            assertThat(find()).containsExactly("a");
            clock.advance(Duration.ofMillis(1));
            assertThat(find()).isEmpty();
        }

        @Test
        void not_when_it_is_unavailable_draining_or_serves_no_model() {
            add(
                    Nodes.node("a").unavailable(),
                    Nodes.node("b")
                            .stability(new BackendStability(
                                    BackendStability.State.DRAINING, BackendStability.Reason.OK, null, null)),
                    Nodes.node("c").healthModels(List.of()),
                    Nodes.node("d").stability(BackendStability.UNSTABLE));
            assertThat(find()).containsExactly("d");
        }

        @Test
        void only_for_exactly_its_intents() {
            add(Nodes.node("a").with("capabilities", List.of(Nodes.capability(Nodes.EMBEDDING, "e"))));
            assertThat(find()).isEmpty();
            assertThat(discovery.rank(DiscoverRequest.of(Nodes.EMBEDDING))).hasSize(1);
            assertThat(discovery.rank(DiscoverRequest.of(Nodes.EMBEDDING + "0")))
                    .isEmpty();
        }

        @ParameterizedTest
        @EnumSource(Reachability.class)
        void when_it_can_be_reached_or_says_how(Reachability reachability) {
            add(
                    Nodes.node("silent").reachability(reachability),
                    Nodes.node("told").reachability(reachability).with("exposure_mode", "relay_required"));
            List<String> expected =
                    switch (reachability) {
                        case OBSERVED, ASSUMED -> List.of("silent", "told");
                        case DECLARED -> List.of("told");
                        case DEAD -> List.of();
                    };
            assertThat(find()).containsExactlyElementsOf(expected);
            assertThat(find("include_internal=1")).containsExactly("silent", "told");
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Models {

        private void addThree() {
            add(
                    Nodes.node("a").with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m1", "m2"))),
                    Nodes.node("b").with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m2"))),
                    Nodes.node("c")
                            .with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m1")))
                            .healthModels(List.of("m9")));
        }

        @ParameterizedTest
        @CsvSource({"m1,a", "m2,a b", "m9,c", "m,''", "M1,''", "'m1,m2',a b", "'m9, m1',a c", "m3,''"})
        void filter_exactly_by_what_is_served_now(String model, String expected) {
            addThree();
            assertThat(find("model=" + model)).containsExactlyInAnyOrderElementsOf(words(expected));
        }

        @Test
        void without_a_tag_mean_the_latest_and_no_other() {
            add(
                    Nodes.node("a").with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "llama3:latest"))),
                    Nodes.node("b").with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "llama3:8b"))),
                    Nodes.node("c")
                            .with("capabilities", List.of(Nodes.capability(Nodes.CHAT, "llama3:latest")))
                            .healthModels(List.of("llama3:latest")));
            assertThat(find("model=llama3")).containsExactlyInAnyOrder("a", "c");
            assertThat(find("model=llama3:latest")).containsExactlyInAnyOrder("a", "c");
            assertThat(find("model=llama3:8b")).containsExactly("b");
        }

        @Test
        void of_another_intent_are_not_offered_for_this_one() {
            add(Nodes.node("a")
                    .with(
                            "capabilities",
                            List.of(Nodes.capability(Nodes.CHAT, "chat"), Nodes.capability(Nodes.EMBEDDING, "embed"))));
            assertThat(find("model=embed")).isEmpty();
            assertThat(find("model=chat")).containsExactly("a");
        }

        @Test
        void that_are_down_take_their_intent_with_them_but_no_other() {
            add(Nodes.node("a")
                    .with(
                            "capabilities",
                            List.of(
                                    Nodes.capability(Nodes.CHAT, "chat"),
                                    Nodes.capability(Nodes.EMBEDDING, "embed"),
                                    Nodes.capability("urn:iicp:intent:x.acme:sort:v1")))
                    .healthModels(List.of("embed")));
            assertThat(find()).isEmpty();
            assertThat(discovery.rank(DiscoverRequest.of(Nodes.EMBEDDING))).hasSize(1);
            assertThat(discovery.rank(DiscoverRequest.of("urn:iicp:intent:x.acme:sort:v1")))
                    .hasSize(1);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Filters {

        @ParameterizedTest
        @CsvSource({
            "min_reputation=0.7, gold",
            "min_reputation=1, ''",
            "min_reputation=0, gold new picture relay cip dear",
            "max_multiplier=2, gold new picture relay cip",
            "max_multiplier=0, ''",
            "modality=image, picture",
            "modality=text, gold new picture relay cip dear",
            "cip_capable=1, cip",
            "cip_capable=true, cip",
            "cip_capable=0, gold new picture relay cip dear",
            "relay_capable=true, relay",
            "region=mars, gold new picture relay cip dear",
            "qos=batch, gold new picture relay cip dear",
            "qos=best_effort, gold new picture relay cip dear"
        })
        void keep_what_was_asked_for(String parameter, String expected) {
            addAll();
            assertThat(find(parameter)).containsExactlyInAnyOrderElementsOf(words(expected));
        }

        @Test
        void hide_young_nodes_from_urgent_queries_where_thresholds_say_so() {
            discovery = new Discovery(store, QosThresholds.OFFICIAL, clock);
            addAll();
            assertThat(find("qos=interactive")).containsExactly("gold");
            assertThat(find("qos=realtime")).isEmpty();
            assertThat(find()).hasSize(6);
        }

        @Test
        void compare_the_least_score_with_the_final_score() {
            addAll();
            double gold = rank().stream()
                    .filter(r -> r.record().id().equals("gold"))
                    .findFirst()
                    .orElseThrow()
                    .score();
            assertThat(find("min_quality_score=" + gold)).containsExactly("gold");
            assertThat(find("min_quality_score=1")).isEmpty();
        }

        @Test
        void drop_what_scores_below_a_tenth() {
            add(Nodes.node("worn")
                    .load(1, 10)
                    .standing(0, 0)
                    .with("region", "mars")
                    .with("availability", List.of(Map.of("start", "00:00", "end", "23:59", "share", 0))));
            assertThat(find("region=eu-central")).isEmpty();
        }

        private void addAll() {
            Map<String, Object> picture = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "m1"));
            picture.put("input_modalities", List.of("text", "image"));
            add(
                    Nodes.node("new"),
                    Nodes.node("gold").standing(0.75, 150),
                    Nodes.node("picture").with("capabilities", List.of(picture)),
                    Nodes.node("relay").with("relay_capable", true),
                    Nodes.node("cip").with("policy", Map.of("allow_remote_inference", true)),
                    Nodes.node("dear").with("pricing", Map.of("credit_cost_multiplier", 2.5)));
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class The_order {

        @Test
        void is_best_first_then_by_id() {
            add(
                    Nodes.node("c"),
                    Nodes.node("a"),
                    Nodes.node("b"),
                    Nodes.node("z-best").standing(0.9, 0),
                    Nodes.node("0-worst").load(0.5, 5));
            assertThat(find()).containsExactly("z-best", "a", "b", "c", "0-worst");
        }

        @Test
        void prefers_the_region_asked_for() {
            add(Nodes.node("a"), Nodes.node("b").with("region", "us-east"));
            assertThat(find("region=us-east")).containsExactly("b", "a");
            assertThat(find("region=eu-central")).containsExactly("a", "b");
            assertThat(find("region=EU-CENTRAL")).as("exact match only").containsExactly("a", "b");
        }

        @Test
        void scores_every_node_before_anything_is_cut() {
            for (int i = 0; i < 200; i++) {
                add(Nodes.node("n%03d".formatted(i)).standing(0.9, 0).load(0.5, 5));
            }
            add(Nodes.node("zzz").standing(0.4, 0));
            assertThat(find().get(0)).isEqualTo("zzz");
            assertThat(find()).hasSize(201);
        }

        @Test
        void keeps_every_score_between_a_tenth_and_one() {
            for (int i = 0; i <= 10; i++) {
                add(Nodes.node("n" + i).load(i / 10.0, i).standing(i / 10.0, 0));
            }
            assertThat(rank()).extracting(Ranked::score).allMatch(score -> score >= 0.1 && score <= 1.0);
        }
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? new ArrayList<>() : Arrays.asList(text.split(" ", -1));
    }
}
