package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** Reads and writes token counts in the form of the OpenAI dialect. */
public final class UsageCodec {

    private UsageCodec() {}

    /** Returns the known counts; empty when none is known. */
    public static Map<String, Object> encode(Usage usage) {
        Map<String, Object> json = new LinkedHashMap<>();
        Members.put(json, "prompt_tokens", usage.promptTokens());
        Members.put(json, "completion_tokens", usage.completionTokens());
        Members.put(json, "total_tokens", usage.totalTokens());
        return json;
    }

    /**
     * Reads counts. What is absent, negative or no whole number is unknown.
     *
     * @param usage the {@code usage} member; anything but an object is unknown
     */
    public static Usage decode(@Nullable Object usage) {
        if (!(usage instanceof Map<?, ?> json)) {
            return Usage.UNKNOWN;
        }
        return new Usage(
                count(json.get("prompt_tokens")),
                count(json.get("completion_tokens")),
                count(json.get("total_tokens")));
    }

    /** Reads one count; anything but a whole number from 0 is unknown. */
    static @Nullable Integer count(@Nullable Object value) {
        if (!(value instanceof Number number)) {
            return null;
        }
        double amount = number.doubleValue();
        return amount >= 0 && amount <= Integer.MAX_VALUE && amount == Math.rint(amount) ? (int) amount : null;
    }
}
