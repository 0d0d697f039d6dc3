package network.iicp.spring.boot;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.node.CreditReporting;
import network.iicp.node.MetricsAccess;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Modality;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The node with which this application serves models to the mesh.
 *
 * @param enabled Whether this application serves. It does not unless asked to.
 * @param id Id of the node, at most 36 characters. A new random one with every start unless set; goes with
 *     key-directory.
 * @param host Address to bind. 127.0.0.1 is for this machine only, 0.0.0.0 or :: for every address.
 * @param port Port to bind. 0 takes a free one.
 * @param endpoint URL that consumers are told to use. Needed unless the directory is on this machine.
 * @param region Where the node says it is. iicp.region unless set.
 * @param model Models to serve, and no others. All that the engines have unless set.
 * @param serve What is served: with "engine" that of iicp.node.backend, with "beans" the model beans of this
 *     application. Models that ask the mesh themselves are left out.
 * @param inputModalities What model beans take besides text, by the name they are served under: image, audio.
 * @param maxConcurrent How many tasks are worked on at once, 1 to 256. One more is refused; see admission-wait.
 * @param tokensPerMinute Token rate that is announced to the directory; see enforce-tokens-per-minute.
 * @param authentication Who may send tasks. With "auto" anyone may use what costs nothing, and a token is asked for the
 *     rest.
 * @param operatorKeys Keys of the operator, at least 16 characters each. Who shows one may send and cancel any task.
 * @param joinToken Token that a private directory asks of nodes that register.
 * @param confidentiality Whether the node takes encrypted tasks. Consumers skip nodes that do not, unless told
 *     otherwise.
 * @param keyDirectory Directory for the key of encrypted tasks, in a file that only its owner can read. In memory
 *     unless set.
 * @param heartbeatInterval Time between two heartbeats, 1s to 60s.
 * @param defaultTimeout Time that a task gets which states none, 100ms to 300s.
 * @param maxTimeout Most time that any task gets, 100ms to 300s.
 * @param reattachWindow How long a streamed task goes on after its consumer has gone, so that it can attach again.
 * @param grace How long running tasks may go on when the application stops. The rest is cancelled.
 * @param maxRequestSize Largest task that is accepted, 1KB to 64MB.
 * @param maxResponseSize Largest answer, and largest event of a stream, 1KB to 64MB.
 * @param validatePayloads Whether payloads are held to all that the intent registry says of their intent. Unless set,
 *     only what no engine can work with is refused.
 * @param tasksPerMinutePerOrigin Tasks a minute from one web page origin. 0 for no limit; 120 unless set, none in a
 *     local mesh.
 * @param tasksPerMinutePerAddress Tasks a minute from one address. 0 for no limit; 600 unless set, none in a local
 *     mesh.
 * @param corsOrigins Web page origins that may call. Every one unless set.
 * @param logDirectory Directory for events.jsonl, the life of the node line by line. Not written unless set.
 * @param lockDirectory Directory of locks that keep two processes from running the node of the same id. Not looked at
 *     unless set.
 * @param metrics Who may read GET /metrics: "open", "operator" or "off".
 * @param directories Further directories to register at, besides iicp.directory-url; each with a url and, if it asks
 *     for one, a join-token.
 * @param intents Intents to serve, and no others. Everything that is offered unless set.
 * @param keyRotation How long a key for encrypted tasks serves before a new one takes its place, 1h to 90d.
 * @param admissionWait How long a realtime or interactive task may wait for a place, up to 2s. Others are refused at
 *     once.
 * @param tasksPerMinutePerCaller Tasks a minute of one caller: the node a consumer token was issued to, or an
 *     address. 0 for no limit.
 * @param tokensPerMinutePerCaller Tokens a minute of one caller. 0 for no limit.
 * @param enforceTokensPerMinute Whether tasks are refused while all callers together have used more than
 *     tokens-per-minute.
 * @param trustedProxies Addresses or blocks of the proxies in front of the node, whose X-Forwarded-For is believed.
 * @param creditReporting For which tasks the directory is asked for credits: "off", "direct" or "always".
 * @param availability When the node offers how many of its places.
 * @param price What the node asks for its work.
 * @param cooperation What the node does for cooperative inference.
 * @param policyManifest JSON file with the operator's declaration of what happens to tasks. It is read anew for every
 *     registration.
 * @param ssl How the node listens with TLS. Cleartext unless set; encrypted tasks are encrypted either way.
 * @param backend The engine behind the node.
 */
