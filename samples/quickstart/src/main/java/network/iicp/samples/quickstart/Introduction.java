package network.iicp.samples.quickstart;

import network.iicp.LocalMesh;
import network.iicp.spring.boot.IicpConnectionDetails;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Says which mesh the application uses, before anything is asked. */
@Component
final class Introduction {

    private final Screen screen;
    private final IicpConnectionDetails directory;
    private final ObjectProvider<LocalMesh> mesh;
    private final ObjectProvider<Engine> engine;

    Introduction(
            Screen screen,
            IicpConnectionDetails directory,
            ObjectProvider<LocalMesh> mesh,
            ObjectProvider<Engine> engine) {
        this.screen = screen;
        this.directory = directory;
        this.mesh = mesh;
        this.engine = engine;
    }

    @EventListener(ApplicationStartedEvent.class)
    void print() {
        screen.blank();
        LocalMesh local = mesh.getIfAvailable();
        if (local == null) {
            screen.say("IICP quickstart: questions to the mesh of a directory.");
            screen.blank();
            screen.fact("directory", directory.directoryUrl().toString());
        } else {
            screen.say("IICP quickstart: a directory and two nodes on this machine, and questions to them.");
            screen.blank();
            screen.fact("directory", local.directoryUrl().toString());
            String model = engine.getObject().model();
            local.nodes().forEach(node -> screen.fact("node " + node.id(), node.endpoint() + "  " + model));
            screen.blank();
            engine.getObject().explanation().forEach(screen::say);
        }
        screen.blank();
    }
}
