package network.iicp.directory.server;

import java.time.Instant;
import java.util.Objects;
import network.iicp.protocol.NodeDescriptor;

/**
 * Everything a directory knows about one node. Immutable; a change makes a new record with the next revision.
 *
 * @param id the node's id
 * @param revision counts the changes, from 1
 * @param registeredAt its first registration
 * @param profile what it registered
 * @param credentials what it proves itself with
 * @param presence how it is now
 * @param standing what it earned
 */
public record NodeRecord(
        String id,
        long revision,
        Instant registeredAt,
        NodeProfile profile,
        NodeCredentials credentials,
        NodePresence presence,
        NodeStanding standing) {

    /** Checks that nothing is missing. */
    public NodeRecord {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(registeredAt, "registeredAt");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(credentials, "credentials");
        Objects.requireNonNull(presence, "presence");
        Objects.requireNonNull(standing, "standing");
    }

    /** Returns the first eight characters of the id. */
    public String prefix() {
        return NodeDescriptor.prefixOf(id);
    }

    /** Returns the next revision with another profile, other credentials, another presence and another standing. */
    public NodeRecord next(
            NodeProfile newProfile,
            NodeCredentials newCredentials,
            NodePresence newPresence,
            NodeStanding newStanding) {
        return new NodeRecord(id, revision + 1, registeredAt, newProfile, newCredentials, newPresence, newStanding);
    }

    /** Names the node by its prefix; never its endpoint or credentials. */
    @Override
    public String toString() {
        return "NodeRecord[%s, revision %d]".formatted(prefix(), revision);
    }
}
