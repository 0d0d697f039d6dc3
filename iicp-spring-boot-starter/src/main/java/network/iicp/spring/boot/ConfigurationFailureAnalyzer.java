package network.iicp.spring.boot;

import network.iicp.protocol.ConfigurationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says plainly which value IICP cannot work with. */
final class ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ConfigurationException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ConfigurationException cause) {
        return new FailureAnalysis(
                "IICP cannot work with its configuration: " + cause.getMessage(),
                "Correct the value among the properties iicp.* and spring.ai.iicp.*, or in the beans that set up IICP.",
                cause);
    }
}
