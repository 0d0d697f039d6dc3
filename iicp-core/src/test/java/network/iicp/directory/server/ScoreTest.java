package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ScoreTest {

    private static final LocalTime NOON = LocalTime.NOON;

    @ParameterizedTest(name = "{0}")
    @CsvSource(nullValues = "-", textBlock = """
                    region match,               1,   0.2, 2, 10, true,  0.7, -,  -,     true,  true,  0.878
                    model match and price,      1,   0.2, 2, 10, true,  0.7, 2,  true,  true,  true,  0.88
                    model absent and unready,   1,   0.2, 2, 10, -,     0.5, -,  false, false, false, 0.578
                    a new idle node,            1,   0,   0, 4,  -,     0.5, -,  -,     true,  true,  0.905
                    another region,             1,   0,   0, 4,  false, 0.5, -,  -,     true,  true,  0.86
                    full,                       1,   1,   4, 4,  -,     0.5, -,  -,     true,  true,  0.445
                    over full,                  1,   1,   9, 4,  -,     0.5, -,  -,     true,  true,  0.445
                    load out of range,          1,   7,   0, 4,  -,     0.5, -,  -,     true,  true,  0.625
                    negative load,              1,   -1,  0, 4,  -,     0.5, -,  -,     true,  true,  0.905
                    no slots at all,            1,   0,   0, 0,  -,     0.5, -,  -,     true,  true,  0.725
                    outside its windows,        0.5, 0,   0, 4,  -,     0.5, -,  -,     true,  true,  0.73
                    old release,                1,   0,   0, 4,  -,     0.5, -,  -,     false, true,  0.8326
                    no key,                     1,   0,   0, 4,  -,     0.5, -,  -,     true,  false, 0.8417
                    neither,                    1,   0,   0, 4,  -,     0.5, -,  -,     false, false, 0.7693
                    nobody trusts it,           1,   0,   0, 4,  -,     0,   -,  -,     true,  true,  0.855
                    a dear model,               1,   0,   0, 4,  true,  0.5, 10, true,  true,  true,  0.85
                    dearer than counts,         1,   0,   0, 4,  true,  0.5, 99, true,  true,  true,  0.85
                    a free model,               1,   0,   0, 4,  true,  0.5, 0,  true,  true,  true,  0.95
                    best of all,                1,   0,   0, 4,  true,  1,   0,  true,  true,  true,  1
                    worst of all,               0,   1,   4, 4,  false, 0,   -,  -,     false, false, 0
                    """)
    void the_score_is_the_official_one(
            String name,
            double availability,
            double load,
            int jobs,
            int slots,
            @Nullable Boolean region,
            double reputation,
            @Nullable Double price,
            @Nullable Boolean model,
            boolean current,
            boolean key,
            double expected) {
        Score score = new Score(availability, load, jobs, slots, region, reputation, price, model, current, key);
        assertThat(score.value()).as(name).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"07:59:59,0.5", "08:00:00,0.25", "12:00:00,0.25", "17:30:00,0.25", "17:30:01,0.5", "20:30:00,0.75"})
    void the_first_window_that_holds_the_moment_counts(String time, double share) {
        NodeRecord record = Nodes.node("n")
                .with(
                        "availability",
                        List.of(
                                window("08:00", "17:30", 0.25),
                                window("12:00", "13:00", 1),
                                window("20:00", "21:00", 0.75)))
                .record();
        assertThat(Score.availability(record.profile().windows(), LocalTime.parse(time)))
                .isEqualTo(share);
    }

    @Test
    void a_node_without_windows_offers_everything_always() {
        assertThat(Score.availability(List.of(), NOON)).isEqualTo(1.0);
    }

    @Test
    void a_window_over_midnight_holds_nothing() {
        NodeRecord record = Nodes.node("n")
                .with("availability", List.of(window("22:00", "06:00", 0.25), window("10:00", "11:00", 0.75)))
                .record();
        assertThat(Score.availability(record.profile().windows(), LocalTime.of(23, 0)))
                .isEqualTo(0.5);
    }

    @Test
    void the_terms_come_from_the_record() {
        NodeRecord record = Nodes.node("n").load(0.2, 2).standing(0.7, 0).record();
        assertThat(Score.of(record, NOON, true, null).value()).isEqualTo(0.878);
        NodeRecord priced = Nodes.node("n")
                .load(0.2, 2)
                .standing(0.7, 0)
                .with("policy", Map.of("pricing_credits_per_1000", 2))
                .record();
        assertThat(Score.of(priced, NOON, true, true).value()).isEqualTo(0.88);
        NodeRecord bare = Nodes.node("n")
                .load(0.2, 2)
                .without("cx_public_key")
                .with("sdk_version", "0.7.67")
                .record();
        assertThat(Score.of(bare, NOON, null, false).value()).isEqualTo(0.578);
    }

    private static Map<String, Object> window(String start, String end, double share) {
        return Map.of("start", start, "end", end, "share", share);
    }
}
