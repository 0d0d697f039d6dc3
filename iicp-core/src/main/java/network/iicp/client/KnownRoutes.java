package network.iicp.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered for one query. Immutable; times are those of a monotonic clock.
 *
 * @param nodes the nodes with the end of their use, best first; empty when there are none
 * @param ticketed whether tickets name them
 * @param atNanos when they were named
 * @param disproved whether one of them did not behave as described, so that the directory is asked before they are used
 * @param standby the list of a directory that issues tickets, for times in which no more can be had
 * @param standbyAtNanos when that was named
 */
record KnownRoutes(
        List<Timed> nodes,
        boolean ticketed,
        long atNanos,
        boolean disproved,
        List<NodeDescriptor> standby,
        long standbyAtNanos) {

    /** Before the end of a ticket, when a new one is taken while the old one is still used. */
    private static final long AHEAD_NANOS = Duration.ofSeconds(20).toNanos();

    private static final long STALE_WHILE_REVALIDATE_NANOS = ClientSettings.STALE_WHILE_REVALIDATE.toNanos();

    /** How it stands with the nodes. */
    enum State {
        /** They are used. */
        FRESH,
        /** They are used, and asked for anew meanwhile. */
        AGEING,
        /** They are asked for anew first. */
        OLD
    }

    /** A node and the end of its use. */
    record Timed(NodeDescriptor node, long untilNanos) {}

    KnownRoutes {
        nodes = List.copyOf(nodes);
        standby = List.copyOf(standby);
    }

    /** What a directory said just now; a ticket leaves the others that are still good behind it, and the list. */
    static KnownRoutes of(Named named, @Nullable KnownRoutes before, long now) {
        List<Timed> nodes = new ArrayList<>();
        long until = now + named.usableFor().toNanos();
        named.nodes().forEach(node -> nodes.add(new Timed(node, until)));
        if (before == null || !named.ticketed()) {
            return new KnownRoutes(nodes, named.ticketed(), now, false, List.of(), now);
        }
        if (before.ticketed() && !before.disproved() && !named.nodes().isEmpty()) {
            before.nodes().stream()
                    .filter(timed -> timed.untilNanos() - now > 0 && !contains(nodes, timed.node()))
                    .forEach(nodes::add);
        }
        return new KnownRoutes(nodes, true, now, false, before.standby(), before.standbyAtNanos());
    }

    private static boolean contains(List<Timed> nodes, NodeDescriptor node) {
        return nodes.stream().anyMatch(timed -> timed.node().id().equals(node.id()));
    }

    /** The same with one more node behind the others. */
    KnownRoutes with(Named further, long now) {
        List<Timed> all = new ArrayList<>(nodes);
        long until = now + further.usableFor().toNanos();
        further.nodes().stream()
                .filter(node -> !contains(nodes, node))
                .forEach(node -> all.add(new Timed(node, until)));
        return new KnownRoutes(all, ticketed, atNanos, disproved, standby, standbyAtNanos);
    }

    /** The same with nodes that were known before and are not named now behind those that are; beside tickets they stand by. */
    KnownRoutes keeping(List<NodeDescriptor> earlier) {
        if (ticketed) {
            List<NodeDescriptor> all = new ArrayList<>(standby);
            earlier.stream()
                    .filter(node ->
                            standby.stream().noneMatch(known -> known.id().equals(node.id())))
                    .forEach(all::add);
            return withStandby(all, standbyAtNanos);
        }
        List<Timed> all = new ArrayList<>(nodes);
        long until = nodes.isEmpty() ? atNanos : nodes.get(0).untilNanos();
        earlier.stream().filter(node -> !contains(nodes, node)).forEach(node -> all.add(new Timed(node, until)));
        return new KnownRoutes(all, false, atNanos, disproved, standby, standbyAtNanos);
    }

    KnownRoutes withStandby(List<NodeDescriptor> list, long now) {
        return new KnownRoutes(nodes, ticketed, atNanos, disproved, list, now);
    }

    /** Kept for the case that the directory does not answer, but asked for anew. */
    KnownRoutes disprove() {
        return new KnownRoutes(nodes, ticketed, atNanos, true, standby, standbyAtNanos);
    }

    Duration age(long now) {
        return Duration.ofNanos(Math.max(0, now - atNanos));
    }

    /** Returns the nodes that may be used without asking. */
    List<NodeDescriptor> usable(long now) {
        return nodes.stream()
                .filter(timed -> timed.untilNanos() - now > 0)
                .map(Timed::node)
                .toList();
    }

    /** Returns every node that was named, those of the list last. */
    List<NodeDescriptor> all() {
        List<NodeDescriptor> all =
                new ArrayList<>(nodes.stream().map(Timed::node).toList());
        standby.stream().filter(node -> !contains(nodes, node)).forEach(all::add);
        return all;
    }

    /** Returns those of the list that are not among some. */
    List<NodeDescriptor> standbyWithout(Collection<String> ids) {
        return standby.stream().filter(node -> !ids.contains(node.id())).toList();
    }

    State state(long now) {
        if (disproved) {
            return State.OLD;
        }
        if (nodes.isEmpty()) {
            return now - atNanos < Named.NOTHING_FRESH.toNanos() ? State.FRESH : State.OLD;
        }
        long left = nodes.get(0).untilNanos() - now;
        if (ticketed) {
            if (left > 0) {
                return left > AHEAD_NANOS ? State.FRESH : State.AGEING;
            }
            return usable(now).isEmpty() ? State.OLD : State.AGEING;
        }
        if (left > 0) {
            return State.FRESH;
        }
        return left + STALE_WHILE_REVALIDATE_NANOS > 0 ? State.AGEING : State.OLD;
    }
}
