package network.iicp.client;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * One of several calls for the same question: it shares what nodes are taken, so that each goes to nodes of its own. A node stays taken by the call
 * that asked it, also after it failed. Thread-safe.
 */
final class Lane {

    private final ConcurrentMap<String, Lane> owners;
    private final Function<NodeDescriptor, @Nullable String> unfit;
    private final @Nullable SubTask subTask;
    private final boolean shared;

    private Lane(
            boolean shared,
            ConcurrentMap<String, Lane> owners,
            Function<NodeDescriptor, @Nullable String> unfit,
            @Nullable SubTask subTask) {
        this.shared = shared;
        this.owners = owners;
        this.unfit = unfit;
        this.subTask = subTask;
    }

    /** Returns the lane of a call that shares nodes with nobody. */
    static Lane alone() {
        return new Lane(false, new ConcurrentHashMap<>(), node -> null, null);
    }

    /**
     * Returns the first lane of several.
     *
     * @param unfit says why a node must not be asked by any of them, {@code null} when it may
     * @param subTask what makes their tasks parts of one, or {@code null}
     */
    static Lane of(Function<NodeDescriptor, @Nullable String> unfit, @Nullable SubTask subTask) {
        return new Lane(true, new ConcurrentHashMap<>(), unfit, subTask);
    }

    /** Returns one more lane beside this one. */
    Lane another() {
        return new Lane(true, owners, unfit, subTask);
    }

    /** Returns whether there are other lanes beside this one. */
    boolean isShared() {
        return shared;
    }

    /** Takes a node; false when another lane has it. */
    boolean take(String nodeId) {
        Lane owner = owners.putIfAbsent(nodeId, this);
        return owner == null || owner == this;
    }

    /** Says why a node must not be asked here: another lane has it, or it is unfit for all; {@code null} when it may. */
    @Nullable
    String refusal(NodeDescriptor node) {
        Lane owner = owners.get(node.id());
        return owner != null && owner != this ? CallPlan.TAKEN : unfit.apply(node);
    }

    /** Returns what makes the task one of several, or {@code null}. */
    @Nullable
    SubTask subTask() {
        return subTask;
    }
}
