package network.iicp.protocol.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to continue, with its options. Immutable; absent options are {@code null} and left to the engine.
 *
 * @param messages at least one turn
 * @param model the model wanted; only nodes that serve it are asked. {@code null} for any
 * @param maxTokens most tokens of the answer, at least 1
 * @param temperature 0 to 2
 * @param topP 0 to 1
 * @param topK at least 1; engines of the OpenAI dialect that do not know it ignore it
 * @param frequencyPenalty -2 to 2
 * @param presencePenalty -2 to 2
 * @param seed makes sampling repeatable where the engine can
 * @param stop sequences that end the answer
 * @param tools functions on offer
 * @param toolChoice whether they may or must be called
 * @param parallelToolCalls whether several calls may be asked for at once
 * @param responseFormat the form the answer must have
 * @param user an opaque name of the end user, for the engine's abuse control
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record ChatRequest(
        List<ChatMessage> messages,
        @Nullable String model,
        @Nullable Integer maxTokens,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer topK,
        @Nullable Double frequencyPenalty,
        @Nullable Double presencePenalty,
        @Nullable Long seed,
        List<String> stop,
        List<Tool> tools,
        @Nullable ToolChoice toolChoice,
        @Nullable Boolean parallelToolCalls,
        @Nullable ResponseFormat responseFormat,
        @Nullable String user,
        Map<String, Object> extra) {

    /** Checks the ranges and copies the collections. */
    public ChatRequest {
        messages = List.copyOf(messages);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("a chat needs at least one message");
        }
        requireRange(maxTokens, 1, Integer.MAX_VALUE, "maxTokens");
        requireRange(temperature, 0, 2, "temperature");
        requireRange(topP, 0, 1, "topP");
        requireRange(topK, 1, Integer.MAX_VALUE, "topK");
        requireRange(frequencyPenalty, -2, 2, "frequencyPenalty");
        requireRange(presencePenalty, -2, 2, "presencePenalty");
        stop = List.copyOf(stop);
        tools = List.copyOf(tools);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    private static void requireRange(@Nullable Number value, double from, double to, String name) {
        if (value != null && !(value.doubleValue() >= from && value.doubleValue() <= to)) {
            throw new IllegalArgumentException("%s must be between %s and %s, was %s".formatted(name, from, to, value));
        }
    }

    /** Returns a builder without messages or options. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a request with one user message and no options. */
    public static ChatRequest of(String userText) {
        return builder().user(userText).build();
    }

    /** Returns a builder that starts with everything of this request. */
    public Builder toBuilder() {
        Builder copy = new Builder();
        copy.messages.addAll(messages);
        copy.model = model;
        copy.maxTokens = maxTokens;
        copy.temperature = temperature;
        copy.topP = topP;
        copy.topK = topK;
        copy.frequencyPenalty = frequencyPenalty;
        copy.presencePenalty = presencePenalty;
        copy.seed = seed;
        copy.stop = stop;
        copy.tools = tools;
        copy.toolChoice = toolChoice;
        copy.parallelToolCalls = parallelToolCalls;
        copy.responseFormat = responseFormat;
        copy.endUser = user;
        copy.extra.putAll(extra);
        return copy;
    }

    /** Counts the messages and names the model; never shows content. */
    @Override
    public String toString() {
        return "ChatRequest[%d messages, model %s]".formatted(messages.size(), model);
    }

    /** Collects a request step by step. Not thread-safe. */
    public static final class Builder {
        private final List<ChatMessage> messages = new ArrayList<>();
        private final Map<String, Object> extra = new LinkedHashMap<>();
        private @Nullable String model;
        private @Nullable Integer maxTokens;
        private @Nullable Double temperature;
        private @Nullable Double topP;
        private @Nullable Integer topK;
        private @Nullable Double frequencyPenalty;
        private @Nullable Double presencePenalty;
        private @Nullable Long seed;
        private List<String> stop = List.of();
        private List<Tool> tools = List.of();
        private @Nullable ToolChoice toolChoice;
        private @Nullable Boolean parallelToolCalls;
        private @Nullable ResponseFormat responseFormat;
        private @Nullable String endUser;

        private Builder() {}

        /** Adds instructions. */
        public Builder system(String text) {
            return message(new ChatMessage.System(text));
        }

        /** Adds a user message of text alone. */
        public Builder user(String text) {
            return message(ChatMessage.User.of(text));
        }

        /** Adds an assistant message of text alone. */
        public Builder assistant(String text) {
            return message(ChatMessage.Assistant.of(text));
        }

        /** Adds any message. */
        public Builder message(ChatMessage message) {
            messages.add(Objects.requireNonNull(message, "message"));
            return this;
        }

        /** Adds messages in order. */
        public Builder messages(List<? extends ChatMessage> turns) {
            turns.forEach(this::message);
            return this;
        }

        /** Asks for a model by name. */
        public Builder model(@Nullable String name) {
            this.model = name;
            return this;
        }

        /** Bounds the answer, in tokens, at least 1. */
        public Builder maxTokens(@Nullable Integer bound) {
            this.maxTokens = bound;
            return this;
        }

        /** Sets the sampling temperature, 0 to 2. */
        public Builder temperature(@Nullable Double value) {
            this.temperature = value;
            return this;
        }

        /** Sets nucleus sampling, 0 to 1. */
        public Builder topP(@Nullable Double value) {
            this.topP = value;
            return this;
        }

        /** Sets top-k sampling, at least 1. */
        public Builder topK(@Nullable Integer value) {
            this.topK = value;
            return this;
        }

        /** Sets the frequency penalty, -2 to 2. */
        public Builder frequencyPenalty(@Nullable Double value) {
            this.frequencyPenalty = value;
            return this;
        }

        /** Sets the presence penalty, -2 to 2. */
        public Builder presencePenalty(@Nullable Double value) {
            this.presencePenalty = value;
            return this;
        }

        /** Makes sampling repeatable where the engine can. */
        public Builder seed(@Nullable Long value) {
            this.seed = value;
            return this;
        }

        /** Sets the sequences that end the answer. */
        public Builder stop(List<String> sequences) {
            this.stop = List.copyOf(sequences);
            return this;
        }

        /** Sets the functions on offer. */
        public Builder tools(List<Tool> functions) {
            this.tools = List.copyOf(functions);
            return this;
        }

        /** Says whether the functions may or must be called. */
        public Builder toolChoice(@Nullable ToolChoice choice) {
            this.toolChoice = choice;
            return this;
        }

        /** Says whether several calls may be asked for at once. */
        public Builder parallelToolCalls(@Nullable Boolean allowed) {
            this.parallelToolCalls = allowed;
            return this;
        }

        /** Sets the form the answer must have. */
        public Builder responseFormat(@Nullable ResponseFormat format) {
            this.responseFormat = format;
            return this;
        }

        /** Names the end user for the engine's abuse control. */
        public Builder endUser(@Nullable String opaqueName) {
            this.endUser = opaqueName;
            return this;
        }

        /** Adds a payload member that is passed through. */
        public Builder extra(String name, Object value) {
            extra.put(name, value);
            return this;
        }

        /**
         * Returns the request.
         *
         * @throws IllegalArgumentException if there is no message or an option is out of range; the message names it
         */
        public ChatRequest build() {
            return new ChatRequest(
                    messages,
                    model,
                    maxTokens,
                    temperature,
                    topP,
                    topK,
                    frequencyPenalty,
                    presencePenalty,
                    seed,
                    stop,
                    tools,
                    toolChoice,
                    parallelToolCalls,
                    responseFormat,
                    endUser,
                    extra);
        }
    }
}
