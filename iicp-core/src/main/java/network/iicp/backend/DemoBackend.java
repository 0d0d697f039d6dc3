package network.iicp.backend;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * A small engine without a language model, for demonstrations and tests: it answers chats, completions, embeddings, moderations,
 * transcriptions and speech in the OpenAI dialect by fixed rules, equal requests equally, and never pretends to be more. The name of every model it
 * serves contains {@code demo}, and so does the {@code model} member of every answer.
 *
 * <p>The first rule that applies gives the answer to a chat:
 *
 * <ol>
 *   <li>the answers given to {@link Builder#answer}, in their order;
 *   <li>if {@code tool_choice} demands a call, the named tool is called, or the one that fits the last user message best;
 *   <li>if tools' answers end the conversation, they are told, or filled into the JSON asked for;
 *   <li>if the last user message shares words with the name or description of a tool on offer, the tool is called;
 *   <li>if JSON is asked for, it is an instance of the schema, or an object of the engine's own;
 *   <li>else the engine says that it is a demo, what it was asked, and what came along.
 * </ol>
 *
 * Arguments and JSON are made from the schema: enum values, numbers, quoted words and names found in the message where
 * they fit, else {@code "demo"}, 1 or {@code true} within the bounds of the schema. A schema that the rules cannot satisfy
 * ({@code pattern}, {@code not}, {@code if}) is refused with {@code backend_rejected}.
 *
 * <p>Honoured options: {@code max_tokens} and {@code max_completion_tokens}, {@code stop}, {@code n} up to 16, {@code tools},
 * {@code tool_choice}, {@code response_format}, for embeddings {@code dimensions} and {@code encoding_format}. Sampling
 * options and {@code seed} make no difference. Usage is always counted, by a rule for tokens of its own: up to eight
 * letters or digits of a word, or one other character, each with the white space before it. Streams bring one token with
 * each part.
 *
 * <p>A moderation flags texts with a few words such as {@code hate}, {@code attack} or {@code casino}. Speech is a WAV file with a tone for
 * each word and the text in the comment of the file; a transcription gives that comment, or says how large the recording is.
 *
 * <p>Thread-safe.
 */
public final class DemoBackend implements InferenceBackend {

    /** Name of the model unless others are configured. */
    public static final String MODEL = "iicp-demo";

    /** Length of embedding vectors unless another is configured or asked for. */
    public static final int DEFAULT_DIMENSIONS = 64;

    /** Longest embedding vector. */
    public static final int MAX_DIMENSIONS = 2_048;

    /** Most tokens of an answer unless another number is configured. */
    public static final int DEFAULT_MAX_TOKENS = 8_192;

    /** Most texts of one embedding or completion request. */
    public static final int MAX_INPUTS = 2_048;

    /** What the engine can do, in the order it is told. */
    private static final Set<Intent> ALL = Collections.unmodifiableSet(new LinkedHashSet<>(List.of(
            Intent.LLM_CHAT,
            Intent.LLM_COMPLETION,
            Intent.LLM_EMBEDDING,
            Intent.SAFETY_MODERATE,
            Intent.AUDIO_TRANSCRIBE,
            Intent.AUDIO_SPEECH)));

    private static final Set<Intent> STREAMED = Set.of(Intent.LLM_CHAT, Intent.LLM_COMPLETION);

    /** What a message costs in tokens besides its text. */
    private static final int MESSAGE_TOKENS = 4;

    /** What a picture or sound costs in tokens. */
    private static final int MEDIA_TOKENS = 64;

    private final Set<String> models;
    private final Set<Intent> intents;
    private final int maxTokens;
    private final int dimensions;
    private final Duration tokenDelay;
    private final Pause pause;
    private final Clock clock;
    private final List<Rule> rules;
    private final LongAdder tokensProduced = new LongAdder();
    private volatile boolean closed;

    private DemoBackend(Builder builder) {
        models = Collections.unmodifiableSet(new LinkedHashSet<>(builder.models));
        intents = Collections.unmodifiableSet(new LinkedHashSet<>(builder.intents));
        maxTokens = builder.maxTokens;
        dimensions = builder.dimensions;
        tokenDelay = builder.tokenDelay;
        pause = builder.pause;
        clock = builder.clock;
        rules = List.copyOf(builder.rules);
    }

    /** Returns a demo engine with all defaults. */
    public static DemoBackend create() {
        return builder().build();
    }

    /** Returns a builder with all defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns how many tokens the text has by this engine's rule. */
    public static int countTokens(String text) {
        return DemoTokens.count(text);
    }

    /** Returns how many tokens this engine has put out so far, streamed or not, finished or cancelled. */
    public long tokensProduced() {
        return tokensProduced.sum();
    }

    /** Returns {@code custom}: directories know no other word for it. */
    @Override
    public String type() {
        return "custom";
    }

    /** Returns one capability for each intent, without I/O. */
    @Override
    public List<Capability> capabilities() {
        return intents.stream().map(this::capability).toList();
    }

    private Capability capability(Intent intent) {
        Capability plain = Capability.of(intent, List.copyOf(models));
        if (!STREAMED.contains(intent)) {
            return plain;
        }
        Capability streaming = plain.withMaxTokens(maxTokens).withStreaming();
        return intent.equals(Intent.LLM_CHAT)
                ? streaming
                        .withInputModalities(EnumSet.of(Modality.TEXT, Modality.IMAGE, Modality.AUDIO))
                        .withFeatures(List.of("tool_calling"))
                : streaming;
    }

    /** Returns {@code OK} until the engine is closed. */
    @Override
    public State state() {
        return closed ? State.UNAVAILABLE : State.OK;
    }

    /** Refuses further tasks. */
    @Override
    public void close() {
        closed = true;
    }

    @Override
    public Object handle(TaskContext context) throws InterruptedException {
        if (closed) {
            throw BackendFaults.unavailable("the demo engine is closed", null);
        }
        Intent intent = context.task().intent();
        if (!intents.contains(intent)) {
            throw BackendFaults.unknownIntent(intent);
        }
        JsonObject payload = JsonObject.of(context.task().payload());
        Work work;
        try {
            work = work(intent, payload, context);
        } catch (JsonException e) {
            throw BackendFaults.invalidPayload(e);
        }
        return work.answer();
    }

    /** Reads the request completely, so that a bad one is refused before the first token. */
    private Work work(Intent intent, JsonObject payload, TaskContext context) {
        String model = model(payload, context.task().constraints().model());
        if (intent.equals(Intent.LLM_CHAT)) {
            return chat(payload, model, context);
        }
        if (intent.equals(Intent.LLM_COMPLETION)) {
            return completion(payload, model, context);
        }
        if (intent.equals(Intent.LLM_EMBEDDING)) {
            return embedding(payload, model, context);
        }
        if (intent.equals(Intent.SAFETY_MODERATE)) {
            List<String> texts = texts(payload, "input");
            return () -> DemoModeration.answer(texts, context, model, this::pace);
        }
        return intent.equals(Intent.AUDIO_SPEECH) ? speech(payload, model, context) : hearing(payload, model, context);
    }

    private String model(JsonObject payload, @Nullable String wanted) {
        String model = payload.optionalString("model")
                .orElse(wanted == null ? models.iterator().next() : wanted);
        if (!models.contains(model)) {
            throw BackendFaults.modelNotFound(model, models);
        }
        return model;
    }

    private Work chat(JsonObject payload, String model, TaskContext context) {
        DemoTools tools = DemoTools.of(payload);
        DemoOptions options = DemoOptions.of(payload, maxTokens);
        DemoPrompt prompt = DemoPrompt.ofChat(model, payload, tools, options.json());
        int calls = payload.objects("messages").stream()
                .mapToInt(message -> message.objects("tool_calls").size())
                .sum();
        DemoAnswer answer = DemoAnswer.of(reply(prompt, tools, options), options, calls);
        int promptTokens = promptTokens(prompt) + toolTokens(payload);
        List<DemoAnswer> answers = Collections.nCopies(options.choices(), answer);
        return () -> new DemoOutput(DemoOutput.Form.CHAT, context, model, clock.instant())
                .answer(answers, promptTokens, this::pace);
    }

    private Work completion(JsonObject payload, String model, TaskContext context) {
        DemoOptions options = DemoOptions.of(payload, maxTokens);
        List<String> prompts = texts(payload, "prompt");
        boolean echo = payload.bool("echo", false);
        List<DemoAnswer> answers = new ArrayList<>();
        int promptTokens = 0;
        for (String text : prompts) {
            DemoPrompt prompt = DemoPrompt.ofText(model, text);
            DemoReply reply = told(prompt);
            DemoReply plain = reply == null ? DemoReply.text(DemoSpeech.continuation(prompt)) : reply;
            DemoReply whole = echo ? DemoReply.text(text + plain.text()) : DemoReply.text(plain.text());
            answers.addAll(Collections.nCopies(options.choices(), DemoAnswer.of(whole, options, 0)));
            promptTokens += DemoTokens.count(text);
        }
        int counted = promptTokens;
        return () -> new DemoOutput(DemoOutput.Form.COMPLETION, context, model, clock.instant())
                .answer(answers, counted, this::pace);
    }

    private Work embedding(JsonObject payload, String model, TaskContext context) {
        DemoVectors vectors = DemoVectors.of(texts(payload, "input"), payload, dimensions);
        return () -> vectors.answer(context, model, this::pace);
    }

    private Work speech(JsonObject payload, String model, TaskContext context) {
        String text = DemoSound.text(payload);
        return () -> {
            pace(context);
            return DemoSound.spoken(text, model);
        };
    }

    private Work hearing(JsonObject payload, String model, TaskContext context) {
        byte[] recording = DialectAudio.recording(payload);
        return () -> {
            pace(context);
            return DemoSound.heard(recording, model);
        };
    }

    private static List<String> texts(JsonObject payload, String name) {
        List<String> texts =
                payload.raw(name) instanceof List<?> ? payload.strings(name) : List.of(payload.string(name));
        if (texts.isEmpty() || texts.size() > MAX_INPUTS) {
            throw payload.fault(
                    name, Reason.OUT_OF_RANGE, "must hold 1 to %d texts, holds %d".formatted(MAX_INPUTS, texts.size()));
        }
        return texts;
    }

    private DemoReply reply(DemoPrompt prompt, DemoTools tools, DemoOptions options) {
        DemoReply told = told(prompt);
        if (told != null) {
            return told;
        }
        if (prompt.mustCallTool() || prompt.toolReplies().isEmpty()) {
            DemoTools.Offer tool = tools.choose(prompt.userText()).orElse(null);
            if (tool != null) {
                return DemoReply.toolCall(tool.name(), arguments(tool, prompt));
            }
        }
        if (options.schema() != null) {
            return DemoReply.text(Json.text(DemoSchema.instance(options.schema(), DemoValues.of(prompt))));
        }
        return DemoReply.text(options.json() ? DemoSpeech.json(prompt) : DemoSpeech.answer(prompt));
    }

    private @Nullable DemoReply told(DemoPrompt prompt) {
        return rules.stream()
                .filter(rule -> rule.applies().test(prompt))
                .findFirst()
                .map(rule -> rule.reply().apply(prompt))
                .orElse(null);
    }

    @SuppressWarnings("unchecked") // the instance of an object schema is a map with string keys
    private static Map<String, Object> arguments(DemoTools.Offer tool, DemoPrompt prompt) {
        Map<String, Object> schema = tool.parameters();
        if (schema.isEmpty()) {
            return Map.of();
        }
        Object instance = DemoSchema.instance(schema, DemoValues.of(prompt));
        if (instance instanceof Map<?, ?> arguments) {
            return (Map<String, Object>) arguments;
        }
        throw BackendFaults.rejected(
                "the parameters of tool %s are not those of a JSON object".formatted(Quoted.of(tool.name())));
    }

    private static int promptTokens(DemoPrompt prompt) {
        int tokens = (prompt.images() + prompt.sounds()) * MEDIA_TOKENS;
        for (DemoPrompt.Message message : prompt.messages()) {
            tokens += MESSAGE_TOKENS + DemoTokens.count(message.text());
        }
        return tokens;
    }

    private static int toolTokens(JsonObject payload) {
        return payload.has("tools") ? DemoTokens.count(Json.text(payload.raw("tools"))) : 0;
    }

    /** Takes the time of one token, and counts it. */
    private void pace(TaskContext context) throws InterruptedException {
        if (!tokenDelay.isZero()) {
            pause.pause(tokenDelay);
        }
        if (context.isCancelled()) {
            throw new InterruptedException("the task was cancelled");
        }
        tokensProduced.increment();
    }

    /** The part of a request that takes time. */
    @FunctionalInterface
    private interface Work {
        Object answer() throws InterruptedException;
    }

    private record Rule(Predicate<DemoPrompt> applies, Function<DemoPrompt, DemoReply> reply) {}

    /** Waits between tokens. The default sleeps; tests may count, block or return at once. */
    @FunctionalInterface
    public interface Pause {
        /**
         * Waits.
         *
         * @param duration how long
         * @throws InterruptedException when the task was cancelled
         */
        void pause(Duration duration) throws InterruptedException;
    }

    /** Collects the settings of a demo engine. Not thread-safe. */
    public static final class Builder {
        private List<String> models = List.of(MODEL);
        private Set<Intent> intents = ALL;
        private int maxTokens = DEFAULT_MAX_TOKENS;
        private int dimensions = DEFAULT_DIMENSIONS;
        private Duration tokenDelay = Duration.ZERO;
        private Pause pause = duration -> Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
        private Clock clock = Clock.systemUTC();
        private final List<Rule> rules = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the models that are served; the first is the default. Default: {@value DemoBackend#MODEL}.
         *
         * @param names at least one name, 1 to 128 characters each, all with {@code demo} in them
         * @throws ConfigurationException if a name does not say that it is a demo, or there is none
         */
        public Builder models(String... names) {
            return models(List.of(names));
        }

        /**
         * Sets the models that are served; the first is the default. Default: {@value DemoBackend#MODEL}.
         *
         * @param names at least one name, 1 to 128 characters each, all with {@code demo} in them
         * @throws ConfigurationException if a name does not say that it is a demo, or there is none
         */
        public Builder models(List<String> names) {
            if (names.isEmpty() || names.size() > Capability.MAX_MODELS) {
                throw BackendFaults.invalidConfig(
                        "models must name 1 to %d models, names %d".formatted(Capability.MAX_MODELS, names.size()));
            }
            for (String name : names) {
                if (name.length() > ModelNames.LONGEST
                        || !name.toLowerCase(Locale.ROOT).contains("demo")) {
                    throw BackendFaults.invalidConfig(
                            "model %s must have \"demo\" in its name and at most %d characters"
                                    .formatted(Quoted.of(name), ModelNames.LONGEST));
                }
            }
            models = List.copyOf(names);
            return this;
        }

        /**
         * Sets the intents that are served. Default: chat, completion, embedding, moderation,
         * transcription and speech.
         *
         * @param served at least one of these
         * @throws ConfigurationException if another one is named, or none
         */
        public Builder intents(Intent... served) {
            Set<Intent> wanted = new LinkedHashSet<>(List.of(served));
            if (wanted.isEmpty() || !ALL.containsAll(wanted)) {
                throw BackendFaults.invalidConfig("intents must be among %s, were %s".formatted(ALL, wanted));
            }
            intents = wanted;
            return this;
        }

        /**
         * Bounds every answer, in tokens. Default: {@value DemoBackend#DEFAULT_MAX_TOKENS}.
         *
         * @throws ConfigurationException if it is below 1
         */
        public Builder maxTokens(int bound) {
            if (bound < 1) {
                throw BackendFaults.invalidConfig("maxTokens must be at least 1, was " + bound);
            }
            maxTokens = bound;
            return this;
        }

        /** Sets the length of vectors, 1 to {@value DemoBackend#MAX_DIMENSIONS}. Default: {@value DemoBackend#DEFAULT_DIMENSIONS}. */
        public Builder dimensions(int length) {
            if (length < 1 || length > MAX_DIMENSIONS) {
                throw BackendFaults.invalidConfig(
                        "dimensions must be 1 to %d, was %d".formatted(MAX_DIMENSIONS, length));
            }
            dimensions = length;
            return this;
        }

        /** Sets how long one token takes, streamed or not; an embedding takes it once for each text. Default: no time. */
        public Builder tokenDelay(Duration delay) {
            if (delay.isNegative()) {
                throw BackendFaults.invalidConfig("tokenDelay must not be negative, was " + delay);
            }
            tokenDelay = delay;
            return this;
        }

        /** Sets how the engine waits between tokens when there is a {@link #tokenDelay}. Default: the thread sleeps. */
        public Builder pause(Pause waiting) {
            pause = Objects.requireNonNull(waiting, "waiting");
            return this;
        }

        /** Sets the clock for the time stamp of answers. Default: the system's. */
        public Builder clock(Clock time) {
            clock = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Adds an answer to plain questions: the last message is the user's and its text contains a match of the
         * expression; no JSON and no tool call is demanded. Case makes no difference.
         *
         * @param regex what to look for, {@link Pattern} syntax
         * @param reply the answer
         * @throws java.util.regex.PatternSyntaxException if the expression is malformed
         */
        public Builder answer(String regex, String reply) {
            Pattern pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
            DemoReply text = DemoReply.text(reply);
            return answer(
                    prompt -> prompt.toolReplies().isEmpty()
                            && !prompt.wantsJson()
                            && !prompt.mustCallTool()
                            && pattern.matcher(prompt.userText()).find(),
                    prompt -> text);
        }

        /** Adds an answer: it is given as it is whenever the condition holds and no earlier answer applied. */
        public Builder answer(Predicate<DemoPrompt> condition, DemoReply reply) {
            Objects.requireNonNull(reply, "reply");
            return answer(condition, prompt -> reply);
        }

        /** Adds a computed answer: it is given whenever the condition holds and no earlier answer applied. */
        public Builder answer(Predicate<DemoPrompt> condition, Function<DemoPrompt, DemoReply> reply) {
            rules.add(new Rule(Objects.requireNonNull(condition, "condition"), Objects.requireNonNull(reply, "reply")));
            return this;
        }

        /** Returns the engine. */
        public DemoBackend build() {
            return new DemoBackend(this);
        }
    }
}
