package network.iicp.samples.quickstart;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says where the page is. */
@Component
@Profile("web")
final class Invitation {

    private final Screen screen;
    private final Environment environment;

    Invitation(Screen screen, Environment environment) {
        this.screen = screen;
        this.environment = environment;
    }

    @EventListener(ApplicationReadyEvent.class)
    void print() {
        String page = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
        screen.fact("page", page + "/");
        screen.fact("ask", "curl '" + page + "/ask?q=Hello'");
        screen.fact("stream", "curl -N '" + page + "/ask/stream?q=Hello'");
        screen.blank();
        screen.say("Only this machine can reach it. Stop with Ctrl-C.");
        screen.blank();
    }
}
