package network.iicp.springai;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/**
 * A chat model that is whichever node of the mesh can serve the conversation now.
 *
 * <pre>{@code
 * ChatModel model = IicpChatModel.builder().client(client).build();
 * String answer = model.call("Hello from IICP!");
 * }</pre>
 *
 * <p>Takes any {@code ChatOptions}: none means the defaults given to the builder; {@link IicpChatOptions} hold as they
 * are, so begin them with {@code model.getOptions().mutate()} to keep the defaults, as {@code ChatClient} does; the
 * portable part of any others goes over the defaults, with their tools and output schema. Tool definitions are
 * sent along and tool calls come back, also when streaming, each as a whole on the last chunk; running them is up to
 * {@code ChatClient}. {@link IicpMetadata} tells which node answered.
 *
 * <p>Failures are {@link network.iicp.protocol.IicpException}s, thrown by {@link #call} and signalled by
 * {@link #stream}; what the mesh cannot carry, an option out of range or a medium it does not know, is an
 * {@link IllegalArgumentException} before anything is sent. There is no retry here, since the client fails over
 * already.
 *
 * <p>Thread-safe. The client is not closed with the model; it may serve others.
 */
public final class IicpChatModel implements ChatModel {

    /** What observations name as the provider. */
    static final String PROVIDER = "iicp";

    private static final ChatModelObservationConvention DEFAULT_CONVENTION =
            new DefaultChatModelObservationConvention();

    private final IicpClient client;
    private final IicpChatOptions options;
    private final ToolCallingManager tools;
    private final ObservationRegistry observations;
    private final ChatModelObservationConvention convention;

    private IicpChatModel(Builder from, IicpClient client) {
        this.client = client;
        this.options = from.options;
        this.tools = from.tools;
        this.observations = from.observations;
        this.convention = from.convention;
        // A default out of range is found here, not by the first user.
        request(new Prompt(new UserMessage(""), options), options);
    }

    /** Returns a builder; only the client is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options of calls that bring none; {@code ChatClient} starts from them. */
    @Override
    public IicpChatOptions getOptions() {
        return options;
    }

