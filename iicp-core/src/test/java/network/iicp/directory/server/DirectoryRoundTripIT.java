package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import network.iicp.crypto.Hashes;
import network.iicp.directory.DirectoryClient;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Qos;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverQuery.NodeClass;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatMetrics;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeExposure;
import network.iicp.protocol.registration.NodePolicy;
import network.iicp.protocol.registration.NodePricing;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Our client and our directory, with nothing in between but a socket. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryRoundTripIT extends DirectoryFixture {

    private static final Capability CHAT = Capability.of(Intent.LLM_CHAT, List.of("llama3:8b"))
            .withMaxTokens(4096)
            .withInputModalities(Set.of(Modality.TEXT, Modality.IMAGE))
            .withFeatures(List.of("tool_calling"))
            .withExtensions(Map.of(
                    "network.iicp.lifecycle", Map.of("required", false, "value", Map.of("events", "/v1/task/events"))))
            .withStreaming();

    private static final ConfidentialityKey KEY = new ConfidentialityKey(
            "X25519",
            "base64url",
            Nodes.KEY,
            "cx-0123456789abcdef",
            Set.of(ConfidentialityKey.RESPONSE_ENCRYPTION, ConfidentialityKey.STREAM_ENCRYPTION),
            null);

    private final HttpTransport transport = HttpTransport.builder().build();
    private final TraceContext trace = TraceContext.root(new Random(1));

    @AfterEach
    void closeTransport() {
        transport.close();
    }

    private DirectoryClient client() {
        return DirectoryClient.of(transport, server.url());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static NodeRegistration.Builder everything() {
        return NodeRegistration.builder(URI.create("http://127.0.0.1:9484/prefix"))
                .nodeId("node-number-1")
                .region("eu-central")
                .capability(CHAT)
                .exposure(NodeExposure.direct())
                .confidentialityKey(KEY)
                .backend("ollama")
                .policy(new NodePolicy(true, false, false, 2.0))
                .pricing(NodePricing.perToken(1.5))
                .availability(List.of(new AvailabilityWindow(LocalTime.MIN, LocalTime.of(23, 59), 1)));
    }

    @Test
    void a_node_goes_through_its_whole_life() {
        DirectoryClient client = client();
        RegistrationReceipt receipt = get(client.register(everything().build(), soon()));
        assertThat(receipt.nodeId()).isEqualTo("node-number-1");
        assertThat(receipt.recovered()).isFalse();

        HeartbeatReply first = get(client.heartbeat(
                receipt.nodeId(),
                receipt.nodeToken(),
                Heartbeat.builder()
                        .slots(1, 4)
                        .healthModels(List.of("llama3:8b"))
                        .stability(BackendStability.OK)
                        .metrics(new HeartbeatMetrics("b1", 7, 0, 120))
                        .build(),
                soon()));
        assertThat(first.next()).isEqualTo(Duration.ofSeconds(30));
        assertThat(first.acceptedBatch()).isEqualTo("b1");
        assertThat(first.reputation()).isEqualTo(0.57);
        String answer = Hashes.hmacSha256Hex(
                receipt.challengeKey().orElseThrow(), first.nextChallenge().orElseThrow());
        get(client.heartbeat(
                receipt.nodeId(),
                receipt.nodeToken(),
                Heartbeat.builder().challengeResponse(answer).build(),
                soon()));
        assertThat(server.node("node-number-1").orElseThrow().presence().livenessVerifiedAt())
                .isNotNull();

        NodeDescriptor node = get(client.discover(
                        DiscoverQuery.builder(Intent.LLM_CHAT)
                                .model("llama3:8b")
                                .region("eu-central")
                                .minReputation(0.5)
                                .maxMultiplier(1.5)
                                .minScore(0.1)
                                .modality(Modality.IMAGE)
                                .qos(Qos.REALTIME)
                                .nodeClasses(NodeClass.CIP_CAPABLE)
                                .build(),
                        soon(),
                        trace))
                .nodes()
                .get(0);
        assertThat(node.endpoint()).hasToString("http://127.0.0.1:9484/prefix");
        assertThat(node.capabilities()).containsExactly(CHAT);
        assertThat(node.key()).contains(KEY);
        assertThat(node.streams(Intent.LLM_CHAT)).isTrue();
        assertThat(node.load()).isEqualTo(0.25);
        assertThat(node.reputation()).isEqualTo(0.57);
        assertThat(node.models()).containsExactly("llama3:8b");

        RegistrationReceipt again = get(
                client.register(everything().currentToken(receipt.nodeToken()).build(), soon()));
        assertThat(again.recovered()).isTrue();
        assertThat(again.lifetimeJobs()).isEqualTo(7);
        assertThat(again.hmacKey()).isEqualTo(receipt.hmacKey());
        assertThatThrownBy(() -> get(client.heartbeat("node-number-1", receipt.nodeToken(), Heartbeat.alive(), soon())))
                .isInstanceOfSatisfying(UnauthorizedException.class, e -> assertThat(e.httpStatus())
                        .isEqualTo(401));

        assertThat(get(client.me(again.nodeToken(), null, soon())).nodeId()).isEqualTo("node-number-1");
        assertThat(get(client.bootstrap(5, soon()))).hasSize(1);
        assertThat(get(client.registryNode("node-number-1", soon()))).isPresent();
        assertThat(get(client.nodeDetail("node-number-1", soon()))).isPresent();
        assertThat(get(client.registryNode("nobody", soon()))).isEmpty();
        assertThat(get(client.directoryKey(soon()))).hasSize(32);

        get(client.deregister("node-number-1", again.nodeToken(), soon()));
        get(client.deregister("node-number-1", again.nodeToken(), soon()));
        assertThat(server.nodeCount()).isZero();
        assertThatThrownBy(() -> get(client.heartbeat("node-number-1", again.nodeToken(), Heartbeat.alive(), soon())))
                .isInstanceOfSatisfying(InvalidRequestException.class, e -> assertThat(e.httpStatus())
                        .isEqualTo(404));
    }

    @Test
    void refusals_arrive_with_code_and_reason() {
        NodeRegistration metadata = NodeRegistration.builder(URI.create("http://169.254.169.254"))
                .capability(CHAT)
                .build();
        assertThatThrownBy(() -> get(client().register(metadata, soon())))
                .isInstanceOfSatisfying(EndpointRefusedException.class, e -> {
                    assertThat(e.iicpCode()).contains("IICP-E035");
                    assertThat(e.httpStatus()).isEqualTo(422);
                });
        get(client().register(everything().build(), soon()));
        assertThatThrownBy(() -> get(
                        client().register(everything().confidentialityKey(null).build(), soon())))
                .isInstanceOfSatisfying(UnauthorizedException.class, e -> {
                    assertThat(e.code()).isEqualTo("IICP-E049");
                    assertThat(e).hasMessageContaining("current_node_token");
                });
    }

    @Test
    void a_join_token_opens_a_private_directory() {
        restart(DirectoryServer.builder().joinToken("0123456789abcdef"));
        assertThatThrownBy(() -> get(client().register(everything().build(), soon())))
                .isInstanceOf(UnauthorizedException.class)
                .hasMessageContaining("join token");
        assertThat(get(client().withJoinToken("0123456789abcdef")
                                .register(everything().build(), soon()))
                        .nodeId())
                .isEqualTo("node-number-1");
    }
}
