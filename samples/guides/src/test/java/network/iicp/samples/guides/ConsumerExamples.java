package network.iicp.samples.guides;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import network.iicp.client.Consensus;
import network.iicp.client.CooperationOutcome;
import network.iicp.client.DirectorySettings;
import network.iicp.client.Hedging;
import network.iicp.client.RouteExplanation;
import network.iicp.client.RuntimeIdentity;
import network.iicp.client.TimeLimits;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.micrometer.MicrometerCalls;
import network.iicp.micrometer.MicrometerMetrics;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.classification.ClassificationRequest;
import network.iicp.protocol.classification.ClassificationResult;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import network.iicp.protocol.summarization.SummaryFormat;
import network.iicp.protocol.summarization.SummaryRequest;
import network.iicp.protocol.summarization.SummaryResult;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;
import network.iicp.protocol.translation.TranslationRequest;
import network.iicp.protocol.translation.TranslationResult;
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.RoutingEvent;

/** The examples of docs/consumer.md and docs/errors.md. */
final class ConsumerExamples {

    private ConsumerExamples() {}

    static IicpClient client(String directoryUrl) {
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .region("eu-central")
                .timeLimits(TimeLimits.DEFAULT.withTotal(Duration.ofSeconds(60)))
                .routingStrategy(RoutingStrategy.WEIGHTED)
                .build();
        return client;
    }

    static IicpClient directories(String keyOfTheDirectory) {
        IicpClient client = IicpClient.builder()
                .directories(List.of(
                        DirectorySettings.builder("https://mesh.example.org/api")
                                .publicKey(keyOfTheDirectory)
                                .build(),
                        DirectorySettings.of("https://mesh.example.net/api")))
                .build();
        return client;
    }

    static IicpClient pinned(String directoryUrl) {
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .pinnedKeys(Map.of("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e", "cx-aaa8fff703b50b22"))
                .build();
        return client;
    }

    static ChatResult chat(IicpClient client) {
        ChatResult reply = client.chat(ChatRequest.builder()
                .system("Answer in one sentence.")
                .user("What is a mesh network?")
                .maxTokens(200)
                .build());
        System.out.println(reply.text());
        System.out.println(reply.usage().totalTokens());
        System.out.println(reply.provenance());
        return reply;
    }

    static void cancel(IicpClient client) {
        CompletableFuture<ChatResult> reply = client.chatAsync(ChatRequest.of("Write a long story."));
        reply.cancel(true); // aborts the exchange and tells the node
    }

    static EmbeddingResult embed(IicpClient client) {
        EmbeddingResult vectors = client.embed(EmbeddingRequest.of("first text", "second text"));
        float[] first = vectors.vectors().get(0);
        System.out.println(first.length);
        return vectors;
    }

    static ModerationResult moderate(IicpClient client) {
        ModerationResult result = client.moderate(ModerationRequest.of("first text", "second text"));
        if (result.flagged()) {
            result.verdicts().forEach(verdict -> System.out.println(verdict.categories()));
        }
        return result;
    }

    static TranscriptionResult speech(IicpClient client) {
        SpeechResult speech = client.speak(
                SpeechRequest.of("Good morning.").withVoice("alloy").withFormat(SpeechFormat.WAV));
        TranscriptionResult text = client.transcribe(
                TranscriptionRequest.of(speech.audio(), "morning.wav").withLanguage("en"));
        return text;
    }

    static SummaryResult emulated(IicpClient client) {
        SummaryResult summary = client.summarize(SummaryRequest.of("A long report.")
                .withFormat(SummaryFormat.BULLETS)
                .withMaxLength(60));
        ClassificationResult mood =
                client.classify(ClassificationRequest.of("Great, thank you!", "praise", "complaint"));
        TranslationResult german = client.translate(TranslationRequest.of("Good morning.", "de"));
        System.out.println(summary.provenance().emulated());
        System.out.println(mood.categories() + german.text());
        return summary;
    }

    static TaskResult submit(IicpClient client) {
        Intent invoices = Intent.parse("urn:iicp:intent:x.acme:invoice-classify:v1");
        TaskResult result = client.submit(Task.of(invoices, Map.of("text", "Invoice no. 4711, 3 laptops")));
        System.out.println(result.result());
        return result;
    }

    static ChatResult identity(IicpClient client) {
        ChatResult result = client.chat(
                ChatRequest.of("Which model are you?"), CallOptions.DEFAULT.withRuntimeIdentity(RuntimeIdentity.AUTO));
        return result;
    }

    static ChatResult options(IicpClient client) {
        CallOptions options = CallOptions.DEFAULT
                .withTotal(Duration.ofSeconds(20))
                .withMaxAttempts(2)
                .withMinReputation(0.4);
        return client.chat(ChatRequest.of("Hello"), options);
    }

    static ChatResult policy(IicpClient client) {
        RoutingPolicy policy = RoutingPolicy.profile(RoutingPolicy.Profile.STRICT_POLICY)
                .regions(List.of("eu"))
                .minManifestIdentity(RoutingPolicy.ManifestIdentity.OPERATOR_BOUND)
                .build();
        return client.chat(ChatRequest.of("Hello"), CallOptions.DEFAULT.withRoutingPolicy(policy));
    }