@ConfigurationProperties("iicp.node")
public record IicpNodeProperties(
        @DefaultValue("false") boolean enabled,
        @Nullable String id,
        @DefaultValue("127.0.0.1") String host,
        @DefaultValue("9484") int port,
        @Nullable URI endpoint,
        @Nullable String region,
        @DefaultValue List<String> model,
        @DefaultValue("engine") NodeServing serve,
        @DefaultValue Map<String, Set<Modality>> inputModalities,
        @DefaultValue("4") int maxConcurrent,
        @DefaultValue("10000") int tokensPerMinute,
        @DefaultValue("auto") NodeAuthentication authentication,
        @DefaultValue List<String> operatorKeys,
        @Nullable String joinToken,
        @DefaultValue("true") boolean confidentiality,
        @Nullable Path keyDirectory,
        @DefaultValue("30s") Duration heartbeatInterval,
        @DefaultValue("30s") Duration defaultTimeout,
        @DefaultValue("120s") Duration maxTimeout,
        @DefaultValue("10s") Duration reattachWindow,
        @DefaultValue("30s") Duration grace,
        @DefaultValue("1MB") DataSize maxRequestSize,
        @DefaultValue("1MB") DataSize maxResponseSize,
        @DefaultValue("false") boolean validatePayloads,
        @Nullable Integer tasksPerMinutePerOrigin,
        @Nullable Integer tasksPerMinutePerAddress,
        @DefaultValue("*") Set<String> corsOrigins,
        @Nullable Path logDirectory,
        @Nullable Path lockDirectory,
        @DefaultValue("open") MetricsAccess metrics,
        @DefaultValue List<Directory> directories,
        @DefaultValue List<String> intents,
        @DefaultValue("90d") Duration keyRotation,
        @DefaultValue("0s") Duration admissionWait,
        @DefaultValue("0") int tasksPerMinutePerCaller,
        @DefaultValue("0") int tokensPerMinutePerCaller,
        @DefaultValue("false") boolean enforceTokensPerMinute,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("off") CreditReporting creditReporting,
        @DefaultValue Availability availability,
        @DefaultValue Price price,
        @DefaultValue Cooperation cooperation,
        @Nullable Path policyManifest,
        @DefaultValue Ssl ssl,
        @DefaultValue Backend backend) {

    /** Copies the collections. */
    public IicpNodeProperties {
        model = List.copyOf(model);
        inputModalities = Map.copyOf(inputModalities);
        operatorKeys = List.copyOf(operatorKeys);
        corsOrigins = Set.copyOf(corsOrigins);
        directories = List.copyOf(directories);
        intents = List.copyOf(intents);
        trustedProxies = List.copyOf(trustedProxies);
    }

    /**
     * A further directory.
     *
     * @param url Base URL of the directory.
     * @param joinToken Token that it asks of nodes that register.
     */
    public record Directory(URI url, @Nullable String joinToken) {

        /** Leaves the token out. */
        @Override
        public String toString() {
            return "Directory[%s]".formatted(url);
        }
    }

    /**
     * When the node offers how many of its places.
     *
     * @param zone Time zone of the windows, such as Europe/Berlin. That of this machine unless set.
     * @param outsideShare Share of the places outside of all windows, 0 to 1.
     * @param windows Windows of the day, each with start and end (HH:MM, the end before the start for one over
     *     midnight) and a share of the places, 0 to 1. Every place at all times unless set.
     */
    public record Availability(
            @Nullable ZoneId zone,
            @DefaultValue("0.5") double outsideShare,
            @DefaultValue List<Window> windows) {

        /** Copies the windows. */
        public Availability {
            windows = List.copyOf(windows);
        }
    }

    /**
     * A time of day.
     *
     * @param start First minute, HH:MM.
     * @param end Last minute, HH:MM.
     * @param share Share of the places, 0 to 1.
     */
    public record Window(
            String start, String end, @DefaultValue("1.0") double share) {}

    /**
     * What the node asks for its work.
     *
     * @param creditCostMultiplier Factor on the usual price, 0 to 1000. Nothing is declared unless set.
     * @param model How the price is counted: "per_token", "per_request" or "flat".
     * @param signed Whether the declaration is signed, so that a directory can attest it.
     */
    public record Price(
            @Nullable Double creditCostMultiplier,
            @DefaultValue("per_token") String model,
            @DefaultValue("false") boolean signed) {}

    /**
     * What the node does for cooperative inference.
     *
     * @param worker Whether the node takes sub-tasks of coordinators.
     * @param toolExecution Whether the node takes tasks of the domain "tool".
     * @param maxConcurrentRemote Sub-tasks at once, 1 to 256; they need a place of the node besides.
     * @param maxWorkerTimeout Most time of a sub-task, 1ms to 60s.
     */
    public record Cooperation(
            @DefaultValue("false") boolean worker,
            @DefaultValue("false") boolean toolExecution,
            @DefaultValue("2") int maxConcurrentRemote,
            @DefaultValue("30s") Duration maxWorkerTimeout) {}

    /**
     * How the node listens with TLS.
     *
     * @param bundle Name of the SSL bundle, see spring.ssl.bundle, with the certificate of the node.
     */
    public record Ssl(@Nullable String bundle) {}

    /**
     * The engine behind the node. Without any of this, beans of type InferenceBackend and TaskHandler are served;
     * without those, the Ollama on this machine. Model beans are served with iicp.node.serve=beans.
     *
     * @param type Kind of the engine. Found out by asking it unless set.
     * @param url Base URL of the engine. That of its kind on this machine unless set, http://localhost:11434 for
     *     Ollama.
     * @param apiKey Key of the engine. With one, the node asks callers for a token unless iicp.node.authentication says
     *     otherwise.
     * @param headers Headers sent to the engine with every request.
     * @param idleTimeout Longest silence of the engine in the middle of an answer.
     */
    public record Backend(
            @Nullable BackendType type,
            @Nullable URI url,
            @Nullable String apiKey,
            @DefaultValue Map<String, String> headers,
            @DefaultValue("60s") Duration idleTimeout) {

        /** Copies the headers. */
        public Backend {
            headers = Map.copyOf(headers);
        }

        boolean isSet() {
            return type != null || url != null || apiKey != null;
        }

        /** Leaves the key and the headers out. */
        @Override
        public String toString() {
            return "Backend[type=%s]".formatted(type);
        }
    }

    /** Leaves keys and tokens out. */
    @Override
    public String toString() {
        return "IicpNodeProperties[enabled=%s, host=%s, port=%d, backend=%s]".formatted(enabled, host, port, backend);
    }
}
