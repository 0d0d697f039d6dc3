package network.iicp.node;

import java.net.URI;
import java.time.Duration;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

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

    /** What a node calls its directory for. */
    enum DirectoryCall {
        /** To be listed for the first time. */
        REGISTER,
        /** To be listed anew, because the directory forgot it or the offer changed. */
        REREGISTER,
        /** To say that it lives. */
        HEARTBEAT,
        /** To be taken off the list. */
        DEREGISTER
    }

    /**
     * The directory was called.
     *
     * @param directory scheme, host and port of the directory
     * @param call what for
     * @param failure code of the failure, or {@code null} when the directory took it
     */
    record DirectoryCalled(
            String directory, DirectoryCall call, @Nullable String failure) implements NodeEvent {}

    /**
     * A task is handed to its engine or handler. Told on the thread that works on it, before it does.
     *
     * @param taskId the task
     * @param intent what is wanted
     * @param encrypted whether it came sealed
     * @param streamed whether it is answered with events
     * @param qos how urgent it is; {@code best-effort} when it does not say
     * @param trace the trace of its consumer, or {@code null}
     */
    record TaskStarted(
            String taskId,
            Intent intent,
            boolean encrypted,
            boolean streamed,
            Qos qos,
            @Nullable TraceContext trace) implements NodeEvent {}

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
     * @param qos how urgent it was; {@code best-effort} when it did not say
     */
    record TaskEnded(
            String taskId,
            Intent intent,
            String outcome,
            Duration elapsed,
            int tokens,
            boolean encrypted,
            boolean streamed,
            Qos qos)
            implements NodeEvent {

        /** The outcome of a task that was answered. */
        public static final String SUCCESS = "success";

        /** Returns whether the task was answered with a result. */
        public boolean isSuccess() {
            return outcome.equals(SUCCESS);
        }
    }

    /**
     * An engine or handler is done with a task, whatever came of it; for a task that was ended early this comes after its end. Told
     * on the thread that worked on it.
     *
     * @param intent what was wanted
     * @param elapsed how long it worked
     */
    record EngineEnded(Intent intent, Duration elapsed) implements NodeEvent {}

    /**
     * A task was refused before it was executed.
     *
     * @param code the code of the refusal
     */
    record TaskRefused(String code) implements NodeEvent {}

    /**
     * The directory was asked for the credits of a task, and it is known what came of it.
     *
     * @param outcome one of the words below
     */
    record CreditsSettled(String outcome) implements NodeEvent {

        /** The directory took the receipt. */
        public static final String AWARDED = "awarded";

        /** The directory refused the receipt. */
        public static final String REFUSED = "refused";

        /** The directory did not answer until the receipt had expired or was sent three times. */
        public static final String LOST = "lost";

        /** Too many receipts were waiting. */
        public static final String DROPPED = "dropped";
    }

    /** The files of the certificate have changed, and connections that begin from now on are shown the new one. */
    record CertificateReplaced() implements NodeEvent {}

    /**
     * The node takes no new tasks.
     *
     * @param activeTasks tasks it still works on
     */
    record Draining(int activeTasks) implements NodeEvent {}

    /** Everything is closed. */
    record Stopped() implements NodeEvent {}
}
