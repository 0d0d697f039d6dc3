package network.iicp.samples.benchmarks.micro;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import network.iicp.crypto.DispatchTicket;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.protocol.Intent;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A dispatch ticket, as the directory makes it and as the consumer takes it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TicketBenchmark {

    private static final String ISSUER = "http://127.0.0.1:9480";
    private static final String ID = "0123456789abcdef01234567";
    private static final String NODE = "3f0c1c9e-7f0b-4f43-9a3e-0a6d1b7c2d11";
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

    private final Ed25519KeyPair directory = Ed25519KeyPair.fromSeed(Fixtures.privateKey());
    private final byte[] key = directory.publicKey();
    private final DispatchTicket.Expected expected = new DispatchTicket.Expected(
            Set.of(ISSUER), NODE, Intent.LLM_CHAT.urn(), NOW.plusSeconds(1), Duration.ofSeconds(30));
    private final String ticket = issue();

    /** The directory signs a ticket. */
    @Benchmark
    public final String issue() {
        return DispatchTicket.issue(ISSUER, ID, NODE, Intent.LLM_CHAT.urn(), NOW, null, directory);
    }

    /** The consumer reads it, checks its signature and what it says. */
    @Benchmark
    public DispatchTicket take() {
        DispatchTicket read = DispatchTicket.read(ticket).orElseThrow();
        if (!read.isSignedBy(key) || read.objection(expected).isPresent()) {
            throw new IllegalStateException("the ticket is not valid");
        }
        return read;
    }
}
