package network.iicp.node;

import java.util.ArrayList;
import java.util.List;
import network.iicp.protocol.Intent;
import network.iicp.protocol.cooperation.SubTask;
import network.iicp.protocol.wire.TaskEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * A task that passed the envelope gates and is the first of its id: everything that is known about it on its way through capacity,
 * decryption and execution. Used by one thread at a time.
 */
final class Admitted {

    private final InboundTask inbound;
    private final TaskEnvelope envelope;
    private final @Nullable SubTask subTask;
    private final Caller caller;
    private final Carrier carrier;
    private final ReplyCache.Entry entry;
    private final Digest digest;
    private final List<String> guarded = new ArrayList<>(2);
    private volatile @Nullable Sealer sealer;

    Admitted(
            InboundTask inbound,
            TaskEnvelope envelope,
            @Nullable SubTask subTask,
            Caller caller,
            Carrier carrier,
            ReplyCache.Entry entry,
            Digest digest) {
        this.inbound = inbound;
        this.envelope = envelope;
        this.subTask = subTask;
        this.caller = caller;
        this.carrier = carrier;
        this.entry = entry;
        this.digest = digest;
    }

    InboundTask inbound() {
        return inbound;
    }

    TaskEnvelope envelope() {
        return envelope;
    }

    String taskId() {
        return envelope.taskId();
    }

    Intent intent() {
        return envelope.intent();
    }

    /** Returns what marks it as part of a larger task, or {@code null} if it came directly. */
    @Nullable
    SubTask subTask() {
        return subTask;
    }

    Caller caller() {
        return caller;
    }

    /** Returns whose quota it uses, or {@code null} for the operator, who has none. */
    @Nullable
    String account() {
        return caller.account(inbound.source());
    }

    Carrier carrier() {
        return carrier;
    }

    ReplyCache.Entry entry() {
        return entry;
    }

    Digest digest() {
        return digest;
    }

    /** Returns what was noted at the replay guard. */
    List<String> guarded() {
        return guarded;
    }

    /** Seals from now on what goes back. */
    void sealWith(Sealer means) {
        sealer = means;
    }

    /** Returns what seals the answer, or {@code null} when it goes in clear. */
    @Nullable
    Sealer sealer() {
        return sealer;
    }
}
