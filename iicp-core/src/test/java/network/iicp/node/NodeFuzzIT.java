package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import network.iicp.json.Json;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Bodies with seeded damage: every one is answered with JSON, none with a defect, and the next good task is served. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeFuzzIT {

    private static final int ROUNDS = 300;
    private static final Set<Integer> EXPECTED = Set.of(200, 400, 403, 404, 409, 413, 422, 499, 504);
    private static final List<String> MEMBERS = List.of(
            "task_id",
            "intent",
            "payload",
            "iicp_conf",
            "constraints",
            "auth",
            "nonce",
            "source_node_id",
            "trace",
            "cx_response_encryption");
    private static final List<Object> VALUES = List.of(
            "",
            "\u0000\ud83d\ude00",
            -1,
            1.5e300,
            true,
            List.of(),
            List.of(Map.of()),
            Map.of(),
            Map.of("version", 1, "nonce", "AAAA", "aad", "", "encrypted_body", "x", "kem_ciphertext", "y"),
            Map.of("timeout_ms", 100, "qos", "batch", "model", "m1"),
            "x".repeat(5000));

    @RepeatedTest(4)
    void damaged_tasks_are_answered(RepetitionInfo repetition) throws Exception {
        long seed = 20_260_701L + repetition.getCurrentRepetition();
        Random random = new Random(seed);
        try (TestNode node = TestNode.serving(context -> answer("ok"))) {
            for (int i = 0; i < ROUNDS; i++) {
                String path = random.nextBoolean() ? "/v1/task" : "/v1/task/events";
                byte[] body = damaged(random);

                TestNode.Reply reply = node.post(path, body);

                assertThat(EXPECTED)
                        .as("seed %d round %d: %s", seed, i, reply.text())
                        .contains(reply.status());
                if (reply.status() >= 400) {
                    assertThat(reply.errorCode())
                            .as("seed %d round %d", seed, i)
                            .isNotEqualTo("internal_error");
                }
            }
            assertThat(node.post(task(newId())).status()).isEqualTo(200);
        }
    }

    private static byte[] damaged(Random random) {
        Map<String, Object> body = task(newId());
        int changes = random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            String member = MEMBERS.get(random.nextInt(MEMBERS.size()));
            if (random.nextInt(4) == 0) {
                body.remove(member);
            } else {
                body.put(member, VALUES.get(random.nextInt(VALUES.size())));
            }
        }
        byte[] bytes = Json.bytes(body);
        if (random.nextInt(3) == 0) {
            int flips = 1 + random.nextInt(3);
            for (int i = 0; i < flips; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }
}
