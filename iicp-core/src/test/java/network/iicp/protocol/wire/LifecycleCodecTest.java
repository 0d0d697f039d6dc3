package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LifecycleCodecTest {

    private static final String ID = "550e8400-e29b-41d4-a716-446655440000";

    @ParameterizedTest
    @EnumSource(Type.class)
    void every_event_is_read_as_it_was_written(Type type) {
        IicpError error = type == Type.FAILED
                ? IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, "engine failed")
                        .withHttpStatus(0)
                : null;
        LifecycleEvent event = new LifecycleEvent(ID, 3, type, Map.of("choices", "x"), error, Map.of("latency_ms", 4));
        assertThat(LifecycleCodec.decode(LifecycleCodec.encode(event), null)).isEqualTo(event);
    }

    @Test
    void a_sealed_event_shows_nothing_but_its_place_and_kind() {
        LifecycleEvent event = new LifecycleEvent(ID, 1, Type.PARTIAL, Map.of("secret", "text"), null, Map.of("m", 1));
        Map<String, Object> sealed = LifecycleCodec.encodeSealed(event, Map.of("version", 1));
        assertThat(sealed).containsOnlyKeys("task_id", "sequence", "event", "is_final", "iicp_conf_resp");
        LifecycleEvent opened = LifecycleCodec.decode(sealed, (sequence, name, part) -> {
            assertThat(sequence).isEqualTo(1);
            assertThat(name).isEqualTo("partial");
            return LifecycleCodec.body(event);
        });
        assertThat(opened).isEqualTo(event);
    }

    @Test
    void an_event_in_clear_is_refused_when_the_task_was_sealed() {
        LifecycleEvent event = new LifecycleEvent(ID, 1, Type.PARTIAL, Map.of(), null, Map.of());
        assertThatThrownBy(() -> LifecycleCodec.decode(LifecycleCodec.encode(event), (s, n, p) -> Map.of()))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining("in clear");
    }

    @Test
    void finality_that_contradicts_the_event_is_refused() {
        Map<String, Object> json = new LinkedHashMap<>(
                LifecycleCodec.encode(new LifecycleEvent(ID, 1, Type.PARTIAL, Map.of(), null, Map.of())));
        json.put("is_final", true);
        assertThatThrownBy(() -> LifecycleCodec.decode(json, null)).isInstanceOf(ProtocolViolationException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v1/events",
                "//evil/v1",
                "/a/../b",
                "/a//b",
                "http://evil/x",
                "/a?b",
                "/a#b",
                "/{other}/x",
                "/a b",
                "/"
            })
    void a_path_that_could_lead_elsewhere_is_not_followed(String path) {
        assertThatThrownBy(() -> new LifecyclePaths(path, "/c/{task_id}"))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void paths_are_resolved_under_the_endpoint_with_its_prefix() {
        URI endpoint = URI.create("https://host.example.org:8443/node/a/");
        assertThat(LifecyclePaths.DEFAULT.events(endpoint, ID))
                .isEqualTo(URI.create("https://host.example.org:8443/node/a/v1/task/events"));
        assertThat(LifecyclePaths.DEFAULT.cancel(endpoint, ID))
                .isEqualTo(URI.create("https://host.example.org:8443/node/a/v1/task/" + ID + "/cancel"));
    }

    @Test
    void paths_travel_in_capability_and_health() {
        Capability capability = Capability.of(Intent.LLM_CHAT, java.util.List.of())
                .withExtensions(LifecyclePaths.DEFAULT.toExtension());
        assertThat(LifecyclePaths.fromCapability(capability)).contains(LifecyclePaths.DEFAULT);
        assertThat(LifecyclePaths.fromHealth(Map.of("profiles", LifecyclePaths.DEFAULT.toHealthProfiles())))
                .contains(LifecyclePaths.DEFAULT);
        assertThat(LifecyclePaths.fromHealth(Map.of("profiles", "none"))).isEmpty();
    }
}