    /**
     * Continues the conversation and waits for the whole answer.
     *
     * @throws network.iicp.protocol.IicpException if no node answers inside the time limit
     * @throws IllegalArgumentException if the mesh cannot carry the prompt
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        IicpChatOptions wanted = Mapping.options(prompt.getOptions(), options);
        Prompt asked = new Prompt(prompt.getInstructions(), wanted);
        ChatRequest request = request(asked, wanted);
        ChatModelObservationContext observed = ChatModelObservationContext.builder()
                .prompt(asked)
                .provider(PROVIDER)
                .build();
        return Objects.requireNonNull(observation(observed).observe(() -> {
            ChatResponse response = Mapping.response(client.chat(request, wanted.routing()));
            observed.setResponse(response);
            return response;
        }));
    }

    /**
     * Continues the conversation and delivers the answer as it comes: chunks of text and thoughts, then one last chunk
     * with the tool calls, finish reason, usage and origin. Every subscriber starts a call of its own. Cancelling stops
     * the node, and nothing is read from it while there is no demand.
     *
     * <p>A failure before the first content goes to the next node; after it the stream ends in
     * {@link network.iicp.protocol.StreamInterruptedException}. Chunks arrive on threads of the client, which must not
     * be blocked for long; {@code ChatClient} moves them elsewhere.
     */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(context -> {
            IicpChatOptions wanted = Mapping.options(prompt.getOptions(), options);
            Prompt asked = new Prompt(prompt.getInstructions(), wanted);
            Flow.Publisher<ChatEvent> events = client.chatStream(request(asked, wanted), wanted.routing());
            ChatModelObservationContext observed = ChatModelObservationContext.builder()
                    .prompt(asked)
                    .provider(PROVIDER)
                    .streaming(true)
                    .build();
            Observation observation = observation(observed);
            Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
            if (parent != null) {
                observation.parentObservation(parent);
            }
            return observed(events, observation.start(), observed);
        });
    }

    /**
     * The observation ends before the subscriber hears of the end, so that its parent, which ends then, outlives it.
     */
    private static Flux<ChatResponse> observed(
            Flow.Publisher<ChatEvent> events, Observation observation, ChatModelObservationContext observed) {
        AtomicBoolean stopped = new AtomicBoolean();
        Runnable stop = () -> {
            if (stopped.compareAndSet(false, true)) {
                observation.stop();
            }
        };
        return JdkFlowAdapter.flowPublisherToFlux(within(events, observation))
                .<ChatResponse>handle((event, sink) -> chunk(event, sink, observed))
                .doOnError(observation::error)
                .doOnTerminate(stop)
                .doOnCancel(stop)
                .contextWrite(written -> written.put(ObservationThreadLocalAccessor.KEY, observation));
    }

    /** The call of the client begins with the subscription, and finds the observation that it belongs to. */
    private static Flow.Publisher<ChatEvent> within(Flow.Publisher<ChatEvent> events, Observation observation) {
        return subscriber -> observation.scoped(() -> events.subscribe(subscriber));
    }

    /** Fragments of tool calls are not passed on: the last event has the calls as a whole. */
    private static void chunk(
            ChatEvent event, SynchronousSink<ChatResponse> sink, ChatModelObservationContext observed) {
        if (event instanceof ChatEvent.TextDelta delta) {
            sink.next(Mapping.textChunk(delta.text()));
        } else if (event instanceof ChatEvent.ReasoningDelta delta) {
            sink.next(Mapping.reasoningChunk(delta.text()));
        } else if (event instanceof ChatEvent.Completed end) {
            observed.setResponse(Mapping.response(end.result()));
            sink.next(Mapping.lastChunk(end.result()));
        }
    }

    private ChatRequest request(Prompt asked, IicpChatOptions wanted) {
        ToolCallingChatOptions.validateToolCallbacks(wanted.getToolCallbacks());
        return Mapping.request(asked.getInstructions(), wanted, tools.resolveToolDefinitions(wanted));
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, DEFAULT_CONVENTION, () -> context, observations);
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder {
        private @Nullable IicpClient client;
        private IicpChatOptions options = IicpChatOptions.builder().build();
        private ToolCallingManager tools = ToolCallingManager.builder().build();
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private ChatModelObservationConvention convention = DEFAULT_CONVENTION;

        private Builder() {}

        /** Sets the client that reaches the mesh. Needed. */
        public Builder client(IicpClient meshClient) {
            this.client = Objects.requireNonNull(meshClient, "meshClient");
            return this;
        }

        /** Sets the options of calls that bring none; nothing set unless given. */
        public Builder options(IicpChatOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "defaults");
            return this;
        }

        /** Sets who turns tool callbacks into the definitions that are sent; Spring AI's own unless given. */
        public Builder toolCallingManager(ToolCallingManager manager) {
            this.tools = Objects.requireNonNull(manager, "manager");
            return this;
        }

        /** Sets where calls are observed; nowhere unless given. */
        public Builder observationRegistry(ObservationRegistry registry) {
            this.observations = Objects.requireNonNull(registry, "registry");
            return this;
        }

        /** Sets how observations are named and tagged; as Spring AI does unless given. */
        public Builder observationConvention(ChatModelObservationConvention naming) {
            this.convention = Objects.requireNonNull(naming, "naming");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalStateException if the client is missing, or two tools of the options have one name
         * @throws IllegalArgumentException if a default option is out of range; the message names it
         */
        public IicpChatModel build() {
            if (client == null) {
                throw new IllegalStateException("a chat model needs a client: IicpChatModel.builder().client(...)");
            }
            return new IicpChatModel(this, client);
        }
    }
}
