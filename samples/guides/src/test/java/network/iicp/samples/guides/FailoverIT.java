package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FailoverIT {

    static LocalMesh mesh;

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()).node(DemoBackend.create()));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Test
    void answers_survive_a_lost_node() {
        IicpClient client = mesh.client();
        client.chat(ChatRequest.of("Hello"));
        mesh.nodes().get(0).stop(Duration.ZERO);

        ChatResult reply = client.chat(ChatRequest.of("Hello again"));

        assertThat(reply.text()).contains("Hello again");
    }
}
