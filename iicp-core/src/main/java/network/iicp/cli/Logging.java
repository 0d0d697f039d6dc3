package network.iicp.cli;

import java.util.Arrays;

/**
 * Points the log back-end at the settings of the command, before the first logger is made. The command says itself what
 * happens; the log adds warnings, or with {@code --debug} every step.
 */
final class Logging {

    private static final String CONFIGURATION = "logback.configurationFile";

    private Logging() {}

    static void configure(String[] args) {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, "network/iicp/cli/logback.xml");
        }
        System.setProperty("iicp.log.level", Arrays.asList(args).contains("--debug") ? "DEBUG" : "WARN");
    }
}
