package network.iicp.samples.guides;

import java.nio.file.Path;
import java.util.List;
import network.iicp.directory.server.DirectoryServer;

/** The examples of docs/directory.md. */
final class DirectoryExamples {

    private DirectoryExamples() {}

    static DirectoryServer local() {
        DirectoryServer directory = DirectoryServer.builder().port(0).build();
        directory.start();
        System.out.println(directory.url()); // http://127.0.0.1:<port>/api
        return directory;
    }

    static DirectoryServer company(Path home) {
        DirectoryServer directory = DirectoryServer.builder()
                .host("::")
                .port(9480)
                .privateNetworks(List.of("10.0.0.0/8", "*.lan"))
                .joinToken(System.getenv().getOrDefault("IICP_JOIN_TOKEN", "a-token-of-16-characters-or-more"))
                .signingKeyFile(home.resolve("directory-key.json"))
                .build();
        return directory;
    }
}
