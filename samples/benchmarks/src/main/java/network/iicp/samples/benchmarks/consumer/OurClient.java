package network.iicp.samples.benchmarks.consumer;

import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import network.iicp.IicpClient;
import network.iicp.client.Encryption;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;

/** The client of this library with its default settings, except for encryption. */
final class OurClient implements AutoCloseable {

    private final IicpClient client;
    private final ChatRequest request;
    private final boolean encrypted;

    OurClient(URI directory, Encryption encryption, ChatRequest request) {
        this.client = IicpClient.builder()
                .directoryUrl(directory)
                .encryption(encryption)
                .build();
        this.request = request;
        this.encrypted = encryption == Encryption.REQUIRED;
    }

    void chat() {
        if (client.chat(request).provenance().encrypted() != encrypted) {
            throw new IllegalStateException("the call was not as asked: encrypted must be " + encrypted);
        }
    }

    /**
     * Streams a chat to its end.
     *
     * @return the time from the call to the first text, in nanoseconds
     */
    long stream() throws Exception {
        FirstText reader = new FirstText();
        client.chatStream(request).subscribe(reader);
        return reader.done.get();
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class FirstText implements Flow.Subscriber<ChatEvent> {

        private final long start = System.nanoTime();
        private final CompletableFuture<Long> done = new CompletableFuture<>();
        private long first;

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ChatEvent event) {
            if (first == 0 && event instanceof ChatEvent.TextDelta) {
                first = System.nanoTime() - start;
            }
        }

        @Override
        public void onError(Throwable fault) {
            done.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            done.complete(first);
        }
    }
}
