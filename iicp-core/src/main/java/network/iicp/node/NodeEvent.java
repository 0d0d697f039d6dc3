package network.iicp.node;

import java.net.URI;
import java.time.Duration;
import network.iicp.protocol.Intent;

/** A step in the life of a node. Never holds payloads, results or credentials. */
public sealed interface NodeEvent {

    /**
     * The node is bound and takes tasks.
     *
     * @param address where it listens
     */
    record Started(URI address) implements NodeEvent {}

    /**
     * A directory lists the node: for the first time, or again after it had forgotten it or the offer changed.
     *
     * @param directory scheme, host and port of the directory
     * @param endpoint where consumers are told to send tasks
     */
    record Registered(String directory, URI endpoint) implements NodeEvent {}

    /**
     * The directory cannot be reached or refuses the node. Told once; the node keeps serving and trying.
     *
     * @param directory scheme, host and port of the directory
     * @param reason why, for a person
     */
    record DirectoryLost(String directory, String reason) implements NodeEvent {}

    /**
     * The directory answers again.
     *
     * @param directory scheme, host and port of the directory
     * @param outage how long it did not
     */
    record DirectoryRecovered(String directory, Duration outage) implements NodeEvent {}

    /**
     * A task that had been accepted has ended.
     *
     * @param taskId the task
     * @param intent what was wanted
     * @param outcome {@code success}, or the code of the failure
     * @param elapsed from its arrival to its end
     * @param tokens tokens the engine counted, or -1 when it did not say
     * @param encrypted whether it came sealed
     * @param streamed whether it was answered with events
     */
    record TaskEnded(
            String taskId,
            Intent intent,
            String outcome,
            Duration elapsed,
            int tokens,
            boolean encrypted,
            boolean streamed)
            implements NodeEvent {}

    /**
     * A task was refused before it was executed.
     *
     * @param code the code of the refusal
     */
    record TaskRefused(String code) implements NodeEvent {}

    /**
     * The node takes no new tasks.
     *
     * @param activeTasks tasks it still works on
     */
    record Draining(int activeTasks) implements NodeEvent {}

    /** Everything is closed. */
    record Stopped() implements NodeEvent {}
}
