package network.iicp.cli;

import java.io.PrintWriter;
import java.net.URI;
import network.iicp.IicpNode;
import network.iicp.node.NodeEvent;
import org.jspecify.annotations.Nullable;

/** Tells in plain lines. */
final class ServeLines implements ServeOutput {

    private final PrintWriter out;
    private final PrintWriter err;

    @Nullable
    private volatile URI directory;

    ServeLines(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public void ready(IicpNode node, ServeNotes notes) {
        directory = notes.directory();
        out.println("Node %s ready at %s".formatted(node.id(), node.endpoint()));
        out.println("It serves: " + String.join(", ", node.health().models()));
        out.println(notes.callers());
        out.println(
                notes.directory() == null
                        ? "It is not registered at a directory."
                        : "Registering at %s ...".formatted(notes.directory()));
        out.println("Stop with Ctrl-C; running tasks are finished first.");
        out.flush();
    }

    @Override
    public void note(String line) {
        err.println(line);
    }

    @Override
    public void onEvent(NodeEvent event) {
        String line = line(event, directory);
        if (line != null) {
            out.println(line);
            out.flush();
        }
    }

    /** Returns what is said of an event, or {@code null} when nothing is. */
    static @Nullable String line(NodeEvent event, @Nullable URI directory) {
        if (event instanceof NodeEvent.Registered registered) {
            String next = directory == null ? "" : " Next: iicp-node query \"Hello\" --directory-url " + directory;
            return "Registered at %s.%s".formatted(registered.directory(), next);
        } else if (event instanceof NodeEvent.DirectoryLost lost) {
            return "The directory %s does not answer (%s). Serving goes on; trying again."
                    .formatted(lost.directory(), lost.reason());
        } else if (event instanceof NodeEvent.DirectoryRecovered recovered) {
            return "The directory %s answers again.".formatted(recovered.directory());
        } else if (event instanceof NodeEvent.CertificateReplaced) {
            return "The new certificate is in use.";
        } else if (event instanceof NodeEvent.Draining draining) {
            return "Stopping: %d tasks to finish, no new ones are taken.".formatted(draining.activeTasks());
        } else if (event instanceof NodeEvent.Stopped) {
            return "Stopped.";
        }
        return null;
    }

    @Override
    public void close() {
        out.flush();
    }
}
