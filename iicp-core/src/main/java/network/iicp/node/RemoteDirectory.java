package network.iicp.node;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import network.iicp.directory.DirectoryClient;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.RegistrationReceipt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory somewhere else, with the time each call may take.
 *
 * @param client carries the calls
 * @param nodeId the node they are made for
 */
record RemoteDirectory(DirectoryClient client, String nodeId) implements DirectoryLink {

    private static final Logger log = LoggerFactory.getLogger(RemoteDirectory.class);

    /** Directories that dial back before they answer take up to 5 s for that. */
    private static final Duration REGISTER = Duration.ofSeconds(12);

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration DEREGISTER = Duration.ofSeconds(2);
    private static final Duration KEY = Duration.ofSeconds(2);
    private static final Duration AWARD = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofSeconds(2);

    @Override
    public String origin() {
        URI url = client.url();
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return url.getScheme() + "://" + url.getHost() + port;
    }

    @Override
    public RegistrationReceipt register(NodeRegistration registration) throws InterruptedException {
        return await(client.register(registration, Deadline.after(REGISTER)));
    }

    @Override
    public HeartbeatReply heartbeat(String token, Heartbeat heartbeat) throws InterruptedException {
        return await(client.heartbeat(nodeId, token, heartbeat, Deadline.after(HEARTBEAT)));
    }

    @Override
    public void deregister(String token) throws InterruptedException {
        await(client.deregister(nodeId, token, Deadline.after(DEREGISTER)));
    }

    @Override
    public CompletableFuture<Void> award(String token, Map<String, Object> body) {
        return client.award(nodeId, token, body, Deadline.after(AWARD));
    }

    @Override
    public RecoveryCheck.Presence presence() throws InterruptedException {
        try {
            boolean shown =
                    await(client.registryNode(nodeId, Deadline.after(LOOK))).isPresent();
            return shown ? RecoveryCheck.Presence.PRESENT : RecoveryCheck.Presence.ABSENT;
        } catch (IicpException e) {
            log.debug("directory {} does not say whether it shows the node: {}", origin(), e.getMessage());
            return RecoveryCheck.Presence.UNKNOWN;
        }
    }

    @Override
    public Optional<byte[]> publicKey() {
        try {
            return Optional.of(await(client.directoryKey(Deadline.after(KEY))));
        } catch (IicpException e) {
            log.debug("directory {} does not tell its key: {}", origin(), e.getMessage());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> call) throws InterruptedException {
        try {
            return call.get();
        } catch (InterruptedException e) {
            call.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IicpException known) {
                throw known;
            }
            throw IicpException.of(
                    IicpError.of(
                            ErrorCode.PROTOCOL_ERROR, ErrorComponent.DIRECTORY, "the call to the directory failed"),
                    e);
        }
    }
}
