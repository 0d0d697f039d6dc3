package network.iicp.samples.quickstart;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import network.iicp.LocalMesh;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Stops the node that the next question is about to be sent to, at the worst moment: it has been chosen, and nothing has been sent. This
 * is the demonstration's own doing; an application has nothing like it.
 */
@Component
@Order(2)
final class Outage implements RoutingListener {

    private final ObjectProvider<LocalMesh> mesh;
    private final Screen screen;
    private final AtomicBoolean planned = new AtomicBoolean();

    Outage(ObjectProvider<LocalMesh> mesh, Screen screen) {
        this.mesh = mesh;
        this.screen = screen;
    }

    /** The next node that is chosen will stop. */
    void plan() {
        planned.set(true);
    }

    @Override
    public void onEvent(RoutingEvent event) {
        if (event instanceof RoutingEvent.Selected selected && planned.compareAndSet(true, false)) {
            stop(selected.node().id());
        }
    }

    private void stop(String id) {
        mesh.stream()
                .flatMap(running -> running.nodes().stream())
                .filter(node -> node.id().equals(id))
                .forEach(node -> {
                    node.stop(Duration.ZERO);
                    screen.step("(stop)", "the demonstration stops %s here".formatted(id));
                });
    }
}
