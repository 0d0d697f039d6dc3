package network.iicp.samples.quickstart;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Profiles;

/**
 * Asks a mesh three questions and ends. With the profile {@code web} it keeps running, with a page for questions of one's own.
 */
@SpringBootApplication(proxyBeanMethods = false)
public final class QuickstartApplication {

    private QuickstartApplication() {}

    /** Starts the application; see {@code application.yaml} for its settings. */
    public static void main(String[] args) {
        ConfigurableApplicationContext application = SpringApplication.run(QuickstartApplication.class, args);
        if (!application.getEnvironment().acceptsProfiles(Profiles.of("web"))) {
            application.close();
        }
    }
}
