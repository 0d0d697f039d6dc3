package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.chat;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import network.iicp.protocol.ConfigurationException;
import network.iicp.transport.ListenerStartException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lock and event log of a real node. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OperationsIT {

    @TempDir
    private Path home;

    private NodeSettingsBuilder usual(NodeSettingsBuilder settings) {
        return settings.nodeId("node-1")
                .instanceLock(home.resolve("run"), false)
                .eventDirectory(home.resolve("logs"))
                .handler(chat("m1"), context -> answer("ok"));
    }

    @Test
    void a_node_that_runs_is_not_started_twice_and_its_lock_ends_with_it() throws Exception {
        try (TestNode first = TestNode.start(this::usual)) {
            assertThatThrownBy(() -> TestNode.start(this::usual))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("node-1");
            assertThat(first.post(task(newId())).status())
                    .as("the first one serves on")
                    .isEqualTo(200);
        }

        assertThat(home.resolve("run").resolve("node-1.pid")).doesNotExist();
        TestNode.start(this::usual).close();
        assertThat(Files.readAllLines(home.resolve("logs").resolve("events.jsonl")).stream()
                        .map(line -> line.replaceFirst(".*\"event\":\"([a-z_]+)\".*", "$1")))
                .containsExactly("serve_start", "draining", "serve_stop", "serve_start", "draining", "serve_stop");
    }

    @Test
    void a_node_that_cannot_bind_gives_its_lock_back() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> TestNode.start(settings -> usual(settings).port(taken.getLocalPort())))
                    .isInstanceOf(ListenerStartException.class);
        }

        TestNode.start(this::usual).close();
    }

    @Test
    void a_disk_that_takes_no_log_does_not_stop_the_node() throws Exception {
        Path notAFolder = Files.writeString(home.resolve("logs"), "full");
        try (TestNode node = TestNode.start(this::usual)) {
            assertThat(node.post(task(newId())).status()).isEqualTo(200);
            node.awaitIdle();
        }

        assertThat(notAFolder).hasContent("full");
    }
}
