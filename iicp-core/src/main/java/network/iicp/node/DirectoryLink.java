package network.iicp.node;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.RegistrationReceipt;

/**
 * The calls a node makes to its directory, one at a time. Unless said otherwise each blocks for a bounded time and fails with an
 * {@link network.iicp.protocol.IicpException}.
 */
interface DirectoryLink {

    /** Returns scheme, host and port of the directory. */
    String origin();

    RegistrationReceipt register(NodeRegistration registration) throws InterruptedException;

    HeartbeatReply heartbeat(String token, Heartbeat heartbeat) throws InterruptedException;

    void deregister(String token) throws InterruptedException;

    /**
     * Asks for the credits of a task, without blocking.
     *
     * @param body the signed receipt
     */
    CompletableFuture<Void> award(String token, Map<String, Object> body);

    /** Returns whether the directory shows the node to those who look for it. Never throws an exception of the family. */
    RecoveryCheck.Presence presence() throws InterruptedException;

    /** Returns the key the directory signs with; empty when it does not say. Never throws. */
    Optional<byte[]> publicKey();
}
