package network.iicp.spring.boot;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Environments with variables of our choice, prepared as a Spring Boot application prepares its own. */
final class Environments {

    private Environments() {}

    /** Returns what an application begins with. */
    static StandardEnvironment untouched(Map<String, Object> variables) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        return environment;
    }

    /** Returns what it has after the environment was prepared. */
    static StandardEnvironment of(Map<String, Object> variables) {
        StandardEnvironment environment = untouched(variables);
        new OfficialEnvironment().postProcessEnvironment(environment, new SpringApplication());
        ConfigurationPropertySources.attach(environment);
        return environment;
    }

    static AnnotationConfigApplicationContext withVariables(Map<String, Object> variables) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.setEnvironment(of(variables));
        return context;
    }
}
