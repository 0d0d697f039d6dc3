package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.documentation.Guide;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RetryGuideTest {

    private static final Guide GUIDE = Guide.read("consumer.md");

    private static String words(RetryRule rule) {
        return switch (rule) {
            case STOP -> "stop";
            case OTHER_NODE -> "another node";
            case OTHER_NODE_ONCE -> "another node, once";
            case REFRESH -> "the directory, then another node";
            case SAME_NODE_LATER -> "the same node, later";
        };
    }

    private static String blame(boolean blamed) {
        return blamed ? "yes" : "no";
    }

    private static List<String> row(String name, IicpError plain) {
        IicpException fault = IicpException.of(plain);
        IicpException asksForAPause = IicpException.of(plain.withRetryAfter(Duration.ofSeconds(1)));
        String rule = words(RetryRule.of(fault));
        String later = words(RetryRule.of(asksForAPause));
        String both = rule.equals(later) ? rule : "%s; with a time to wait: %s".formatted(rule, later);
        return List.of(name, both, blame(RetryRule.blamesNode(fault)));
    }

    @Test
    void what_the_guide_says_of_codes_is_what_the_client_does() {
        List<List<String>> expected = Arrays.stream(ErrorCode.values())
                .filter(code -> code != ErrorCode.INVALID_CONFIG && code != ErrorCode.STREAM_INTERRUPTED)
                .map(code -> row(code.slug(), IicpError.of(code, ErrorComponent.NODE, "for the guide")))
                .toList();

        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (List<String> cells : GUIDE.table("By code")) {
            for (String code : cells.get(0).split(", ", -1)) {
                rows.put(code, List.of(code, cells.get(1), cells.get(2)));
            }
        }

        assertThat(rows.values()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void what_the_guide_says_of_statuses_is_what_the_client_does() {
        for (List<String> cells : GUIDE.table("By status")) {
            for (String status : cells.get(0).split(", ", -1)) {
                IicpError unknown = new IicpError(
                        "a_code_of_somebody_else",
                        null,
                        "for the guide",
                        ErrorComponent.NODE,
                        Integer.parseInt(status) >= 500 || status.equals("429") || status.equals("408"),
                        Integer.parseInt(status),
                        null,
                        null,
                        null,
                        List.of());
                assertThat(row(status, unknown)).containsExactly(status, cells.get(1), cells.get(2));
            }
        }
    }
}
