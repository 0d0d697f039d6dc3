package network.iicp.springai;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import network.iicp.client.CallOptions;
import network.iicp.json.Json;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.ToolChoice;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * Options of a chat through the mesh: the portable ones of Spring AI, the form of the answer, the tools, and how the
 * call is routed. Immutable and thread-safe; what is {@code null} is left to the engine, or to the settings of the
 * client.
 *
 * <p>Only nodes that serve {@link #getModel() the model} are asked; without one any chat model may answer. The tool
 * context stays in the application and is never sent.
 */
public final class IicpChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {

    private final Own own;

    private IicpChatOptions(
            @Nullable List<ToolCallback> toolCallbacks,
            @Nullable Map<String, Object> toolContext,
            @Nullable String model,
            @Nullable Double frequencyPenalty,
            @Nullable Integer maxTokens,
            @Nullable Double presencePenalty,
            @Nullable List<String> stopSequences,
            @Nullable Double temperature,
            @Nullable Integer topK,
            @Nullable Double topP,
            Own own) {
        super(
                toolCallbacks,
                toolContext,
                model,
                frequencyPenalty,
                maxTokens,
                presencePenalty,
                stopSequences,
                temperature,
                topK,
                topP);
        this.own = own;
    }

    /** What the portable options do not have. */
    private record Own(
            CallOptions routing,
            @Nullable Long seed,
            @Nullable ResponseFormat responseFormat,
            @Nullable ToolChoice toolChoice,
            @Nullable Boolean parallelToolCalls,
            @Nullable String user) {

        Own overriddenBy(Own stronger) {
            return new Own(
                    stronger.routing.over(routing),
                    Mapping.first(stronger.seed, seed),
                    Mapping.first(stronger.responseFormat, responseFormat),
                    Mapping.first(stronger.toolChoice, toolChoice),
                    Mapping.first(stronger.parallelToolCalls, parallelToolCalls),
                    Mapping.first(stronger.user, user));
        }
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with everything of these options. */
    @Override
    public Builder mutate() {
        Builder copy = new Builder()
                .model(getModel())
                .frequencyPenalty(getFrequencyPenalty())
                .maxTokens(getMaxTokens())
                .presencePenalty(getPresencePenalty())
                .stopSequences(getStopSequences())
                .temperature(getTemperature())
                .topK(getTopK())
                .topP(getTopP())
                .toolCallbacks(getToolCallbacks())
                .toolContext(getToolContext());
        return copy.own(own);
    }

    /** Returns how the call is routed. */
    CallOptions routing() {
        return own.routing();
    }

    /** Returns the region to prefer. */
    public @Nullable String getRegion() {
        return own.routing().region();
    }

    /** Returns the least reputation of a node, 0 to 1. */
    public @Nullable Double getMinReputation() {
        return own.routing().minReputation();
    }

    /** Returns how urgent the call is. */
    public @Nullable Qos getQos() {
        return own.routing().qos();
    }

    /** Returns the rank among tasks that wait at a node. */
    public @Nullable Priority getPriority() {
        return own.routing().priority();
    }

    /** Returns the id of the one node to use. */
    public @Nullable String getNode() {
        return own.routing().node();
    }

    /** Returns how often the call is sent in total. */
    public @Nullable Integer getMaxAttempts() {
        return own.routing().maxAttempts();
    }

    /** Returns the longest duration of the call, fail-over included. */
    public @Nullable Duration getTotalTimeout() {
        return own.routing().total();
    }

    /** Returns the longest silence before the first content of a stream. */
    public @Nullable Duration getFirstEventTimeout() {
        return own.routing().firstEvent();
    }

    /** Returns the seed that makes sampling repeatable where the engine can. */
    public @Nullable Long getSeed() {
        return own.seed();
    }

    /** Returns the form the answer must have. */
    public @Nullable ResponseFormat getResponseFormat() {
        return own.responseFormat();
    }

    /**
     * Returns the JSON Schema the answer must follow, as JSON text; {@code null} unless the response format is a
     * schema.
     */
    @Override
    public @Nullable String getOutputSchema() {
        return own.responseFormat() instanceof ResponseFormat.JsonSchema json ? Json.text(json.schema()) : null;
    }

    /** Returns whether tools may or must be called. */
    public @Nullable ToolChoice getToolChoice() {
        return own.toolChoice();
    }

    /** Returns whether several tool calls may be asked for at once. */
    public @Nullable Boolean getParallelToolCalls() {
        return own.parallelToolCalls();
    }

    /** Returns the opaque name of the end user, for the engine's abuse control. */
    public @Nullable String getUser() {
        return own.user();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof IicpChatOptions that && own.equals(that.own);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), own);
    }

    /** Names the model; tools and users may be private. */
    @Override
    public String toString() {
        return "IicpChatOptions[model %s]".formatted(getModel());
    }

    /**
     * Collects options. The methods for what only a mesh has check their value at once; the portable ones are checked
     * with the call. Not thread-safe.
     */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
            implements StructuredOutputChatOptions.Builder<Builder> {

        private CallOptions routing = CallOptions.DEFAULT;
        private @Nullable Long seed;
        private @Nullable ResponseFormat responseFormat;
        private @Nullable ToolChoice toolChoice;
        private @Nullable Boolean parallelToolCalls;
        private @Nullable String user;

        private Builder() {}

        /** Sets the region to prefer. */
        public Builder region(@Nullable String region) {
            return routed(routing.withRegion(region));
        }

        /**
         * Sets the least reputation of a node, 0 to 1.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder minReputation(@Nullable Double least) {
            return routed(routing.withMinReputation(least));
        }

        /**
         * Sets how urgent the call is. Official directories hide young nodes from urgent ones, so it is left out unless
         * set.
         */
        public Builder qos(@Nullable Qos qos) {
            return routed(routing.withQos(qos));
        }

        /** Sets the rank among tasks that wait at a node. */
        public Builder priority(@Nullable Priority priority) {
            return routed(routing.withPriority(priority));
        }

        /** Sets the one node to use, by its id; no other is tried. */
        public Builder node(@Nullable String id) {
            return routed(routing.withNode(id));
        }

        /**
         * Sets how often the call is sent in total, at least 1; with 1 nothing is tried again.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxAttempts(@Nullable Integer sends) {
            return routed(routing.withMaxAttempts(sends));
        }

        /**
         * Sets the longest duration of the call, fail-over included, 100 ms to 120 s.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder totalTimeout(@Nullable Duration limit) {
            return routed(Mapping.withTotal(routing, limit));
        }

        /**
         * Sets the longest silence before the first content of a stream; a node silent for longer counts as failed.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder firstEventTimeout(@Nullable Duration limit) {
            return routed(routing.withFirstEvent(limit));
        }

        private Own own() {
            return new Own(routing, seed, responseFormat, toolChoice, parallelToolCalls, user);
        }

        private Builder own(Own values) {
            routing = values.routing;
            seed = values.seed;
            responseFormat = values.responseFormat;
            toolChoice = values.toolChoice;
            parallelToolCalls = values.parallelToolCalls;
            user = values.user;
            return this;
        }

        private Builder routed(CallOptions changed) {
            this.routing = changed;
            return this;
        }

        /** Makes sampling repeatable where the engine can. */
        public Builder seed(@Nullable Long number) {
            this.seed = number;
            return this;
        }

        /** Sets the form the answer must have; replaces an {@link #outputSchema(String) output schema}. */
        public Builder responseFormat(@Nullable ResponseFormat format) {
            this.responseFormat = format;
            return this;
        }

        /**
         * Sets the JSON Schema the answer must follow, enforced strictly where the engine can; replaces a
         * {@link #responseFormat(ResponseFormat) response format}.
         *
         * @param schema a JSON object as text, or {@code null} for free text
         * @throws IllegalArgumentException if it is not a JSON object
         */
        @Override
        public Builder outputSchema(@Nullable String schema) {
            return responseFormat(schema == null ? null : Mapping.schema(schema));
        }

        /** Says whether tools may or must be called. */
        public Builder toolChoice(@Nullable ToolChoice choice) {
            this.toolChoice = choice;
            return this;
        }

        /** Says whether several tool calls may be asked for at once. */
        public Builder parallelToolCalls(@Nullable Boolean allowed) {
            this.parallelToolCalls = allowed;
            return this;
        }

        /** Names the end user, opaquely, for the engine's abuse control. */
        public Builder user(@Nullable String opaqueName) {
            this.user = opaqueName;
            return this;
        }

        /**
         * Takes over what {@code other} has set: everything when it is a builder of this class, else the portable
         * options, the tools and the output schema. Stop sequences and tools are added, as Spring AI does.
         */
        @Override
        public Builder combineWith(ChatOptions.Builder<?> other) {
            super.combineWith(other);
            if (other instanceof Builder that) {
                own(own().overriddenBy(that.own()));
            } else if (other instanceof StructuredOutputChatOptions.Builder<?> structured
                    && structured.build() instanceof StructuredOutputChatOptions built
                    && built.getOutputSchema() != null) {
                outputSchema(built.getOutputSchema());
            }
            return this;
        }

        @Override
        public IicpChatOptions build() {
            return new IicpChatOptions(
                    toolCallbacks,
                    toolContext,
                    model,
                    frequencyPenalty,
                    maxTokens,
                    presencePenalty,
                    stopSequences,
                    temperature,
                    topK,
                    topP,
                    own());
        }
    }
}
