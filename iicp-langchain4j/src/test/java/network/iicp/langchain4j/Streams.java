package network.iicp.langchain4j;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;

/** Streams and answers of the mesh, made by hand. */
final class Streams {

    static final Provenance PROVENANCE = new Provenance(
            "0b7c1f0e-0000-4000-8000-000000000001",
            "3f2a91c0",
            "local",
            "iicp-demo",
            true,
            true,
            "0af7651916cd43dd8448eb211c80319c",
            List.of(new Attempt(1, "3f2a91c0", "first_choice", Attempt.SUCCESS, java.time.Duration.ofMillis(3))));

    private Streams() {}

    static ChatResult result(String text, ToolCall... calls) {
        return result(new ChatMessage.Assistant(text, null, null, List.of(calls)), FinishReason.STOP, Usage.of(3, 5));
    }

    static ChatResult result(ChatMessage.Assistant message, FinishReason reason, Usage usage) {
        return new ChatResult(
                "answer-1", "iicp-demo", List.of(new ChatResult.Choice(0, message, reason)), usage, PROVENANCE);
    }

    /** A stream of this many events: texts, and the whole answer last. */
    static Flow.Publisher<ChatEvent> ofEvents(long count) {
        Stream<ChatEvent> texts = LongStream.range(1, count).mapToObj(i -> new ChatEvent.TextDelta("word " + i));
        Stream<ChatEvent> end = count == 0 ? Stream.empty() : Stream.of(new ChatEvent.Completed(result("words")));
        return of(Stream.concat(texts, end).iterator());
    }

    static Flow.Publisher<ChatEvent> of(ChatEvent... events) {
        return subscriber -> of(List.of(events).iterator()).subscribe(subscriber);
    }

    private static Flow.Publisher<ChatEvent> of(Iterator<ChatEvent> events) {
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private boolean over;

            @Override
            public void request(long n) {
                for (long i = 0; i < n && !over && events.hasNext(); i++) {
                    ChatEvent event = events.next();
                    subscriber.onNext(event);
                }
                if (!over && !events.hasNext()) {
                    over = true;
                    subscriber.onComplete();
                }
            }

            @Override
            public void cancel() {
                over = true;
            }
        });
    }
}
