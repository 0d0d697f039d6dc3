package network.iicp.samples.benchmarks.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import network.iicp.json.Json;

/** The conversation of a role with the run that started it: one line in, one JSON object out, until the input ends. */
final class RoleLoop {

    private RoleLoop() {}

    /**
     * Says that the role is ready, then answers: {@code facts} and {@code collect} with {@link ProcessFacts}, {@code requests} with a count.
     *
     * @param ready what the run has to know of the role
     * @param requests counted by the role
     */
    static void serve(Map<String, Object> ready, LongAdder requests, PrintStream out) throws IOException {
        say(out, ready);
        BufferedReader reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            switch (line) {
                case "facts" -> say(out, ProcessFacts.now().toJson());
                case "collect" -> say(out, ProcessFacts.afterCollection().toJson());
                case "requests" -> say(out, Map.of("requests", requests.sum()));
                default -> say(out, Map.of("error", "unknown: " + line));
            }
        }
    }

    private static void say(PrintStream out, Map<String, Object> json) {
        out.println(Json.text(json));
        out.flush();
    }
}
