package network.iicp.spring.boot;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import network.iicp.client.ConsumerTokenUse;
import network.iicp.client.DirectorySettings;
import network.iicp.client.Encryption;
import network.iicp.client.Hedging;
import network.iicp.client.RouteDiscovery;
import network.iicp.client.RuntimeIdentity;
import network.iicp.client.TimeLimits;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/**
 * What the whole application says about its mesh, and how its client works.
 *
 * @param enabled Whether anything of IICP is set up at all.
 * @param directoryUrl Base URL of the directory, such as http://127.0.0.1:9480/api; the word "public" names the public
 *     one, https://iicp.network/api. There is no default: adding a library must not send prompts to strangers.
 * @param region Region to prefer when asking for nodes, and the one a node of this application says it is in.
 * @param privateNetworks Networks (10.0.0.0/8) and name patterns (*.lan) whose endpoints belong to the mesh.
 * @param primary Whether the models of IICP are the ones that are injected where several fit ("true"), or are never
 *     injected by type alone ("false"). Unless set they are candidates like any other.
 * @param client How the client works.
 * @param timeouts Time limits of a call.
 */
@ConfigurationProperties("iicp")
public record IicpProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String directoryUrl,
        @Nullable String region,
        @DefaultValue List<String> privateNetworks,
        @Nullable Boolean primary,
        @DefaultValue Client client,
        @DefaultValue Timeouts timeouts) {

    /** Copies the list. */
    public IicpProperties {
        privateNetworks = List.copyOf(privateNetworks);
    }

    /**
     * How the client works.
     *
     * @param maxAttempts How often a task is sent in total, at least 1; with 1 nothing is tried again.
     * @param encryption Whether tasks must be encrypted to the node.
     * @param routingStrategy How candidates are ordered.
     * @param routingEpsilon Chance that a random candidate goes first, 0 to 1; used by the strategy "epsilon".
     * @param routeDiscovery How directories are asked: by tickets for one node where that fits ("auto"), by tickets only
     *     ("ticketed"), by lists only ("legacy").
     * @param directories Directories in the order they are asked, each with what is known of it alone; in place of
     *     iicp.directory-url, which a node of this application still uses.
     * @param mergeDirectories Whether all directories are asked at once and what they name is joined.
     * @param staleRoutes How long known routes are used while no directory answers, 0 to 24h.
     * @param consumerTokens Whether tasks carry tokens that a directory issued for them; with "optional" where a
     *     directory has a node token.
     * @param pinnedKeys Names of the encryption keys that nodes must have, by ids of nodes.
     * @param routingTopK How many of the best candidates take part in a draw by score, at least 1.
     * @param routingSoftmaxTau How sharply the strategy "softmax_top_k" prefers the best, at least 0.001; less is sharper.
     * @param policy Which nodes may see tasks.
     * @param cooperation Whether and how several workers may make one answer.
     * @param hedging When a second node is asked too: "off", "p95", or a time such as "2s".
     * @param scope Which endpoints may be connected to; by default as far away as the directory is: "local" with one on
     *     this machine, "private" with private networks, else "public".
     * @param privateNetworks Networks and name patterns whose endpoints are allowed; iicp.private-networks unless set.
     * @param embeddingBatchSize Most texts in one embedding task, at least 1; more go in several tasks.
     * @param maxResponseSize Longest answer of a node, at least 1KB.
     * @param emulation Whether summaries, classifications, rankings and translations are asked of a chat model when
     *     nobody serves their intent.
     * @param continueInterrupted Whether a stream that was cut off is continued by another node, which is given the text so far.
     * @param validatePayloads Whether payloads are checked against the intent registry before anything is sent.
     * @param runtimeIdentity Whether chats tell the model that they came over IICP.
     * @param nodeCredential A credential sent to every node, for private meshes that share one.
     */
    public record Client(
            @DefaultValue("3") int maxAttempts,
            @DefaultValue("required") Encryption encryption,
            @DefaultValue("epsilon") RoutingStrategy routingStrategy,
            @DefaultValue("0.05") double routingEpsilon,
            @DefaultValue("auto") RouteDiscovery routeDiscovery,
            @DefaultValue List<Directory> directories,
            @DefaultValue("false") boolean mergeDirectories,
            @DefaultValue("10m") Duration staleRoutes,
            @DefaultValue("optional") ConsumerTokenUse consumerTokens,
            @DefaultValue Map<String, String> pinnedKeys,
            @DefaultValue("3") int routingTopK,
            @DefaultValue("0.04") double routingSoftmaxTau,
            @DefaultValue Policy policy,
            @DefaultValue Cooperation cooperation,
            @DefaultValue("off") String hedging,
            @Nullable EndpointScope scope,
            @Nullable List<String> privateNetworks,
            @DefaultValue("128") int embeddingBatchSize,
            @DefaultValue("16MB") DataSize maxResponseSize,
            @DefaultValue("false") boolean emulation,
            @DefaultValue("false") boolean continueInterrupted,
            @DefaultValue("false") boolean validatePayloads,
            @DefaultValue("disabled") RuntimeIdentity runtimeIdentity,
            @Nullable String nodeCredential) {

        Hedging toHedging() {
            String word = hedging.strip().toLowerCase(Locale.ROOT);
            return switch (word) {
                case "off", "false" -> Hedging.OFF;
                case "p95" -> Hedging.afterP95();
                default -> Hedging.after(DurationStyle.detectAndParse(word));
            };
        }

        /** Leaves the credential out. */
        @Override
        public String toString() {
            return "Client[maxAttempts=%d, encryption=%s, routingStrategy=%s]"
                    .formatted(maxAttempts, encryption, routingStrategy);
        }
    }

    /**
     * One directory.
     *
     * @param url Base URL, such as https://mesh.example.org/api; the word "public" names the public one.
     * @param publicKey The only key to accept, 64 hexadecimal digits; the directory is asked for it unless set.
     * @param acceptedIssuers Issuers of tickets to accept; the one that follows from the URL unless set.
     * @param replicaKey Key with which a replica must sign its answers, 64 hexadecimal digits; answers need no signature
     *     unless set.
     * @param nodeToken Node token that is shown to this directory to get consumer tokens.
     * @param nodeId Id of the node the token belongs to, for directories that need it.
     */
    public record Directory(
            String url,
            @Nullable String publicKey,
            @DefaultValue Set<String> acceptedIssuers,
            @Nullable String replicaKey,
            @Nullable String nodeToken,
            @Nullable String nodeId) {

        /** Copies the set. */
        public Directory {
            acceptedIssuers = Set.copyOf(acceptedIssuers);
        }

        DirectorySettings toSettings() {
            return DirectorySettings.builder(url)
                    .publicKey(publicKey)
                    .acceptedIssuers(acceptedIssuers)
                    .replicaKey(replicaKey)
                    .nodeToken(nodeToken)
                    .nodeId(nodeId)
                    .build();
        }

        /** Leaves the credential out. */
        @Override
        public String toString() {
            return "Directory[%s]".formatted(url);
        }
    }

    /**
     * Which nodes may see tasks.
     *
     * @param profile The named policy to start from.
     * @param regions Regions that are allowed, with their parts; as the profile says unless set.
     * @param requireEncryption Whether tasks must be encrypted; as the profile, or iicp.client.encryption, says unless set.
     * @param requireSignedManifest Whether nodes need a signed policy manifest; as the profile says unless set.
     * @param requireNoRetention Whether nodes must promise to keep no payloads; as the profile says unless set.
     * @param minManifestIdentity How far the identity behind a node's policy manifest must be known.
     * @param allowRemoteExecutor Whether other machines may execute tasks; as the profile says unless set.
     */
    public record Policy(
            @DefaultValue("standard") RoutingPolicy.Profile profile,
            @Nullable List<String> regions,
            @Nullable Boolean requireEncryption,
            @Nullable Boolean requireSignedManifest,
            @Nullable Boolean requireNoRetention,
            RoutingPolicy.@Nullable ManifestIdentity minManifestIdentity,
            @Nullable Boolean allowRemoteExecutor) {

        RoutingPolicy toRoutingPolicy() {
            return RoutingPolicy.profile(profile)
                    .regions(regions)
                    .requireEncryption(requireEncryption)
                    .requireSignedManifest(requireSignedManifest)
                    .requireNoRetention(requireNoRetention)
                    .minManifestIdentity(minManifestIdentity)
                    .allowRemoteExecutor(allowRemoteExecutor)
                    .build();
        }
    }

    /**
     * Whether and how several workers may make one answer.
     *
     * @param enabled Whether calls may ask several workers at once.
     * @param strategy Who goes first: this application, or workers.
     * @param maxCreditsPerTask Most credits that one call may cost, all workers together.
     * @param sessionCreditBudget Most credits that all calls of the client may cost; no bound unless set.
     * @param minReputation Least reputation of a worker, 0 to 1.
     * @param trustedPeers Ids of the only nodes that may be workers; all unless set.
     * @param sendSensitivePrompts Whether sensitive questions may leave this application.
     * @param maxReplicas Most workers of one call, 1 to 10.
     * @param settlementCredential A credential with which the directory is told of workers' receipts.
     */
    public record Cooperation(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("local-first") CooperationSettings.Strategy strategy,
            @DefaultValue("10") double maxCreditsPerTask,
            @Nullable Double sessionCreditBudget,
            @DefaultValue("0") double minReputation,
            @DefaultValue Set<String> trustedPeers,
            @DefaultValue("false") boolean sendSensitivePrompts,
            @DefaultValue("5") int maxReplicas,
            @Nullable String settlementCredential) {

        CooperationSettings toCooperationSettings() {
            return CooperationSettings.builder()
                    .enabled(enabled)
                    .strategy(strategy)
                    .maxCreditsPerTask(maxCreditsPerTask)
                    .sessionCreditBudget(sessionCreditBudget)
                    .minReputation(minReputation)
                    .trustedPeers(trustedPeers)
                    .sendSensitivePrompts(sendSensitivePrompts)
                    .maxReplicas(maxReplicas)
                    .settlementCredential(settlementCredential)
                    .build();
        }

        /** Leaves the credential out. */
        @Override
        public String toString() {
            return toCooperationSettings().toString();
        }
    }

    /**
     * Time limits of a call.
     *
     * @param connect Longest wait for a connection, TLS included.
     * @param firstEvent Longest silence before the first content of a stream; a node silent for longer counts as
     *     failed.
     * @param idle Longest silence between two events of a stream, and in a whole answer after its headers.
     * @param total Longest duration of a call, fail-over included, 100ms to 120s.
     */
    public record Timeouts(
            @DefaultValue("5s") Duration connect,
            @DefaultValue("30s") Duration firstEvent,
            @DefaultValue("30s") Duration idle,
            @DefaultValue("120s") Duration total) {

        TimeLimits toTimeLimits() {
            return new TimeLimits(connect, firstEvent, idle, total);
        }
    }

    List<String> clientNetworks() {
        return client.privateNetworks() == null ? privateNetworks : client.privateNetworks();
    }
}
