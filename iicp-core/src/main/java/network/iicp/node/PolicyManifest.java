package network.iicp.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Quoted;

/**
 * What an operator declares about the tasks a node executes, in a JSON file. It is read anew for every registration, so that it can be
 * replaced, and signed again, while the node runs. A signature in it is passed on as it is. Thread-safe.
 * Source: IICP provider policy, node policy manifest.
 */
final class PolicyManifest implements Supplier<Map<String, Object>> {

    static final int LARGEST_FILE = 64 * 1024;

    private static final Set<String> TRAINING = Set.of("none", "opt_in", "provider_defined");
    private static final Set<String> RETENTION = Set.of("none", "transient", "provider_defined");
    private static final int MOST_DAYS = 3650;

    private final Path file;

    /**
     * Reads the file once, to say at once what is wrong with it.
     *
     * @throws ConfigurationException if it cannot be read, is no JSON object, or declares what directories refuse
     */
    PolicyManifest(Path file) {
        this.file = file;
        read();
    }

    /** Returns the member of a registration. */
    @Override
    public Map<String, Object> get() {
        return Map.of("policy_manifest", read());
    }

    private Map<String, Object> read() {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw invalid("is larger than 64 KiB");
            }
            JsonObject manifest = JsonObject.parse(Files.readAllBytes(file), JsonLimits.DEFAULT);
            requireWord(manifest, "training_use", TRAINING);
            manifest.optionalObject("retention").ifPresent(this::requireRetention);
            return manifest.asMap();
        } catch (JsonException e) {
            throw SettingsChecks.invalid(text("is not what directories read: " + e.getMessage()), e);
        } catch (IOException e) {
            throw SettingsChecks.invalid(text("cannot be read: " + e.getClass().getSimpleName()), e);
        }
    }

    private void requireRetention(JsonObject retention) {
        requireWord(retention, "task_payload", RETENTION);
        long days = retention.optionalLong("logs_days").orElse(0);
        if (days < 0 || days > MOST_DAYS) {
            throw invalid("keeps logs for %d days; 0 to %d can be declared".formatted(days, MOST_DAYS));
        }
    }

    private void requireWord(JsonObject json, String name, Set<String> words) {
        json.optionalString(name).filter(word -> !words.contains(word)).ifPresent(word -> {
            throw invalid("says %s for %s; use one of %s".formatted(Quoted.of(word), name, new TreeSet<>(words)));
        });
    }

    private ConfigurationException invalid(String what) {
        return SettingsChecks.invalid(text(what));
    }

    private String text(String what) {
        return "the policy manifest %s %s".formatted(file.getFileName(), what);
    }
}
