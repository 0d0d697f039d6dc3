package network.iicp.spring.boot;

import network.iicp.client.ClientSettings;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Names the choices when no directory is configured. */
final class MissingDirectoryUrlFailureAnalyzer extends AbstractFailureAnalyzer<MissingDirectoryUrlException> {

    private static final String ACTION = """
            Say which mesh this application belongs to, with one of:

                iicp.directory-url=http://127.0.0.1:9480/api
                    a directory on this machine; "iicp-node directory" starts one

                iicp.directory-url=https://directory.example.com/api
                    the directory of your own mesh

                iicp.directory-url=public
                    the public mesh at %s; tasks are encrypted to nodes that others run

                iicp.enabled=false
                    no mesh at all
            """;

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MissingDirectoryUrlException cause) {
        return new FailureAnalysis(
                "IICP does not know its directory: the property 'iicp.directory-url' is not set. It has no"
                        + " default, because adding a library must not send prompts to strangers.",
                ACTION.formatted(ClientSettings.PUBLIC_DIRECTORY),
                cause);
    }
}
