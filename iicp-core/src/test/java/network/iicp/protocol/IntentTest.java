package network.iicp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class IntentTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "urn:iicp:intent:llm:chat:v1",
                "urn:iicp:intent:translate:v1",
                "urn:iicp:intent:mcp:tools/call:v1",
                "urn:iicp:intent:x.acme:invoice-classify:v12"
            })
    void registered_and_custom_intents_are_read(String urn) {
        assertThat(Intent.parse(urn).urn()).isEqualTo(urn);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "llm:chat:v1",
                "urn:iicp:intent:llm:chat",
                "urn:iicp:intent:llm:chat:v0",
                "urn:iicp:intent:LLM:chat:v1",
                "urn:iicp:intent:llm:chat:v1+json",
                "urn:iicp:intent::chat:v1",
                "urn:iicp:intent:llm:chat:v1 ",
                "urn:iicp:intent:llm:ch\u00e4t:v1"
            })
    void anything_else_is_refused_with_the_value_in_the_message(String urn) {
        assertThatThrownBy(() -> Intent.parse(urn))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("urn:iicp:intent:<domain>")
                .extracting(e -> ((IicpException) e).code())
                .isEqualTo("validation_error");
    }

    @Test
    void a_hostile_intent_cannot_forge_a_log_line() {
        assertThatThrownBy(() -> Intent.parse("bad\n2026 INFO forged " + "x".repeat(5_000)))
                .hasMessageNotContaining("\n")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Test
    void an_intent_of_256_characters_is_too_long() {
        String tooLong = "urn:iicp:intent:" + "a".repeat(256 - 16 - 3) + ":v1";
        assertThat(tooLong).hasSize(256);
        assertThatThrownBy(() -> Intent.parse(tooLong)).isInstanceOf(InvalidRequestException.class);
        assertThat(Intent.parse(tooLong.replaceFirst("aa", "a")).urn()).hasSize(255);
    }

    @ParameterizedTest
    @CsvSource({
        "urn:iicp:intent:llm:chat:v1, true, false, llm",
        "urn:iicp:intent:x.acme:invoice:v1, true, true, x.acme",
        "urn:iicp:intent:translate:v1, false, false, translate",
        "urn:iicp:intent:mcp:tools/call:v1, false, false, mcp"
    })
    void an_intent_knows_its_domain_and_whether_directories_take_it(
            String urn, boolean registrable, boolean custom, String domain) {
        Intent intent = Intent.parse(urn);
        assertThat(intent.isRegistrable()).isEqualTo(registrable);
        assertThat(intent.isCustom()).isEqualTo(custom);
        assertThat(intent.domain()).isEqualTo(domain);
    }

    @ParameterizedTest
    @CsvSource({
        "urn:iicp:intent:credit:decision:v1, eu-ai-act-credit-essential-services",
        "urn:iicp:intent:x.acme:social-scoring:v1, eu-ai-act-social-scoring",
        "urn:iicp:intent:drone:control:v1, eu-ai-act-physical-world-control"
    })
    void prohibited_and_high_risk_intents_are_refused_by_rule(String urn, String rule) {
        assertThatThrownBy(() -> IntentRisk.requireAllowed(Intent.parse(urn), ErrorComponent.CLIENT))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining(rule)
                .satisfies(e -> assertThat(((IicpException) e).iicpCode()).contains("IICP-POLICY-001"));
    }

    @Test
    void intents_that_only_need_a_notice_are_allowed() {
        Intent chatbot = Intent.parse("urn:iicp:intent:x.acme:chatbot:v1");
        IntentRisk.requireAllowed(chatbot, ErrorComponent.CLIENT);
        assertThat(IntentRisk.of(chatbot.urn())).contains(IntentRisk.AI_INTERACTION);
        assertThat(IntentRisk.of(Intent.LLM_CHAT.urn())).isEmpty();
    }

    @Test
    void six_intents_are_active_and_reserved_ones_and_those_of_vendors_are_not() {
        assertThat(List.of(
                        Intent.LLM_CHAT,
                        Intent.LLM_COMPLETION,
                        Intent.LLM_EMBEDDING,
                        Intent.AUDIO_TRANSCRIBE,
                        Intent.AUDIO_SPEECH,
                        Intent.SAFETY_MODERATE))
                .allMatch(Intent::isActive);
        assertThat(List.of(Intent.LLM_SUMMARIZE, Intent.TRANSLATE, Intent.parse("urn:iicp:intent:x.acme:job:v1")))
                .noneMatch(Intent::isActive);
    }
}
