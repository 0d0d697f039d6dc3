package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TraceContextTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";

    @Test
    void a_header_is_read_and_written() {
        TraceContext trace =
                TraceContext.parse("00-" + TRACE + "-" + PARENT + "-01").orElseThrow();
        assertThat(trace).isEqualTo(new TraceContext(TRACE, PARENT, true, null));
        assertThat(trace.traceparent()).isEqualTo("00-" + TRACE + "-" + PARENT + "-01");
        assertThat(TraceContext.parse(" 00-" + TRACE + "-" + PARENT + "-00 ")
                        .orElseThrow()
                        .traceparent())
                .endsWith("-00");
    }

    @Test
    void only_the_sampled_flag_is_known() {
        assertThat(TraceContext.parse("00-" + TRACE + "-" + PARENT + "-ff")
                        .orElseThrow()
                        .traceparent())
                .endsWith("-01");
        assertThat(TraceContext.parse("00-" + TRACE + "-" + PARENT + "-02")
                        .orElseThrow()
                        .sampled())
                .isFalse();
    }

    @Test
    void later_versions_are_read_by_what_they_share() {
        assertThat(TraceContext.parse("cc-" + TRACE + "-" + PARENT + "-01-what-the-future-brings"))
                .contains(new TraceContext(TRACE, PARENT, true, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-" + TRACE + "-" + PARENT,
                "00-" + TRACE + "-" + PARENT + "-1",
                "00-" + TRACE + "-" + PARENT + "-01-more",
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-00000000000000000000000000000000-" + PARENT + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + PARENT + "-01",
                "00_" + TRACE + "_" + PARENT + "_01",
                "00-" + TRACE + "-" + PARENT + "-01\r\nX: y"
            })
    void malformed_headers_are_none(String header) {
        assertThat(TraceContext.parse(header)).isEmpty();
    }

    @Test
    void a_root_is_random_and_sampled() {
        TraceContext one = TraceContext.root(new Random(1));
        TraceContext two = TraceContext.root(new Random(2));
        assertThat(one.sampled()).isTrue();
        assertThat(one.traceId()).isNotEqualTo(two.traceId());
        assertThat(TraceContext.parse(one.traceparent())).contains(one);
    }

    @Test
    void ids_are_never_all_zero() {
        long[] values = {0, 0, 5, 0, 6, 7};
        RandomGenerator mostlyZero = new RandomGenerator() {
            private int next;

            @Override
            public long nextLong() {
                return values[next++];
            }
        };
        TraceContext root = TraceContext.root(mostlyZero);
        assertThat(root.traceId()).isEqualTo("00000000000000050000000000000006");
        assertThat(root.parentId()).isEqualTo("0000000000000007");
    }

    @Test
    void a_child_keeps_everything_but_the_parent() {
        TraceContext parent = new TraceContext(TRACE, PARENT, false, "vendor=1");
        TraceContext child = parent.child(new Random(3));
        assertThat(child.traceId()).isEqualTo(TRACE);
        assertThat(child.parentId()).isNotEqualTo(PARENT);
        assertThat(child.sampled()).isFalse();
        assertThat(child.tracestate()).isEqualTo("vendor=1");
    }

    @Test
    void a_tracestate_that_headers_cannot_carry_is_dropped() {
        for (String state : new String[] {"", "  ", "a=1\r\nX: y", "ü=1", "x".repeat(513)}) {
            assertThat(new TraceContext(TRACE, PARENT, true, state).tracestate())
                    .isNull();
        }
        assertThat(TraceContext.parse("00-" + TRACE + "-" + PARENT + "-01", "a=1,b=2")
                        .orElseThrow()
                        .tracestate())
                .isEqualTo("a=1,b=2");
    }

    @Test
    void a_malformed_id_is_refused() {
        assertThatThrownBy(() -> new TraceContext("xyz", PARENT, true, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("traceId");
        assertThatThrownBy(() -> new TraceContext(TRACE, "0".repeat(16), true, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parentId");
    }
}
