package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Intent;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/** Asks a server of the Messages API for its models and what they can do. Thread-safe. */
final class AnthropicModels implements ModelListing {

    /** The model keeps to a schema. */
    static final String STRUCTURED_OUTPUTS = "structured_outputs";

    /** The model takes a level of effort. */
    static final String EFFORT = "effort";

    private static final EngineKind KIND = new EngineKind("anthropic", false, false, List.of(Intent.LLM_CHAT));

    /** As many as one page has. */
    private static final String PATH = "/models?limit=1000";

    private final EngineUrl url;
    private final EngineCalls calls;
    private volatile List<Listed> last = List.of();

    AnthropicModels(EngineUrl url, EngineCalls calls) {
        this.url = url;
        this.calls = calls;
    }

    @Override
    public EngineKind kind() {
        return KIND;
    }

    @Override
    public Finding find() {
        HttpReply reply = calls.probe(url.dialect(PATH));
        if (EngineProbe.NOT_OFFERED.contains(reply.status())) {
            return new Finding(KIND, List.of(), false);
        }
        List<Listed> models = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (Object element : EngineCalls.list(calls.requireModels(reply), "data")) {
            if (element instanceof Map<?, ?> json
                    && json.get("id") instanceof String name
                    && ModelNames.isUsable(name)
                    && models.size() < MOST_MODELS
                    && names.add(name)) {
                models.add(listed(name, json));
            }
        }
        last = List.copyOf(models);
        return new Finding(KIND, models, true);
    }

    /** An alias such as {@code claude-x} can what the dated {@code claude-x-20250101} can. */
    @Override
    public Listed unlisted(String name) {
        Optional<Listed> dated = last.stream()
                .filter(model -> model.name().matches("\\Q" + name.replace("\\E", "") + "\\E-[0-9]{8}"))
                .findFirst();
        return dated.map(model -> model.renamed(name))
                .orElseGet(() -> Listed.named(name).able(byName(name)));
    }

    private static Listed listed(String name, Map<?, ?> json) {
        Set<String> abilities = json.get("capabilities") instanceof Map<?, ?> told ? told(name, told) : byName(name);
        return Listed.named(name)
                .able(abilities)
                .holding(ModelListing.positive(json.get("max_input_tokens")))
                .answering(ModelListing.positive(json.get("max_tokens")));
    }

    private static Set<String> told(String name, Map<?, ?> capabilities) {
        Set<String> abilities = new LinkedHashSet<>();
        if (isClaude(name)) {
            abilities.add("tools");
        }
        capabilities.forEach((word, support) -> {
            if (support instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("supported"))) {
                abilities.add(word.equals("image_input") ? "vision" : String.valueOf(word));
            }
        });
        return abilities;
    }

    /** Every Claude since the third sees pictures and calls tools. */
    private static @Nullable Set<String> byName(String name) {
        return isClaude(name) ? Set.of("vision", "tools") : null;
    }

    private static boolean isClaude(String name) {
        return name.toLowerCase(Locale.ROOT).contains("claude");
    }
}
