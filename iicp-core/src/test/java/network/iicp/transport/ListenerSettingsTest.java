package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ListenerSettingsTest {

    @Test
    void the_defaults_listen_on_loopback_with_bounds() {
        assertThat(ListenerSettings.builder().build())
                .isEqualTo(new ListenerSettings(
                        "127.0.0.1",
                        0,
                        1024 * 1024,
                        16 * 1024,
                        512,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        8 * 1024,
                        Duration.ofMinutes(10),
                        null,
                        false));
    }

    @Test
    void a_builder_begins_where_settings_end() {
        ListenerSettings settings = ListenerSettings.builder()
                .host("::")
                .port(9484)
                .maxBodyBytes(10)
                .maxHeaderBytes(2000)
                .maxConnections(3)
                .idle(Duration.ofSeconds(1))
                .headerAndBodyTimeout(Duration.ofSeconds(2))
                .minBytesPerSecond(7)
                .answerTimeout(Duration.ofSeconds(3))
                .build();
        assertThat(settings.toBuilder().build()).isEqualTo(settings);
        assertThat(settings.toBuilder().port(1).build().host()).isEqualTo("::");
    }

    @Test
    void a_transfer_may_take_longer_the_larger_it_is() {
        ListenerSettings settings = ListenerSettings.builder().build();
        assertThat(settings.transferLimit(0)).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.transferLimit(1024 * 1024)).isEqualTo(Duration.ofSeconds(158));
    }

    @Test
    void values_out_of_range_are_named() {
        List<ListenerSettings.Builder> bad = List.of(
                ListenerSettings.builder().host(" "),
                ListenerSettings.builder().port(-1),
                ListenerSettings.builder().port(65_536),
                ListenerSettings.builder().maxBodyBytes(0),
                ListenerSettings.builder().maxHeaderBytes(100),
                ListenerSettings.builder().maxConnections(0),
                ListenerSettings.builder().idle(Duration.ZERO),
                ListenerSettings.builder().headerAndBodyTimeout(Duration.ofMillis(-1)),
                ListenerSettings.builder().minBytesPerSecond(0),
                ListenerSettings.builder().answerTimeout(Duration.ZERO));
        for (ListenerSettings.Builder builder : bad) {
            assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> ListenerSettings.builder().port(70_000).build())
                .hasMessage("port (70000) is not in 0..65535");
    }
}
