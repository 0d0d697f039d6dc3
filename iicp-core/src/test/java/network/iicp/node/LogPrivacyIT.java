package network.iicp.node;

import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import network.iicp.LogLines;
import network.iicp.crypto.ConfidentialRequest;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LogPrivacyIT {

    private static final String SECRET = "my-private-words";
    private static final String OPERATOR = "operator-key-0123456789";

    private final LogLines log = LogLines.record();

    @AfterEach
    void stopRecording() {
        log.close();
    }

    private static Map<String, Object> asking(String how) {
        Map<String, Object> body = task(newId());
        body.put("payload", Map.of("how", how, "messages", List.of(Map.of("role", "user", "content", SECRET))));
        return body;
    }

    @Test
    void nothing_of_a_task_is_logged_at_any_level(@TempDir Path folder) throws Exception {
        String id = newId();
        try (TestNode node = TestNode.start(settings -> settings.nodeId("quiet-node")
                .keyDirectory(folder)
                .operatorKey(OPERATOR)
                .handler(TestNode.chat("m1"), context -> switch (String.valueOf(
                        context.task().payload().get("how"))) {
                    case "refuse" -> throw Refusal.of(ErrorCode.BACKEND_REJECTED, "no");
                    case "nothing" -> Map.of("not", new Object());
                    default -> TestNode.answer("an answer with " + SECRET);
                }))) {
            assertThat(node.post(asking("answer"), "Authorization", "Bearer " + OPERATOR)
                            .status())
                    .isEqualTo(200);
            assertThat(node.post(asking("refuse")).status()).isEqualTo(422);
            assertThat(node.post(asking("nothing")).status()).isEqualTo(502);
            Map<String, Object> invalid = asking("answer");
            invalid.put("constraints", Map.of("model", "unknown"));
            assertThat(node.post(invalid).status()).isEqualTo(404);
            assertThat(node.post("/v1/task", ("{\"payload\": \"" + SECRET).getBytes())
                            .status())
                    .isEqualTo(400);
            ConfidentialRequest sealed = ConfidentialRequest.seal(
                    node.node.runtime().orElseThrow().keys().announced().orElseThrow(),
                    id,
                    Intent.LLM_CHAT,
                    Json.bytes(asking("answer").get("payload")),
                    new SecureRandom());
            Map<String, Object> confidential = task(id);
            confidential.remove("payload");
            confidential.put("iicp_conf", sealed.envelope());
            confidential.put("cx_response_encryption", "required");
            assertThat(node.post(confidential).status()).isEqualTo(200);
            node.awaitIdle();
        }

        assertThat(log.lines()).as("the node says something at all").anyMatch(line -> line.contains(id));
        assertThat(log.lines()).noneMatch(line -> line.contains(SECRET) || line.contains(OPERATOR));
    }
}
