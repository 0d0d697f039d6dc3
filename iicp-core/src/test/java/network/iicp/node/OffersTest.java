package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import network.iicp.protocol.Capability;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.spi.InferenceBackend.State;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OffersTest {

    private static final Intent CUSTOM = Intent.parse("urn:iicp:intent:x.acme:invoice:v1");

    private final FakeEngine ollama = new FakeEngine("ollama", chat("a", "b"));
    private final FakeEngine vllm = new FakeEngine("vllm", chat("b", "c"));

    private static Capability chat(String... models) {
        return Capability.of(Intent.LLM_CHAT, List.of(models));
    }

    private static Offers offers(List<String> models, NodeAuthentication mode, Offer... offers) {
        Offers made = new Offers(List.of(offers), models, Set.of(), mode);
        made.adopt(made.survey());
        return made;
    }

    private Offers both() {
        return offers(List.of(), NodeAuthentication.AUTO, Offer.of(ollama), Offer.of(vllm));
    }

    private static void assertCode(String code, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(IicpException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    @Nested
    class Which_engine_serves {

        @Test
        void follows_the_model_and_then_the_order_of_configuration() {
            Offers offers = both();

            assertThat(offers.match(Intent.LLM_CHAT, "a", Caller.ANONYMOUS).handler())
                    .isSameAs(ollama);
            assertThat(offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS).handler())
                    .isSameAs(ollama);
            assertThat(offers.match(Intent.LLM_CHAT, "c", Caller.ANONYMOUS).handler())
                    .isSameAs(vllm);
            assertThat(offers.match(Intent.LLM_CHAT, null, Caller.ANONYMOUS).handler())
                    .isSameAs(ollama);
            assertThat(offers.models()).containsExactly("a", "b", "c");
        }

        @Test
        void prefers_the_one_that_is_better() {
            Offers offers = both();
            ollama.state = State.DEGRADED;
            offers.survey();

            assertThat(offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS).handler())
                    .isSameAs(vllm);
            assertThat(offers.match(Intent.LLM_CHAT, "a", Caller.ANONYMOUS).handler())
                    .isSameAs(ollama);
            assertThat(offers.state()).isEqualTo(State.DEGRADED);
        }

        @Test
        void is_nobody_when_the_only_one_is_unavailable() {
            Offers offers = both();
            ollama.state = State.UNAVAILABLE;
            offers.survey();

            assertThatThrownBy(() -> offers.match(Intent.LLM_CHAT, "a", Caller.ANONYMOUS))
                    .isInstanceOf(CapacityException.class);
            assertThat(offers.isAvailable(Intent.LLM_CHAT)).isTrue();
            vllm.state = State.UNAVAILABLE;
            offers.survey();
            assertThat(offers.isAvailable(Intent.LLM_CHAT)).isFalse();
            assertThat(offers.isAvailable()).isFalse();
        }

        @Test
        void is_nobody_for_an_unknown_model_or_intent() {
            Offers offers = both();

            assertCode("model_not_found", () -> offers.match(Intent.LLM_CHAT, "z", Caller.ANONYMOUS));
            assertCode("unknown_intent", () -> offers.requireServed(Intent.LLM_EMBEDDING));
        }

        @Test
        void is_anybody_for_the_model_that_official_proxies_list() {
            Offers offers = both();

            assertThat(offers.match(Intent.LLM_CHAT, "iicp", Caller.ANONYMOUS))
                    .isEqualTo(offers.match(Intent.LLM_CHAT, null, Caller.ANONYMOUS));
        }

        @Test
        void finds_a_model_without_tag_under_its_tag_latest_and_says_how_the_engine_names_it() {
            ollama.capabilities = List.of(chat("llama3:8b", "llama3:latest"));
            Offers offers = both();

            assertThat(offers.match(Intent.LLM_CHAT, "llama3", Caller.ANONYMOUS).model())
                    .isEqualTo("llama3:latest");
            assertThat(offers.match(Intent.LLM_CHAT, "llama3:8b", Caller.ANONYMOUS)
                            .model())
                    .isEqualTo("llama3:8b");
            assertCode("model_not_found", () -> offers.match(Intent.LLM_CHAT, "llama3:70b", Caller.ANONYMOUS));
        }

        @Test
        void gets_the_first_model_the_operator_named_when_the_task_names_none() {
            FakeEngine engine =
                    new FakeEngine("ollama", chat("a"), chat("b", "c").withMaxTokens(50));
            Offers named = offers(List.of("c", "a"), NodeAuthentication.AUTO, Offer.of(engine));

            assertThat(named.match(Intent.LLM_CHAT, null, Caller.ANONYMOUS).model())
                    .isEqualTo("c");
        }

        @Test
        void gets_the_first_model_of_the_engine_when_nobody_names_one() {
            assertThat(both().match(Intent.LLM_CHAT, null, Caller.ANONYMOUS).model())
                    .isEqualTo("a");
        }

        @Test
        void is_any_for_a_handler_without_models() {
            Offers offers = offers(
                    List.of(), NodeAuthentication.OPEN, Offer.of(Capability.of(CUSTOM, List.of()), context -> "ok"));

            assertThat(offers.match(CUSTOM, "whatever", Caller.ANONYMOUS)
                            .capability()
                            .intent())
                    .isEqualTo(CUSTOM);
            assertThat(offers.match(CUSTOM, "whatever", Caller.ANONYMOUS).model())
                    .isEqualTo("whatever");
            assertThat(offers.match(CUSTOM, null, Caller.ANONYMOUS).model()).isNull();
        }
    }

    @Nested
    class Who_may_call {

        @Test
        void is_anyone_for_a_free_engine_and_a_known_caller_for_everything_else() {
            FakeEngine paid = new FakeEngine("custom", chat("gpt"));
            paid.known = true;
            Offers offers = offers(
                    List.of(),
                    NodeAuthentication.AUTO,
                    Offer.of(ollama),
                    Offer.of(paid),
                    Offer.of(Capability.of(CUSTOM, List.of()), context -> "ok"));

            offers.requireAllowed(Intent.LLM_CHAT, Caller.ANONYMOUS);
            assertThatThrownBy(() -> offers.requireAllowed(CUSTOM, Caller.ANONYMOUS))
                    .isInstanceOf(UnauthorizedException.class);
            assertThatThrownBy(() -> offers.match(Intent.LLM_CHAT, "gpt", Caller.ANONYMOUS))
                    .isInstanceOf(UnauthorizedException.class);
            offers.requireAllowed(CUSTOM, Caller.consumer("n"));
            assertThat(offers.match(Intent.LLM_CHAT, "gpt", Caller.consumer("n"))
                            .handler())
                    .isSameAs(paid);
            assertThat(offers.modes()).containsExactly(NodeAuthentication.OPEN, NodeAuthentication.TOKEN);
        }

        @Test
        void is_the_operator_alone_when_that_is_set() {
            Offers offers = offers(List.of(), NodeAuthentication.OPERATOR, Offer.of(ollama));

            assertThatThrownBy(() -> offers.requireAllowed(Intent.LLM_CHAT, Caller.consumer("n")))
                    .isInstanceOf(UnauthorizedException.class);
            offers.requireAllowed(Intent.LLM_CHAT, Caller.OPERATOR);
        }
    }

    @Nested
    class What_is_advertised {

        @Test
        void is_grouped_by_everything_but_the_models() {
            Offers offers = both();

            assertThat(offers.advertised()).containsExactly(chat("a", "b", "c"));
        }

        @Test
        void is_split_when_there_are_too_many_models() {
            String[] many = IntStream.range(0, 130).mapToObj(i -> "m" + i).toArray(String[]::new);
            Offers offers = offers(List.of(), NodeAuthentication.AUTO, Offer.of(new FakeEngine("vllm", chat(many))));

            assertThat(offers.advertised()).extracting(c -> c.models().size()).containsExactly(64, 64, 2);
        }

        @Test
        void says_where_events_are_offered_when_it_streams() {
            Offers offers = offers(
                    List.of(),
                    NodeAuthentication.AUTO,
                    Offer.of(new FakeEngine("vllm", chat("a").withStreaming())));

            assertThat(LifecyclePaths.fromCapability(offers.advertised().get(0)))
                    .contains(LifecyclePaths.DEFAULT);
            assertThat(LifecyclePaths.fromCapability(both().advertised().get(0)))
                    .isEmpty();
        }

        @Test
        void is_only_what_was_asked_for() {
            Offers offers = offers(List.of("c", "a", "zzz"), NodeAuthentication.AUTO, Offer.of(ollama), Offer.of(vllm));

            assertThat(offers.models()).containsExactly("a", "c");
        }

        @Test
        void follows_the_names_of_the_engine_where_the_operator_left_out_the_tag() {
            ollama.capabilities = List.of(chat("llama3:latest", "llama3:8b"));
            Offers offers = offers(List.of("llama3"), NodeAuthentication.AUTO, Offer.of(ollama));

            assertThat(offers.models()).containsExactly("llama3:latest");
        }

        @Test
        void believes_the_operator_when_the_engine_cannot_list_its_models() {
            Offers offers =
                    offers(List.of("mine"), NodeAuthentication.AUTO, Offer.of(new FakeEngine("custom", chat())));

            assertThat(offers.models()).containsExactly("mine");
        }

        @Test
        void leaves_out_what_cannot_be_registered_or_is_refused_by_risk() {
            FakeEngine odd = new FakeEngine(
                    "custom",
                    Capability.of(Intent.parse("urn:iicp:intent:mcp:tools/call:v1"), List.of("m")),
                    Capability.of(Intent.parse("urn:iicp:intent:x.acme:social-scoring:v1"), List.of("m")),
                    chat("ok"));
            Offers offers = offers(List.of(), NodeAuthentication.AUTO, Offer.of(odd));

            assertThat(offers.intents()).containsExactly(Intent.LLM_CHAT);
        }
    }

    @Nested
    class When_an_engine_changes {

        @Test
        void what_it_serves_counts_only_when_it_is_adopted() {
            Offers offers = both();
            ollama.capabilities = List.of(chat("new"));
            Survey survey = offers.survey();

            assertThat(offers.models()).containsExactly("a", "b", "c");
            assertThat(offers.advertised(survey)).containsExactly(chat("new", "b", "c"));
            offers.adopt(survey);
            assertThat(offers.models()).containsExactly("new", "b", "c");
        }

        @Test
        void one_that_does_not_answer_keeps_what_it_had() {
            Offers offers = both();
            ollama.failure = FakeEngine.down();
            Survey survey = offers.survey();
            offers.adopt(survey);

            assertThat(offers.models()).containsExactly("a", "b", "c");
            assertThat(survey.models()).isEmpty();
            assertThat(offers.advertised(survey)).containsExactly(chat("a", "b", "c"));
            assertThat(offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS).handler())
                    .isSameAs(vllm);
        }

        @Test
        void one_with_a_defect_is_like_one_that_does_not_answer() {
            Offers offers = both();
            ollama.failure = new IllegalStateException("a bug");

            assertThat(offers.survey().isComplete()).isFalse();
        }
    }

    @Test
    void intents_that_were_not_named_are_not_served_when_some_were() {
        FakeEngine both = new FakeEngine("ollama", chat("a"), Capability.of(Intent.LLM_EMBEDDING, List.of("e")));
        Offers only = new Offers(
                List.of(Offer.of(both), Offer.of(Capability.of(CUSTOM, List.of()), context -> "ok")),
                List.of(),
                Set.of(Intent.LLM_EMBEDDING),
                NodeAuthentication.OPEN);
        only.adopt(only.survey());

        assertThat(only.intents()).containsExactly(Intent.LLM_EMBEDDING);
        assertCode("unknown_intent", () -> only.requireServed(Intent.LLM_CHAT));
        assertCode("unknown_intent", () -> only.requireServed(CUSTOM));
    }

    @Test
    void the_profiles_of_an_intent_are_its_own_and_the_nodes() {
        Capability special = new Capability(
                Intent.LLM_CHAT,
                List.of("a"),
                null,
                Set.of(),
                false,
                List.of("urn:iicp:profile:special:v1"),
                List.of(),
                java.util.Map.of());
        Offers offers = offers(List.of(), NodeAuthentication.AUTO, Offer.of(new FakeEngine("custom", special)));

        assertThat(offers.profiles(Intent.LLM_CHAT))
                .containsExactlyInAnyOrder(Capability.SERVICE_LIFECYCLE, "urn:iicp:profile:special:v1");
    }

    @Test
    void closing_closes_every_engine() {
        Offers offers = both();

        offers.close();

        assertThat(ollama.closed).hasValue(1);
        assertThat(vllm.closed).hasValue(1);
    }
}
