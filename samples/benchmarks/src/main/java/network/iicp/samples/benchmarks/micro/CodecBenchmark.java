package network.iicp.samples.benchmarks.micro;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.DiscoverCodec;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.protocol.wire.TaskReplyCodec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From a typed request to the bytes of a task, and from bytes to answers and lists of nodes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CodecBenchmark {

    private static final String TASK_ID = new UUID(1, 2).toString();

    private final ChatRequest request = ChatRequest.of(Fixtures.TEXT);
    private byte[] task = {};
    private byte[] reply = {};
    private byte[] nodes = {};

    /** Makes the bytes that are read. */
    @Setup
    public void prepare() {
        task = encodeTask();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", TASK_ID);
        body.put("status", TaskReplyCodec.SUCCESS);
        Map<String, Object> message = Map.of("role", "assistant", "content", Fixtures.TEXT);
        body.put(
                "result",
                Map.of(
                        "model",
                        "stub-model",
                        "choices",
                        List.of(Map.of("index", 0, "message", message, "finish_reason", "stop"))));
        body.put("usage", Map.of("prompt_tokens", 150, "completion_tokens", 150, "total_tokens", 300));
        reply = Json.bytes(body);
        nodes = Json.bytes(Fixtures.discoverAnswer(20, ConfidentialityKeyPair.fromPrivate(Fixtures.privateKey())));
    }

    /** Chat request to bytes. */
    @Benchmark
    public byte[] encodeTask() {
        Task chat = Task.of(Intent.LLM_CHAT, ChatCodec.encode(request));
        return Json.bytes(
                TaskCodec.encode(TaskEnvelope.plain(TASK_ID, chat.intent(), chat.payload(), TaskConstraints.NONE)));
    }

    /** Bytes to the task a node works on. */
    @Benchmark
    public TaskEnvelope decodeTask() {
        return TaskCodec.decode(Json.parseObject(task, JsonLimits.DEFAULT));
    }

    /** Bytes to a buffered answer. */
    @Benchmark
    public TaskReply decodeReply() {
        return TaskReplyCodec.decode(200, Json.parseObject(reply, JsonLimits.DEFAULT), null, TASK_ID, Instant.EPOCH);
    }

    /** Bytes to twenty nodes. */
    @Benchmark
    public DiscoverReply decodeTwentyNodes() {
        return DiscoverCodec.decode(Json.parseObject(nodes, JsonLimits.DEFAULT), 20);
    }
}
