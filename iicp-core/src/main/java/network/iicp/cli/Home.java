package network.iicp.cli;

import java.nio.file.Path;

/** Where the command keeps its files: {@code IICP_HOME}, else {@code ~/.iicp}. */
final class Home {

    private Home() {}

    static Path directory() {
        String user = System.getProperty("user.home");
        String home = System.getenv("IICP_HOME");
        if (home == null || home.isBlank()) {
            return Path.of(user, ".iicp");
        }
        return Path.of(home.startsWith("~/") ? user + home.substring(1) : home);
    }
}
