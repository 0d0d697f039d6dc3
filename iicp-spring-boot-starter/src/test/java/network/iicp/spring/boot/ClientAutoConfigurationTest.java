package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import network.iicp.IicpClient;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientAutoConfigurationTest {

    private final ApplicationContextRunner bare =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(IicpClientAutoConfiguration.class));
    private final ApplicationContextRunner runner =
            bare.withPropertyValues("iicp.directory-url=http://127.0.0.1:9480/api");

    @Test
    void a_client_is_set_up_and_closed_with_the_application() {
        IicpClient[] seen = new IicpClient[1];

        runner.run(context -> seen[0] = context.getBean(IicpClient.class));

        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                        IicpException.class, () -> seen[0].discover(Intent.LLM_CHAT)))
                .hasMessageContaining("closed");
    }

    @Test
    void an_own_client_is_left_alone_and_needs_no_directory() {
        bare.withUserConfiguration(OwnClient.class).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(IicpClient.class);
            assertThat(context.getBean(IicpClient.class)).isSameAs(context.getBean("ownClient"));
        });
    }

    @Test
    void nothing_is_set_up_when_switched_off() {
        bare.withPropertyValues("iicp.enabled=false").run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(IicpClient.class)
                .doesNotHaveBean(IicpProperties.class));
    }

    @Test
    void a_bean_can_say_where_the_directory_is() {
        bare.withBean(IicpConnectionDetails.class, () -> () -> URI.create("http://127.0.0.1:1234/api"))
                .run(context -> assertThat(
                                context.getBean(IicpClient.class).settings().directoryUrl())
                        .hasPort(1234));
    }

    @Test
    void such_a_bean_goes_before_the_property() {
        runner.withBean(IicpConnectionDetails.class, () -> () -> URI.create("http://127.0.0.1:1234/api"))
                .run(context -> assertThat(
                                context.getBean(IicpClient.class).settings().directoryUrl())
                        .hasPort(1234));
    }

    @Test
    void customizers_have_the_last_word() {
        runner.withPropertyValues("iicp.client.max-attempts=2", "iicp.region=eu-central")
                .withBean(
                        IicpClientBuilderCustomizer.class,
                        () -> builder -> builder.maxAttempts(5).routingStrategy(RoutingStrategy.DETERMINISTIC))
                .run(context -> {
                    assertThat(context.getBean(IicpClient.class).settings().maxAttempts())
                            .isEqualTo(5);
                    assertThat(context.getBean(IicpClient.class).settings().region())
                            .isEqualTo("eu-central");
                });
    }

    @Test
    void a_missing_directory_ends_in_an_analysis_with_the_choices() {
        bare.run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis analysis = Analyses.of(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains("'iicp.directory-url' is not set");
            assertThat(analysis.getAction())
                    .contains("iicp.directory-url=http://127.0.0.1:9480/api")
                    .contains("iicp.directory-url=public")
                    .contains("https://iicp.network/api")
                    .contains("iicp.enabled=false");
        });
    }

    @Test
    void a_blank_directory_is_a_missing_one() {
        bare.withPropertyValues("iicp.directory-url= ").run(context -> assertThat(
                        Analyses.of(context.getStartupFailure()).getDescription())
                .contains("is not set"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    iicp.directory-url=not a url               | "not a url" is not a URL
                    iicp.directory-url=ftp://directory.example | not an http or https URL
                    iicp.client.max-attempts=0                 | at least 1
                    iicp.client.routing-epsilon=2              | between 0 and 1
                    iicp.client.max-response-size=1B           | at least 1024
                    iicp.client.max-response-size=3GB          | iicp.client.max-response-size is 3221225472 bytes
                    iicp.timeouts.total=3m                     | total time limit is 180000 ms
                    iicp.timeouts.idle=0s                      | idle time limit is 0 ms
                    """)
    void a_value_that_cannot_work_ends_in_an_analysis_that_names_it(String property, String reason) {
        runner.withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains(reason);
        });
    }

    @Test
    void a_password_in_a_broken_url_is_not_shown() {
        bare.withPropertyValues("iicp.directory-url=https://user:hunter2@bad host/api")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure()).hasStackTraceContaining("is not a URL");
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .doesNotContain("hunter2");
                    assertThat(Analyses.stackTrace(context.getStartupFailure())).doesNotContain("hunter2");
                });
    }

    @Test
    void an_unknown_strategy_is_refused_with_the_known_ones() {
        runner.withPropertyValues("iicp.client.routing-strategy=fastest").run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.stackTrace(context.getStartupFailure()))
                    .contains("\"fastest\" is no routing strategy")
                    .contains("deterministic, epsilon, softmax_top_k, weighted_v1");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {
        @Bean
        IicpClient ownClient() {
            return IicpClient.builder()
                    .directoryUrl("http://127.0.0.1:9480/api")
                    .build();
        }
    }
}
