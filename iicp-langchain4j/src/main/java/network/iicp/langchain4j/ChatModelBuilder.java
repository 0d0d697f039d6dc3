package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * What the builders of both chat models have in common.
 *
 * @param <B> the builder itself
 */
abstract class ChatModelBuilder<B extends ChatModelBuilder<B>> extends ClientBuilder<B> {

    private final IicpChatRequestParameters.Builder explicit = IicpChatRequestParameters.builder();
    private @Nullable ChatRequestParameters defaults;
    private List<ChatModelListener> listeners = List.of();
    private Set<Capability> capabilities = Set.of();

    ChatModelBuilder() {}

    /** Returns the parameters that setters of the builder have set. */
    IicpChatRequestParameters.Builder explicit() {
        return explicit;
    }

    /** Sets the model to ask for; only nodes that serve it are asked. Default: any chat model. */
    public B modelName(@Nullable String name) {
        explicit.modelName(name);
        return self();
    }

    /** Sets the sampling temperature, 0 to 2. Default: the engine's. */
    public B temperature(@Nullable Double value) {
        explicit.temperature(value);
        return self();
    }

    /** Sets nucleus sampling, 0 to 1. Default: the engine's. */
    public B topP(@Nullable Double value) {
        explicit.topP(value);
        return self();
    }

    /** Sets top-k sampling, at least 1. Default: the engine's. */
    public B topK(@Nullable Integer value) {
        explicit.topK(value);
        return self();
    }

    /** Sets the frequency penalty, -2 to 2. Default: the engine's. */
    public B frequencyPenalty(@Nullable Double value) {
        explicit.frequencyPenalty(value);
        return self();
    }

    /** Sets the presence penalty, -2 to 2. Default: the engine's. */
    public B presencePenalty(@Nullable Double value) {
        explicit.presencePenalty(value);
        return self();
    }

    /** Bounds answers, in tokens, at least 1. Default: the engine's. */
    public B maxOutputTokens(@Nullable Integer bound) {
        explicit.maxOutputTokens(bound);
        return self();
    }

    /** Sets the sequences that end an answer. Default: none. */
    public B stopSequences(@Nullable List<String> sequences) {
        explicit.stopSequences(sequences);
        return self();
    }

    /** Sets the tools on offer in every request. Default: none. */
    public B toolSpecifications(@Nullable List<ToolSpecification> tools) {
        explicit.toolSpecifications(tools);
        return self();
    }

    /** Says whether tools may or must be called. Default: the engine's. */
    public B toolChoice(@Nullable ToolChoice choice) {
        explicit.toolChoice(choice);
        return self();
    }

    /** Sets the form that answers must have. Default: free text. */
    public B responseFormat(@Nullable ResponseFormat format) {
        explicit.responseFormat(format);
        return self();
    }

    /** Makes sampling repeatable where the engine can. Default: not said. */
    public B seed(@Nullable Long value) {
        explicit.seed(value);
        return self();
    }

    /** Says whether several tool calls may be asked for at once. Default: the engine's. */
    public B parallelToolCalls(@Nullable Boolean allowed) {
        explicit.parallelToolCalls(allowed);
        return self();
    }

    /** Names the end user for the engine's abuse control. Default: nobody. */
    public B user(@Nullable String opaqueName) {
        explicit.user(opaqueName);
        return self();
    }

    /** Sets further members of the payload, see {@link IicpChatRequestParameters.Builder#customParameters}. Default: none. */
    public B customParameters(Map<String, Object> members) {
        explicit.customParameters(members);
        return self();
    }

    /** Sets the region to prefer. Default: the client's. */
    public B region(@Nullable String name) {
        explicit.region(name);
        return self();
    }

    /**
     * Leaves out nodes of less reputation. Default: none is left out.
     *
     * @throws IllegalArgumentException if it is not between 0 and 1
     */
    public B minReputation(@Nullable Double least) {
        explicit.minReputation(least);
        return self();
    }

    /** Sets how urgent requests are. Default: not said. */
    public B qos(@Nullable Qos urgency) {
        explicit.qos(urgency);
        return self();
    }

    /** Sets the rank of requests among tasks that wait at a node. Default: not said. */
    public B priority(@Nullable Priority rank) {
        explicit.priority(rank);
        return self();
    }

    /** Sets the id of the one node to use; no other is tried. Default: any. */
    public B node(@Nullable String id) {
        explicit.node(id);
        return self();
    }

    /** Sets the longest duration of a whole call, 100 ms to 120 s, retries included. Default: the client's. */
    public B timeout(@Nullable Duration total) {
        explicit.timeout(total);
        return self();
    }

    /**
     * Sets how often a request is sent in total; with 1 nothing is tried again. Default: the client's.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public B maxAttempts(@Nullable Integer sends) {
        explicit.maxAttempts(sends);
        return self();
    }

    /** Sets who hears of requests, responses and errors. Default: nobody. */
    public B listeners(@Nullable List<ChatModelListener> hearers) {
        listeners = hearers == null ? List.of() : List.copyOf(hearers);
        return self();
    }

    /** Sets who hears of requests, responses and errors. Default: nobody. */
    public B listeners(ChatModelListener... hearers) {
        return listeners(List.of(hearers));
    }

    /**
     * Sets parameters for all requests that do not set them themselves. What another setter of this builder sets wins over
     * them.
     */
    public B defaultRequestParameters(@Nullable ChatRequestParameters parameters) {
        defaults = parameters;
        return self();
    }

    /**
     * Says what the models behind the mesh can do. With {@link Capability#RESPONSE_FORMAT_JSON_SCHEMA} AI services ask for JSON
     * by schema and not by prompt; claim it when all models that may answer can do it. Default: nothing.
     */
    public B supportedCapabilities(@Nullable Set<Capability> known) {
        capabilities = known == null ? Set.of() : Set.copyOf(known);
        return self();
    }

    /** Says what the models behind the mesh can do, see {@link #supportedCapabilities(Set)}. */
    public B supportedCapabilities(Capability... known) {
        return supportedCapabilities(Set.of(known));
    }

    /**
     * Returns what the model is made of.
     *
     * @param owner name of the model, for messages
     * @throws IllegalArgumentException if a value cannot work; the message names it
     * @throws UnsupportedFeatureException if a default parameter cannot be carried by IICP
     */
    ChatModelSetup setup(String owner) {
        IicpChatRequestParameters parameters = explicit.build();
        if (defaults != null) {
            parameters = parameters.defaultedBy(defaults);
        }
        ChatRequests.check(parameters);
        ClientLease lease = lease(owner);
        lease.checkTimeout(parameters.timeout());
        return new ChatModelSetup(lease, parameters, listeners, capabilities);
    }
}
