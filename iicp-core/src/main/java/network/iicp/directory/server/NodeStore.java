package network.iicp.directory.server;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a directory keeps its nodes. Thread-safe. A record is never changed in place: it is replaced by a newer one, and
 * only if nobody replaced it in between, so several directories may share one store.
 */
public interface NodeStore {

    /** What became of a new record. */
    enum Insertion {
        /** It is stored. */
        DONE,
        /** The id is taken. */
        EXISTS,
        /** There is no room. */
        FULL
    }

    /** Returns the node with this id. */
    Optional<NodeRecord> find(String id);

    /** Returns the node whose current token has this SHA-256, in lower-case hex. */
    Optional<NodeRecord> findByToken(String tokenSha256);

    /**
     * Returns nodes whose id begins with a prefix, by id.
     *
     * @param prefix at least one character
     * @param most how many to return at most
     */
    List<NodeRecord> findByPrefix(String prefix, int most);

    /** Returns every node that registered a capability for the intent, live or not, by id. */
    List<NodeRecord> serving(String intent);

    /** Returns every node, by id. */
    List<NodeRecord> all();

    /** Returns how many nodes there are. */
    int count();

    /** Returns how many nodes registered from this address and were heard of since then. */
    int countFrom(String sourceAddress, Instant since);

    /** Stores a node whose id is not taken. */
    Insertion insert(NodeRecord record);

    /**
     * Puts {@code next} in the place of {@code current}, with all indexes, in one step.
     *
     * @param current the record as it was read
     * @param next the record with the same id and the next revision
     * @return whether it was done; {@code false} when the stored record has another revision, or is gone
     */
    boolean replace(NodeRecord current, NodeRecord next);

    /** Removes the record if it is still the stored one; returns whether it was. */
    boolean remove(NodeRecord current);

    /** Removes every node that was not heard of since then, and returns how many. */
    int removeSilentSince(Instant since);
}
