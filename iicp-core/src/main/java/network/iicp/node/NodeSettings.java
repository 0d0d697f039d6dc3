package network.iicp.node;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import network.iicp.protocol.Intent;
import network.iicp.protocol.registration.NodeLimits;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.TraceSource;
import network.iicp.transport.CallerAddress;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TlsCertificate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set about a node. Immutable; made with {@link #builder()}, which checks the values at once and their combination at
 * the end. What the defaults are is said at the methods of {@link NodeSettingsBuilder}.
 */
public final class NodeSettings {

    private final NodeSettingsBuilder values;

    NodeSettings(NodeSettingsBuilder checked) {
        this.values = checked;
    }

    /** Returns a builder with the defaults. */
    public static NodeSettingsBuilder builder() {
        return new NodeSettingsBuilder();
    }

    /** Returns the node's id. */
    public String nodeId() {
        return values.nodeId;
    }

    /** Returns the address the node binds. */
    public String host() {
        return values.host;
    }

    /** Returns the port the node binds; 0 takes a free one. */
    public int port() {
        return values.port;
    }

    /** Returns the URL consumers are told to use, if one was set. */
    public Optional<URI> endpoint() {
        return Optional.ofNullable(values.endpoint);
    }

    /** Returns where the node says it is. */
    public String region() {
        return values.region;
    }

    /** Returns the first directory to register at; empty when the node keeps to itself. */
    public Optional<URI> directoryUrl() {
        return values.directories.stream().findFirst().map(NodeDirectory::url);
    }

    /** Returns the directories to register at; empty when the node keeps to itself. */
    public List<NodeDirectory> directories() {
        return List.copyOf(values.directories);
    }

    /** Returns when the node offers how much of itself. */
    public AvailabilitySchedule availability() {
        return values.availability;
    }

    /** Returns what the node asks for its work; empty for the usual price. */
    public Optional<NodePrice> price() {
        return Optional.ofNullable(values.price);
    }

    /** Returns what the node does for cooperative inference. */
    public CooperationPolicy cooperation() {
        return values.cooperation;
    }

    /** Returns for which tasks the node asks for credits. */
    public CreditReporting creditReporting() {
        return values.creditReporting;
    }

    /** Returns the only intents to serve; empty for all that is offered. */
    public Set<Intent> intents() {
        return Set.copyOf(values.intents);
    }

    /** Returns how long an urgent task may wait for a place; zero for not at all. */
    public Duration admissionWait() {
        return values.admissionWait;
    }

    Quotas.Limits quotas() {
        return new Quotas.Limits(
                values.tasksPerMinutePerCaller,
                values.tokensPerMinutePerCaller,
                values.enforceTokensPerMinute ? values.tokensPerMinute : 0);
    }

    CallerAddress callers() {
        return values.callers;
    }

    /** Returns how long a confidentiality key serves before a new one takes its place. */
    public Duration keyRotation() {
        return values.keyRotation;
    }

    /** Returns the networks and name patterns that count as private but allowed. */
    public List<String> privateNetworks() {
        return values.privateNetworks;
    }

    /** Returns the only models to serve; empty for all the engines have. */
    public List<String> models() {
        return List.copyOf(values.models);
    }

    /** Returns how many tasks are worked on at once, and the token rate that is announced. */
    public NodeLimits limits() {
        return new NodeLimits(values.maxConcurrent, values.tokensPerMinute);
    }

    /** Returns who may send tasks. */
    public NodeAuthentication authentication() {
        return values.authentication;
    }

    /** Returns the tasks a minute from one web page origin; empty when the scope decides. */
    OptionalInt tasksPerMinutePerOrigin() {
        return values.tasksPerMinutePerOrigin;
    }

    /** Returns the tasks a minute from one address; empty when the scope decides. */
    OptionalInt tasksPerMinutePerAddress() {
        return values.tasksPerMinutePerAddress;
    }

    /** Returns the largest request body. */
    public int maxRequestBytes() {
        return values.maxRequestBytes;
    }

    /** Returns whether payloads are held to all that the intent registry says. */
    public boolean validatePayloads() {
        return values.validatePayloads;
    }

    /** Returns the largest answer, and the largest event of a stream. */
    public int maxResponseBytes() {
        return values.maxResponseBytes;
    }

    /** Returns the time a task gets that states none. */
    public Duration defaultTimeout() {
        return values.defaultTimeout;
    }

    /** Returns the most time any task gets. */
    public Duration maxTimeout() {
        return values.maxTimeout;
    }

    /** Returns the time between two heartbeats. */
    public Duration heartbeatInterval() {
        return values.heartbeatInterval;
    }

    /** Returns how long a stream whose consumer has gone may be attached to again. */
    public Duration reattachWindow() {
        return values.reattachWindow;
    }

    /** Returns how long {@link ProviderNode#close()} waits for running tasks. */
    public Duration grace() {
        return values.grace;
    }

    /** Returns whether the node takes and answers encrypted tasks. */
    public boolean confidential() {
        return values.confidential;
    }

    /** Returns where the confidentiality key is kept; empty when it lives in memory only. */
    public Optional<Path> keyDirectory() {
        return Optional.ofNullable(values.keyDirectory);
    }

    List<Offer> offers() {
        return List.copyOf(values.offers);
    }

    List<String> operatorKeys() {
        return List.copyOf(values.operatorKeys);
    }

    Set<String> corsOrigins() {
        return values.corsOrigins;
    }

    List<NodeListener> listeners() {
        return List.copyOf(values.listeners);
    }

    /** Returns who may read {@code GET /metrics}. */
    public MetricsAccess metricsAccess() {
        return values.metricsAccess;
    }

    /** Returns where {@code events.jsonl} is written; empty when it is not. */
    public Optional<Path> eventDirectory() {
        return Optional.ofNullable(values.eventDirectory);
    }

    /** Returns where locks are that keep two processes from running the same node; empty when nobody looks. */
    public Optional<Path> lockDirectory() {
        return Optional.ofNullable(values.lockDirectory);
    }

    boolean takeOver() {
        return values.takeOver;
    }

    List<MetricsSink> metricsSinks() {
        return List.copyOf(values.metricsSinks);
    }

    Optional<HttpTransport> transport() {
        return Optional.ofNullable(values.transport);
    }

    List<Supplier<Map<String, Object>>> registrationMembers() {
        return List.copyOf(values.registrationMembers);
    }

    @Nullable
    SSLContext tls() {
        return values.tls;
    }

    @Nullable
    TraceSource traceSource() {
        return values.traceSource;
    }

    Optional<TlsCertificate> certificate() {
        return Optional.ofNullable(values.certificate);
    }

    Duration certificateCheck() {
        return values.certificateCheck;
    }

    boolean tls12() {
        return values.tls12;
    }

    Clock clock() {
        return values.clock;
    }

    LongSupplier nanos() {
        return values.nanos;
    }

    RandomGenerator random() {
        return values.random;
    }

    EventDelivery.Heartbeats streamHeartbeats() {
        return values.streamHeartbeats;
    }

    EventLog.Bounds streamBounds() {
        return values.streamBounds;
    }

    /** Names the node; never keys. */
    @Override
    public String toString() {
        return "NodeSettings[%s, %s:%d, %d offers]".formatted(nodeId(), host(), port(), values.offers.size());
    }
}