    static IicpClient ranking(String directoryUrl) {
        CandidateRanker ranker = (request, intent, candidates) -> candidates.stream()
                .filter(candidate -> "healthy".equals(candidate.healthLabel()))
                .findFirst()
                .map(best -> new CandidateRanker.Decision(
                        best.candidateRef(), "healthy-first", CandidateRanker.Mode.NORMAL));
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .candidateRanker(ranker)
                .build();
        return client;
    }

    static RouteExplanation explain(IicpClient client) {
        RouteExplanation explanation = client.explain(ChatRequest.of("Hello"), CallOptions.DEFAULT);
        System.out.println(explanation);
        for (RouteExplanation.Candidate candidate : explanation.candidates()) {
            System.out.println(candidate.node() + " " + candidate.leftOut().orElse("rank " + candidate.rank()));
        }
        return explanation;
    }

    static TaskResult once(IicpClient client, Task task) {
        return client.submit(task, CallOptions.DEFAULT.withIdempotent(false));
    }

    static List<CallOptions> hedging() {
        CallOptions afterTwoSeconds = CallOptions.DEFAULT.withHedging(Hedging.after(Duration.ofSeconds(2)));
        CallOptions afterTheUsualTime = CallOptions.DEFAULT.withHedging(Hedging.afterP95());
        return List.of(afterTwoSeconds, afterTheUsualTime);
    }

    static ChatResult vote(IicpClient client) {
        Consensus vote = Consensus.majorityOf3()
                .withEquality((first, second) -> first.result().equals(second.result()));
        return client.chat(ChatRequest.of("What is the capital of France?"), CallOptions.DEFAULT.withConsensus(vote));
    }

    static IicpClient cooperating(String directoryUrl) {
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .cooperation(CooperationSettings.builder()
                        .enabled(true)
                        .maxCreditsPerTask(20)
                        .minReputation(0.4)
                        .build())
                .build();
        return client;
    }

    static TaskResult cooperate(IicpClient client, Task question) {
        CooperationOutcome outcome = client.cooperate(question, CooperationRequest.majorityOf(3), CallOptions.DEFAULT);
        System.out.println(outcome.aggregation());
        return outcome.orThrow();
    }

    static List<NodeDescriptor> discover(IicpClient client) {
        List<NodeDescriptor> nodes = client.discover(DiscoverQuery.builder(Intent.LLM_CHAT)
                .minReputation(0.4)
                .limit(5)
                .build());
        nodes.forEach(System.out::println);
        return nodes;
    }

    /** Prints a stream as it comes. */
    static final class Printer implements Flow.Subscriber<ChatEvent> {
        final CompletableFuture<ChatResult> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE); // subscription.cancel() stops the node
        }

        @Override
        public void onNext(ChatEvent event) {
            if (event instanceof ChatEvent.TextDelta delta) {
                System.out.print(delta.text());
            } else if (event instanceof ChatEvent.Completed completed) {
                end.complete(completed.result());
            }
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {}
    }

    static ChatResult stream(IicpClient client) {
        Printer printer = new Printer();
        client.chatStream(ChatRequest.of("Tell me a story.")).subscribe(printer);
        ChatResult whole = printer.end.join();
        return whole;
    }

    static String interrupted(Printer printer) {
        try {
            return printer.end.join().text();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StreamInterruptedException cut) {
                return cut.textSoFar() + " …";
            }
            throw e;
        }
    }

    static ChatResult continued(IicpClient client) {
        Printer printer = new Printer();
        CallOptions options = CallOptions.DEFAULT.withContinueInterrupted(true);
        client.chatStream(ChatRequest.of("Tell me a story."), options).subscribe(printer);
        return printer.end.join();
    }

    static void completions(IicpClient client, Flow.Subscriber<CompletionEvent> subscriber) {
        CompletionRequest request = CompletionRequest.of("The sky over the port");
        client.completeStream(request, CallOptions.DEFAULT).subscribe(subscriber);
    }

    static IicpClient listening(String directoryUrl) {
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .listener(event -> {
                    if (event instanceof RoutingEvent.AttemptFailed failed) {
                        System.out.println("node " + failed.node() + " failed: " + failed.code());
                    }
                })
                .build();
        return client;
    }

    static String errors(IicpClient client) {
        try {
            return client.chat(ChatRequest.of("Hello")).text();
        } catch (NoProviderException e) {
            return "Nobody can answer now: " + e.getMessage();
        } catch (CapacityException e) {
            return "All are busy; try again in " + e.retryAfter().orElse(Duration.ofSeconds(10));
        } catch (IicpException e) {
            return e.code() + " from the " + e.component() + ": " + e.getMessage();
        }
    }

    static IicpClient observed(String directoryUrl, ObservationRegistry observations, MeterRegistry registry) {
        MicrometerCalls observed = new MicrometerCalls(observations);
        IicpClient client = IicpClient.builder()
                .directoryUrl(directoryUrl)
                .listener(observed)
                .traceSource(observed)
                .metrics(new MicrometerMetrics(registry))
                .build();
        return client;
    }
}
