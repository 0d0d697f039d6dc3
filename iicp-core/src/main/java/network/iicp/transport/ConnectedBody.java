package network.iicp.transport;

import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;

/** The bytes of a request, which tells when they are asked for: that is when the connection is there. */
final class ConnectedBody implements HttpRequest.BodyPublisher {

    private final HttpRequest.BodyPublisher bytes;
    private final Runnable whenConnected;

    ConnectedBody(byte[] body, Runnable whenConnected) {
        this.bytes = HttpRequest.BodyPublishers.ofByteArray(body);
        this.whenConnected = whenConnected;
    }

    @Override
    public long contentLength() {
        return bytes.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        whenConnected.run();
        bytes.subscribe(subscriber);
    }
}
