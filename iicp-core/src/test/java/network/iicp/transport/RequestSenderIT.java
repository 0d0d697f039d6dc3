package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ways of sending; which of them a machine uses by itself depends on its processors. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class RequestSenderIT {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .build();
    private final BlockingQueue<Integer> heads = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final BodyHandler<Void> handler = answer -> {
        heads.add(answer.statusCode());
        return BodySubscribers.discarding();
    };

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    private RequestSender.Sending prepare(RequestSender sender, URI uri) {
        return sender.prepare(HttpRequest.newBuilder(uri).build(), handler, failures::add);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void headers_arrive_through_the_handler_and_nothing_fails(boolean waits) throws Exception {
        RequestSender sender = new RequestSender(client, threads, waits);
        try (RawServer server = new RawServer(peer -> {
            peer.readRequest();
            peer.send(OK);
        })) {
            for (int i = 0; i < 2 * RequestSender.MOST_WAITING; i++) {
                prepare(sender, server.uri("/")).start(i % 2 == 0);
                assertThat(heads.poll(20, TimeUnit.SECONDS)).isEqualTo(200);
            }
        }
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_peer_that_is_not_there_is_told_once(boolean waits) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        prepare(new RequestSender(client, threads, waits), URI.create("http://127.0.0.1:" + port))
                .start(false);
        assertThat(failures.poll(20, TimeUnit.SECONDS)).hasStackTraceContaining(ConnectException.class.getName());
        assertThat(heads).isEmpty();
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancelling_closes_the_connection(boolean waits) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (RawServer server = new RawServer(peer -> {
            peer.readRequest();
            asked.countDown();
            peer.awaitClose();
        })) {
            RequestSender.Sending sending = prepare(new RequestSender(client, threads, waits), server.uri("/"));
            sending.start(false);
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            sending.cancel();
            assertThat(server.sawClose()).isTrue();
        }
        assertThat(heads).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_is_cancelled_before_the_start_leaves_no_connection(boolean waits) throws Exception {
        RequestSender sender = new RequestSender(client, threads, waits);
        AtomicInteger answered = new AtomicInteger();
        try (RawServer server = new RawServer(peer -> {
            answered.incrementAndGet();
            peer.awaitClose();
        })) {
            RequestSender.Sending sending = prepare(sender, server.uri("/"));
            sending.cancel();
            sending.start(false);
            if (answered.get() > 0) {
                assertThat(server.sawClose()).isTrue();
            }
        }
        assertThat(heads).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void more_requests_than_threads_may_wait_are_all_under_way_at_once(boolean waits) throws Exception {
        int requests = RequestSender.MOST_WAITING + 20;
        RequestSender sender = new RequestSender(client, threads, waits);
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(1);
        try (RawServer server = new RawServer(peer -> {
            peer.readRequest();
            asked.incrementAndGet();
            all.await();
            peer.send(OK);
        })) {
            List<RequestSender.Sending> sendings = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                sendings.add(prepare(sender, server.uri("/")));
            }
            sendings.forEach(sending -> sending.start(false));
            await().until(() -> asked.get() == requests);
            all.countDown();
            await().until(() -> heads.size() == requests);
        }
        assertThat(failures).isEmpty();
    }
}
