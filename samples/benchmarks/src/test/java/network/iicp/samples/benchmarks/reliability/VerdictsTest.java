package network.iicp.samples.benchmarks.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatEvent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The judge of streams must find what it is there for. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VerdictsTest {

    private static Listener heard(String... deltas) {
        Listener listener = new Listener();
        for (String delta : deltas) {
            listener.onNext(new ChatEvent.TextDelta(delta));
        }
        return listener;
    }

    private static StreamInterruptedException interrupted(String soFar) {
        return new StreamInterruptedException(
                IicpError.of(ErrorCode.STREAM_INTERRUPTED, ErrorComponent.NODE, "cut"), soFar, null);
    }

    @Test
    void a_repeated_or_missing_part_is_wrong_text() {
        Listener twice = heard("ab", "ab");
        twice.onComplete();
        assertThat(Verdicts.judge("abcd", twice).kind()).isEqualTo(Verdicts.Kind.WRONG_TEXT);
        Listener gap = heard("ab", "d");
        gap.onError(interrupted("abd"));
        assertThat(Verdicts.judge("abcd", gap).kind()).isEqualTo(Verdicts.Kind.WRONG_TEXT);
    }

    @Test
    void an_end_without_the_whole_text_is_a_silent_truncation() {
        Listener listener = heard("ab");
        listener.onComplete();
        assertThat(Verdicts.judge("abcd", listener).kind()).isEqualTo(Verdicts.Kind.TRUNCATED);
    }

    @Test
    void an_interruption_must_hold_what_was_delivered() {
        Listener right = heard("ab");
        right.onError(interrupted("ab"));
        assertThat(Verdicts.judge("abcd", right).kind()).isEqualTo(Verdicts.Kind.INTERRUPTED);
        Listener wrong = heard("ab");
        wrong.onError(interrupted("a"));
        assertThat(Verdicts.judge("abcd", wrong).kind()).isEqualTo(Verdicts.Kind.WRONG_ERROR);
    }

    @Test
    void two_ends_are_one_too_many() {
        Listener listener = heard("ab");
        listener.onError(interrupted("ab"));
        listener.onComplete();
        assertThat(Verdicts.judge("abcd", listener).kind()).isEqualTo(Verdicts.Kind.WRONG_END);
    }

    @Test
    void known_texts_are_the_same_every_time_and_have_no_part_twice() {
        List<String> parts = KnownText.parts("e1");
        assertThat(parts).isEqualTo(KnownText.parts("e1")).doesNotHaveDuplicates();
        assertThat(KnownText.of("e1")).isNotEqualTo(KnownText.of("e2"));
        assertThat(KnownText.idIn(java.util.Map.of("messages", List.of(KnownText.prompt("e1")))))
                .isEqualTo("e1");
    }
}
