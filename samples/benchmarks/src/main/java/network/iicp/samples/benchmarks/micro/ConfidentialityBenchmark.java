package network.iicp.samples.benchmarks.micro;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import network.iicp.crypto.ConfidentialRequest;
import network.iicp.crypto.ConfidentialSession;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.json.Json;
import network.iicp.protocol.Intent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.ChatCodec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The four steps of an encrypted exchange. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ConfidentialityBenchmark {

    private static final String TASK_ID = new UUID(3, 4).toString();

    private final SecureRandom random = new SecureRandom();
    private final ConfidentialityKeyPair node = ConfidentialityKeyPair.fromPrivate(Fixtures.privateKey());
    private final byte[] payload = Json.bytes(ChatCodec.encode(ChatRequest.of(Fixtures.TEXT)));
    private ConfidentialRequest request = sealRequest();
    private ConfidentialSession session = openRequest();
    private Map<String, Object> answer = Map.of();

    /** Makes what is opened. */
    @Setup
    public void prepare() {
        request = sealRequest();
        session = openRequest();
        answer = sealAnswer();
    }

    /** The consumer seals a payload: one key pair, one agreement, one encryption. */
    @Benchmark
    public final ConfidentialRequest sealRequest() {
        return ConfidentialRequest.seal(node.publicKey(), TASK_ID, Intent.LLM_CHAT, payload, random);
    }

    /** The node opens it. */
    @Benchmark
    public final ConfidentialSession openRequest() {
        return ConfidentialSession.open(List.of(node), TASK_ID, Intent.LLM_CHAT, request.envelope());
    }

    /** The node seals its answer. */
    @Benchmark
    public Map<String, Object> sealAnswer() {
        return session.sealResponse(payload, random);
    }

    /** The consumer opens it. */
    @Benchmark
    public byte[] openAnswer() {
        return request.openResponse(answer);
    }
}
